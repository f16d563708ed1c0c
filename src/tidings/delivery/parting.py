"""What a merge did to messages, undone: those of the absorbed are theirs again, and what the end of a run took back may go out."""

from collections.abc import Sequence
from typing import NamedTuple

from tidings.database.pool import Connection
from tidings.delivery.store import read_sends, write_sends
from tidings.history.kinds import PLANNED
from tidings.history.numbers import Numbers
from tidings.kernel.effects import RUN_ENDED
from tidings.kernel.ids import home_of


class Parting(NamedTuple):
    """``person`` parts from ``survivor``; ``gone``: they and whom they had absorbed. ``at``: when they had been merged. ``runs``: those
    that stand again where they stood; ``twice``: (run, step) of which nothing is sent any more, since it was while they were one."""

    survivor: bytes
    person: bytes
    gone: Sequence[bytes]
    at: int
    runs: Sequence[bytes]
    twice: Sequence[tuple[bytes, str]]


async def sent(connection: Connection, person: bytes, runs: Sequence[bytes], since: int) -> list[tuple[bytes, str]]:
    """Give (run, step) of the messages that runs of a person planned since a moment, without those that came to nothing."""
    rows = await connection.fetch(
        "SELECT DISTINCT run, step FROM deliveries WHERE home = $1 AND person = $2 AND due >= $4 AND run = ANY($3::bytea[]) "
        "AND state NOT IN ('cancelled', 'refused', 'failed', 'shadow')",
        home_of(person),
        person,
        list(runs),
        since,
    )
    return [(row[0], row[1]) for row in rows]


async def hand_back(connection: Connection, parting: Parting, numbers: Numbers) -> None:
    """Give back the messages planned before the merge, and plan again those of ``runs`` that it took back: ``numbers`` count these as
    dropped no more."""
    survivor, person = parting.survivor, parting.person
    rows = await connection.fetch(
        "UPDATE deliveries d SET home = $3, person = $4 FROM unnest($1::smallint[], $2::bytea[]) AS gone(p, i) "
        "JOIN history h ON h.partition = gone.p AND h.person = gone.i AND h.kind = $7 "
        "WHERE d.partition = h.partition AND d.id = h.id AND d.home = $5 AND d.person = $6 RETURNING d.id",
        [home_of(each) for each in parting.gone],
        list(parting.gone),
        home_of(person),
        person,
        home_of(survivor),
        survivor,
        PLANNED,
    )
    back = await connection.fetch(
        "WITH taken AS (SELECT d.partition, d.id, d.dropped_at FROM deliveries d "
        "WHERE ((d.home = $1 AND d.person = $2) OR (d.home = $3 AND d.person = $4 AND d.due <= $5)) AND d.run = ANY($6::bytea[]) "
        "AND d.state = 'cancelled' AND starts_with(d.reason, $9) "
        "AND NOT EXISTS (SELECT FROM unnest($7::bytea[], $8::text[]) AS twice(r, s) WHERE twice.r = d.run AND twice.s = d.step) "
        "FOR UPDATE) UPDATE deliveries d SET state = 'planned', reason = '', settled = NULL, dropped_at = NULL FROM taken "
        "WHERE d.partition = taken.partition AND d.id = taken.id RETURNING d.workspace, d.journey, d.version, d.step, taken.dropped_at",
        home_of(person),
        person,
        home_of(survivor),
        survivor,
        parting.at,
        list(parting.runs),
        [run for run, _ in parting.twice],
        [step for _, step in parting.twice],
        RUN_ENDED,
    )
    for workspace, journey, version, step, dropped in back:
        if dropped is not None:
            numbers.add(workspace, journey, version, step, "dropped", dropped, -1)
    await _count(connection, survivor, person, {row[0] for row in rows})


async def _count(connection: Connection, survivor: bytes, person: bytes, theirs: set[bytes]) -> None:
    """Count what was theirs for them, no longer for the survivor."""
    data = await connection.fetchval(
        "SELECT recent FROM sends WHERE partition = $1 AND person = $2 FOR UPDATE", home_of(survivor), survivor
    )
    recent = read_sends(data) if data is not None else []
    own = [each for each in recent if each.id in theirs]
    if own:
        await connection.execute(
            "INSERT INTO sends (partition, person, recent) VALUES ($1, $2, $3), ($4, $5, $6) "
            "ON CONFLICT (partition, person) DO UPDATE SET recent = excluded.recent",
            home_of(survivor),
            survivor,
            write_sends([each for each in recent if each.id not in theirs]),
            home_of(person),
            person,
            write_sends(own),
        )
