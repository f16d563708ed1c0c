"""Records made from what one call says."""

from collections.abc import Sequence
from typing import Any, Final

from tidings.database.access import Source
from tidings.kernel.ids import digest, fresh
from tidings.kernel.records import PUBLIC, SECRET, Body, Identifier, Identify, Record

DEFAULT: Final = "company"
"""The type of group that Customer.io calls 1, and that a Segment ``group`` call means."""
_LONGEST: Final = 100


def sealed(
    source: Source,
    who: tuple[Identifier, ...],
    time: int,
    received: int,
    bodies: Sequence[Body],
    message: str = "",
    starts: bool = True,
    ordered: bool = False,
    context: dict[str, Any] | None = None,
) -> list[Record]:
    """Make a record of each body. ``message``: the sender's name for the call; ids follow from it, so that a repeat makes the same.

    Where one updates only who is there, the others begin nobody either. ``ordered``: what was said later than ``time`` stays.
    ``context``: what stands beside the content, for the first.
    """
    trust = PUBLIC if source.public else SECRET
    label = message[:_LONGEST]
    begins = not any(isinstance(body, Identify) and not body.create for body in bodies)
    made = []
    beside = context or {}
    for ordinal, body in enumerate(bodies):
        if not message:
            id = fresh()
        elif ordinal:
            id = digest(source.id, message, ordinal)
        else:
            id = digest(source.id, message)
        made.append(
            Record(
                id,
                source.workspace,
                source.id,
                trust,
                who,
                time,
                received,
                body,
                0,
                0,
                label,
                starts,
                begins,
                ordered,
                beside,
            )
        )
        beside = {}
    return made


def group_type(value: object) -> str:
    """Give the type of group that Customer.io's number (a text, or a whole number) means."""
    if value is None or value in ("", "1", 1):
        return DEFAULT
    return value[:150] if isinstance(value, str) else str(value)[:150]


def email(value: str) -> str:
    """Give an email as an identifier: the same whichever case it is written in."""
    return value.lower()
