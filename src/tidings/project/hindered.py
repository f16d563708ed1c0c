"""Why something that happened to somebody could start no journey when it did: none was live then, or it came late, or quietly."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tidings import history
from tidings.database.access import Workspace
from tidings.database.pool import Connection
from tidings.history.kinds import LINK, STARTS
from tidings.kernel.ids import home_of
from tidings.kernel.times import HOUR, parse_duration, show_duration
from tidings.people.identity import ANONYMOUS_AGE, KNOWN

_USUAL: Final = parse_duration("24 hours")


class When(NamedTuple):
    """``time``: when it happened; ``received``: when it was applied. ``person`` and ``id``: of the row of history; b"" where time alone
    was it, which is never late."""

    time: int
    received: int
    person: bytes = b""
    id: bytes = b""


async def hindrances(connection: Connection, workspace: Workspace, journey: str, moments: Sequence[When]) -> list[str]:
    """Say of each why it could start nothing; "" where it could."""
    rows = await connection.fetch(_STATUS, workspace.id, [each.received for each in moments], journey)
    marked = [each for each in moments if each.id]
    places = [(home_of(each.person), each.person, each.received, each.id) for each in marked]
    marks = await history.rows_at(connection, places, [STARTS]) if places else {}
    found = []
    for each, (status, limit) in zip(moments, rows, strict=True):
        place = (home_of(each.person), each.person, each.received, each.id) if each.id else None
        mark = marks.get(place) if place is not None else None
        late, age = each.received - each.time, parse_duration(limit) if limit else _USUAL
        if each.id and mark is None and age < late <= ANONYMOUS_AGE and not await _is_known(connection, each):
            age = ANONYMOUS_AGE
        if status != "live":
            found.append(f"the journey was {status or 'not there'} then, so nobody could enter")
        elif mark is not None and history.unpack(mark.body):
            found.append("")  # it came in time, and waited
        elif each.id and late > age:
            found.append(
                f"it came {late // HOUR} hours late, and what is older than {show_duration(age)} starts nothing"
            )
        elif mark is not None:
            found.append("it came quietly, as an import does, and started nothing")
        else:
            found.append("")
    return found


async def _is_known(connection: Connection, when: When) -> bool:
    """Whether the person was known by more than a browser when something of theirs was applied; where history does not tell, they were."""
    rows = await history.of_person(
        connection, [(home_of(when.person), when.person)], kinds=[LINK], name="named", limit=1000
    )
    gained = [row.received for row in rows for kind, _ in history.unpack(row.body)["take"] if kind in KNOWN]
    return not rows or any(at <= when.received for at in gained)


_STATUS: Final = """
SELECT d.body -> 'journeys' -> $3 ->> 'status', d.body -> 'settings' ->> 'start_age'
FROM unnest($2::bigint[]) WITH ORDINALITY AS a(at, n)
LEFT JOIN LATERAL (
    SELECT body FROM definitions WHERE workspace = $1 AND made_at <= a.at ORDER BY number DESC LIMIT 1
) d ON true
ORDER BY a.n
"""
