"""Answer what steps ask of history: one query for all who wait, joined with what the batch itself has not yet written."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from tidings.database.pool import Connection
from tidings.engine import Facts, Needs, Query
from tidings.history import Ask, Entry, Fact, events, times, unpack
from tidings.history.kinds import EVENTS
from tidings.kernel.ids import home_of
from tidings.people.document import Time

BRIEF: Final = 8
_PAGE: Final = 1000


class Asked(NamedTuple):
    """One person's question. ``people``: the person and whom they absorbed; ``pending``: rows of theirs not yet written."""

    people: Sequence[bytes]
    needs: Needs
    pending: Sequence[Entry]


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
    open_: list[tuple[int, int | None, int]] = [
        (n, query.until, _page(query)) for n, (_, query) in enumerate(questions)
    ]
    while open_:
        answers = await times(connection, [_ask(*questions[n], until, page) for n, until, page in open_])
        following: list[tuple[int, int | None, int]] = []
        for (n, until, page), rows in zip(open_, answers, strict=True):
            query = questions[n][1]
            kept[n].update(dict.fromkeys((row.time, row.id) for row in rows if _matches(row, query)))
            if len(rows) == page and len(kept[n]) < query.keep:
                border = rows[0].time + 1
                following.append((n, border, page if border != until else 2 * page))
        open_ = following
    return [
        [(time, id[:BRIEF]) for time, id in sorted(found)[-query.keep :]]
        for found, (_, query) in zip(kept, questions, strict=True)
    ]


def _page(query: Query) -> int:
    return query.keep if not query.reads else max(_PAGE, query.keep)


def _ask(asked: Asked, query: Query, until: int | None, page: int) -> Ask:
    return Ask(
        people=tuple((home_of(person), person) for person in asked.people),
        kind=EVENTS[query.counter.kind],
        name=query.counter.event,
        after=None if query.after is None else query.after + 1,
        until=until,
        applied=query.received,
        newest=page,
    )


def _matches(row: Fact, query: Query) -> bool:
    return not query.reads or query.matches(unpack(row.body))


def _counts(entry: Entry, query: Query) -> bool:
    counter = query.counter
    return (
        entry.kind == EVENTS[counter.kind]
        and entry.name == counter.event
        and (query.after is None or entry.time > query.after)
        and (query.until is None or entry.time < query.until)
        and (query.received is None or entry.received > query.received)
        and (not query.reads or query.matches(unpack(entry.body)))
    )
