"""A page of one person's timeline, searched."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from tidings import history
from tidings.api import shown
from tidings.api.person.found import ids
from tidings.api.person.search import Search
from tidings.api.problem import Refusal
from tidings.database.pool import Connection
from tidings.kernel.ids import home_of
from tidings.people.document import Person
from tidings.project.also import Also

_ALIKE: Final = 200
"""Rows of one record that nothing tells apart, as those written before rows had a number: a page does not end within them."""
_LOOKED: Final = 1000
"""Rows that a search looks through for one page."""


class History(Struct):
    """A page. ``next``: to be passed as ``before`` for the page after it; null on the last."""

    history: list[shown.Row]
    next: str | None


def kinds_of(of: str) -> list[int] | None:
    """Give which rows a kind chooses; "" all. Raises `Refusal`."""
    if of and of not in shown.KINDS:
        raise Refusal(400, f"`kind` is none of {', '.join(shown.KINDS)}")
    return [shown.KINDS[of]] if of else None


async def timeline(
    connection: Connection,
    body: Mapping[str, Any],
    who: Person,
    kinds: list[int] | None,
    before: str,
    limit: int,
    q: str = "",
    oldest: bool = False,
) -> History:
    """Read a page of what happened to a person and to whom they absorbed, with what things are called in the
    definitions of ``body``; ``before``: the ``next`` of the page before it."""
    behind = _spot(before) if before else None
    most = max(limit, _LOOKED if q else 0) + _ALIKE
    places = [(home_of(id), id) for id in await ids(connection, who)]
    rows = await history.timeline(connection, places, behind=behind, kinds=kinds, oldest=oldest, limit=most)
    if more := len(rows) == most:
        rows = [each for each in rows if each[0] != rows[-1][0]] or rows
    also, search = Also(body), Search(q, body)
    listed: list[shown.Row] = []
    for n, (spot, entry) in enumerate(rows):
        if len(listed) >= limit and spot != rows[n - 1][0]:
            return History(listed, _cursor(rows[n - 1][0]))
        row = shown.row(entry, _cursor(spot), also)
        if search.finds(row):
            listed.append(row)
    return History(listed, _cursor(rows[-1][0]) if more else None)


def _cursor(spot: history.Spot) -> str:
    return f"{spot.time}.{spot.received}.{spot.place}.{spot.seq}.{spot.id.hex()}"


def _spot(text: str) -> history.Spot:
    *numbers, id = text.split(".")
    try:
        time, received, place, seq = map(int, numbers)
        spot = history.Spot(time, received, place, seq, bytes.fromhex(id))
    except ValueError:
        raise Refusal(400, "`before` is not the `next` of a page") from None
    if any(abs(number) >= 1 << 62 for number in spot[:4]):
        raise Refusal(400, "`before` is not the `next` of a page")
    return spot
