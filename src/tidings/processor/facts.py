"""Answer what steps ask of history: one query for all who wait, joined with what the batch itself has not yet written."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from tidings.database.pool import Connection
from tidings.engine import Facts, Needs, Query
from tidings.history import Ask, Entry, Fact, events, times, unpack
from tidings.history.kinds import EVENTS
from tidings.kernel.ids import home_of
from tidings.people.document import BRIEF, Time
from tidings.rules import Source

_PAGE: Final = 1000


class Asked(NamedTuple):
    """One person's question. ``people``: the person and whom they absorbed; ``pending``: rows of theirs not yet written."""

    people: Sequence[bytes]
    needs: Needs
    pending: Sequence[Entry]


class _Open(NamedTuple):
    """A source of question ``n`` of which older rows are still to be read: those before ``until``; ``found``: how many counted so far."""

    n: int
    source: Source
    until: int | None
    page: int
    found: int = 0


async def answer(connection: Connection, asked: Sequence[Asked]) -> list[Facts]:
    """Answer each, in order."""
    questions = [(each, query) for each in asked for query in each.needs.queries]
    found = await _times(connection, questions)
    wanted = [(each, event) for each in asked for event in each.needs.events]
    properties = await events(
        connection,
        [(tuple((home_of(person), person) for person in each.people), event) for each, event in wanted],
    )
    by_asked: dict[int, tuple[dict[bytes, Sequence[Time]], dict[Time, Mapping[str, Any]]]] = {
        id(each): ({}, {}) for each in asked
    }
    for (each, query), answered in zip(questions, found, strict=True):
        by_asked[id(each)][0][query.key] = answered
    for (each, event), body in zip(wanted, properties, strict=True):
        if body is None:
            body = next((entry.body for entry in each.pending if (entry.time, entry.id) == event), None)
        by_asked[id(each)][1][event] = unpack(body) if body is not None else {}
    return [Facts(*by_asked[id(each)]) for each in asked]


async def _times(connection: Connection, questions: Sequence[tuple[Asked, Query]]) -> list[list[Time]]:
    """Find each query's newest times, page by page where a condition on the event passes over many."""
    kept: list[dict[tuple[int, bytes], None]] = [
        dict.fromkeys((entry.time, entry.id) for entry in each.pending if _counts(entry, query))
        for each, query in questions
    ]
    open_ = [
        _Open(n, source, query.until, _page(query, source))
        for n, (_, query) in enumerate(questions)
        for source in query.counter.sources
    ]
    while open_:
        answers = await times(connection, [_ask(*questions[each.n], each) for each in open_])
        following: list[_Open] = []
        for each, rows in zip(open_, answers, strict=True):
            query = questions[each.n][1]
            matching = [(row.time, row.id) for row in rows if _matches(row, query, each.source)]
            kept[each.n].update(dict.fromkeys(matching))
            found = each.found + len(matching)
            if len(rows) == each.page and found < query.keep:
                border = rows[0].time + 1
                page = each.page if border != each.until else 2 * each.page
                following.append(each._replace(until=border, page=page, found=found))
        open_ = following
    return [
        [(time, id[:BRIEF]) for time, id in sorted(found)[-query.keep :]]
        for found, (_, query) in zip(kept, questions, strict=True)
    ]


def _page(query: Query, source: Source) -> int:
    return query.keep if not query.reads(source) else max(_PAGE, query.keep)


def _ask(asked: Asked, query: Query, open: _Open) -> Ask:
    return Ask(
        people=tuple((home_of(person), person) for person in asked.people),
        kind=EVENTS[open.source.kind],
        name=open.source.event,
        after=None if query.after is None else query.after + 1,
        until=open.until,
        applied=query.received,
        newest=open.page,
    )


def _matches(row: Fact | Entry, query: Query, source: Source) -> bool:
    return not query.reads(source) or query.matches(source, unpack(row.body))


def _counts(entry: Entry, query: Query) -> bool:
    return (
        (query.after is None or entry.time > query.after)
        and (query.until is None or entry.time < query.until)
        and (query.received is None or entry.received > query.received)
        and any(
            entry.kind == EVENTS[source.kind] and entry.name == source.event and _matches(entry, query, source)
            for source in query.counter.sources
        )
    )
