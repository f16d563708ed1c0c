"""A delivery as it is stored, and what the processor and the worker hand each other about one."""

from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from tidings.kernel.effects import Planned
from tidings.kernel.ids import show_delivery

TRANSACTIONAL, JOURNEY, BROADCAST = 0, 1, 2
"""Priorities: what is claimed first when there is more than can be sent at once."""

State: TypeAlias = Literal[
    "planned", "attempting", "sent", "failed", "bounced", "refused", "cancelled", "unknown", "shadow"
]
FINAL: Final = ("sent", "failed", "bounced", "refused", "cancelled", "unknown", "shadow")

OUTCOMES: Final = (
    "sent",
    "delivered",
    "opened",
    "fetched",
    "clicked",
    "converted",
    "bounced",
    "complained",
    "unsubscribed",
    "failed",
)
"""Each has a time of its own; ``fetched`` is an open or click that a machine made."""


class Plan(Struct, frozen=True):
    """A planned message and whose it is. ``definitions``: the snapshot in force (0: the newest when it is sent)."""

    partition: int
    workspace: int
    person: bytes
    effect: Planned
    definitions: int = 0
    priority: int = JOURNEY


class Cancel(Struct, frozen=True):
    """Deliveries of ``person`` that are not to be sent any more: of one ``run``, or all that ask for consent, but those of templates in
    ``but``."""

    partition: int
    person: bytes
    run: bytes | None
    reason: str
    time: int
    but: tuple[str, ...] = ()


class Noted(Struct, frozen=True):
    """A receipt to write down. ``delivery``: its public id. ``trust`` as in `kernel.records`."""

    delivery: str
    metric: str
    time: int
    detail: dict[str, Any] = {}
    trust: int = 2


class Owner(Struct, frozen=True):
    """Whose a delivery is and where it came from: what a message event says. ``partition``: the person's home."""

    workspace: int
    partition: int
    person: bytes
    journey: str
    step: str
    template: str
    channel: str
    topic: str
    run: bytes


class Delivery(Struct, kw_only=True):
    """One row. Instants in microseconds; None: not (yet). ``again_of`` and ``again_as``: the public ids of the delivery it is sent again
    for, and of the one that it was sent again as; ``asked_by``: who asked for it."""

    partition: int
    id: bytes
    workspace: int
    home: int
    person: bytes
    run: bytes
    journey: str
    version: int
    step: str
    template: str
    channel: str
    topic: str
    definitions: int
    priority: int
    sure: bool
    due: int
    expires: int
    event_time: int | None
    event_id: bytes | None
    values: bytes
    state: State
    attempts: int
    next_attempt: int
    claimed_by: int | None
    unknown_since: int | None
    settled: int | None
    recipient: str
    address: bytes | None
    provider: str
    provider_id: str
    reason: str
    sent_at: int | None
    delivered_at: int | None
    opened_at: int | None
    fetched_at: int | None
    clicked_at: int | None
    converted_at: int | None
    bounced_at: int | None
    complained_at: int | None
    unsubscribed_at: int | None
    failed_at: int | None
    again_of: str = ""
    again_as: str = ""
    asked_by: str = ""

    @property
    def public(self) -> str:
        """The id that strangers see."""
        return show_delivery(self.partition, self.id)

    @property
    def outcomes(self) -> dict[str, int]:
        """Outcome -> when it was first reported, in order of time."""
        found = {name: getattr(self, f"{name}_at") for name in OUTCOMES}
        return dict(sorted(((name, at) for name, at in found.items() if at is not None), key=lambda item: item[1]))

    def said(self) -> dict[str, Any]:
        """What ``journey.x`` reads in the template."""
        values: dict[str, Any] = msgspec.msgpack.decode(self.values) if self.values else {}
        return values


COLUMNS: Final = ", ".join(Delivery.__struct_fields__)
