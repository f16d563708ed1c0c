"""A goal counted again: everybody who ever entered the journey lives through their history once more, with the goal as it is now.

Their runs are taken as they really began, not played: each only watches the goal. What comes of it is what live would have counted had the
goal been so from the start, since the same engine says it. Rows are written for each run once, whoever says it, so a recount may be broken
off and begun again, and meets those that live counts meanwhile without counting them twice.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import structlog

from tidings.database import clock
from tidings.database.pool import Connection, Pool
from tidings.engine import NOTHING, Needs, Workspace
from tidings.engine.observe import observe
from tidings.history import conversions, kinds
from tidings.history.conversions import Conversion
from tidings.journeys.document import templates
from tidings.journeys.step import every
from tidings.kernel.effects import Moved
from tidings.kernel.ids import PARTITIONS, home_of
from tidings.kernel.records import SYSTEM, Body, Record
from tidings.people.document import Run
from tidings.simulate import reading
from tidings.simulate.account import Account, Window
from tidings.simulate.actor import Actor
from tidings.simulate.cast import Cast, Lives
from tidings.simulate.post import Office
from tidings.simulate.reading import Interest
from tidings.simulate.row import Row, beginnings, body_of, is_named, moves
from tidings.simulate.side import Side

logger = structlog.get_logger(__name__)
TOGETHER: Final = 100
"""People whose history is read, and whose conversions are written, together."""


class Recount:
    """Counts one journey's goal anew. ``body``: of the definitions in force."""

    def __init__(self, workspace: Workspace, body: Mapping[str, Any], journey: str) -> None:
        whole = dict(body)
        whole["journeys"] = {journey: {**body["journeys"][journey], "status": "closed"}}
        self.side = Side("goal", journey, workspace, whole, live=False)
        self.side.definitions.journeys[journey].status = "closed"
        self.journey, self.workspace = journey, workspace
        version = self.side.definitions.journeys[journey]
        assert version.goal is not None
        self.goal = version.goal
        self._per = version.journey.run_per
        self._sends = sorted(
            {step for step, _ in templates(version.journey)} & {s.id for s in every(version.journey.steps)}
        )

    def play(self, lives: Lives, end: int) -> list[Conversion]:
        """Give which runs of somebody, and of whom they absorbed, reached the goal by ``end``."""
        account = Account(self.journey, Window(-(1 << 62), end))
        whose: dict[bytes, bytes] = {}
        drawn: dict[bytes, list[Moved]] = defaultdict(list)
        office = Office(self.side.snapshot, lambda planned: False)
        cast = Cast(self.side, office, account, lives, frozenset(), {})
        timed = self.side.version.journey.trigger.timed()
        began = {
            run: event for rows in lives.rows.values() for run, event in beginnings(rows, self.side.by_hand).items()
        }
        for row in lives.script():
            if row.kind == kinds.LINK:
                cast.link(row)
            elif row.kind == kinds.MOVED:
                (move,) = moves([row])
                if move.journey == self.journey:
                    whose.setdefault(move.run, row.person)
                    if move.what == "held_out" or (move.what == "branched" and move.drawn):
                        drawn[move.run].append(move)
                    self._moved(cast, row, move, None if timed else began.get(move.run))
            elif (body := body_of(row)) is not None:
                self._give(cast, row, body)
        cast.rest(end)
        return [
            self._conversion(move, whose[move.run], drawn[move.run])
            for move in account.moves
            if move.what == "converted"
        ]

    def _give(self, cast: Cast, row: Row, body: Body) -> None:
        """Let it happen. Nobody is let in here, so it does not matter whether it could start anything."""
        actor = cast.actor(row.person, row.received)
        who = cast.who(actor, row.received)
        record = Record(row.id, actor.person.workspace, 1, SYSTEM, who, row.time, row.received, body, starts=False)
        actor.give(record, row.received)

    def _moved(self, cast: Cast, row: Row, move: Moved, began: tuple[int, bytes] | None) -> None:
        actor = cast.actor(row.person, row.received)
        if move.what == "entered":
            cast.settle(actor, row.received)
            self._observe(actor, move, began)
        elif move.what in ("carried", "moved"):
            runs = actor.person.runs
            actor.person.runs = [
                msgspec.structs.replace(run, version=move.version) if run.id == move.run else run for run in runs
            ]

    def _observe(self, actor: Actor, move: Moved, event: tuple[int, bytes] | None) -> None:
        run = Run(
            id=move.run,
            journey=self.journey,
            version=move.version,
            step="",
            entered=move.time,
            arrived=move.time,
            event=event,
            ended=move.time,
            sent=list(self._sends),
            control=move.control,
            per=self._per if move.key else "",
            key=move.key,
        )
        facts = NOTHING
        while isinstance(found := observe(self.side.definitions, actor.person, run, move.time, facts), Needs):
            facts = facts.joined(actor.past.answer(found))
        actor.person = found.person

    def _conversion(self, move: Moved, person: bytes, drawn: Sequence[Moved]) -> Conversion:
        steps = tuple(dict.fromkeys(step for step, _ in move.credited))
        before = [each for each in drawn if each.time <= move.time]
        told = tuple(each.step for each in before if each.what != "held_out")
        held = next((each.step for each in before if each.what == "held_out"), "")
        what = (move.control, move.time, move.value, move.currency)
        home = move.run[0] % PARTITIONS
        which = (home, self.workspace.id, self.journey, self.goal.id, move.run, move.version)
        return Conversion(*which, *what, steps, person, move.why, told, held)


async def partition(pool: Pool, recount: Recount, number: int, since: int) -> int:
    """Count the people of a partition, whose runs began at ``since`` or later; gives how many of them reached the goal."""
    async with pool.acquire() as connection:
        end = await clock.now(connection)
        wanted, absorbed = await _who(connection, recount, number, since)
    interest = Interest.of([recount.side], end)
    reached = 0
    for start in range(0, len(wanted), TOGETHER):
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            found: list[Conversion] = []
            for lives in await _lives(connection, wanted[start : start + TOGETHER], absorbed, interest):
                try:
                    found += recount.play(lives, end)
                except Exception:
                    logger.exception("somebody's goals could not be counted again", person=lives.root.hex())
        async with pool.acquire() as connection, connection.transaction():
            await conversions.write(connection, found, conversions.AGAIN)
        reached += len(found)
    return reached


async def _who(
    connection: Connection, recount: Recount, number: int, since: int
) -> tuple[list[bytes], dict[bytes, list[reading.Merged]]]:
    """Those of a partition who entered the journey themselves, or by somebody they absorbed; and whom they absorbed."""
    everybody = set(await reading.population(connection, number, recount.workspace.id))
    absorbed: dict[bytes, list[reading.Merged]] = {}
    for each in await reading.merged(connection, number, recount.workspace.id):
        absorbed.setdefault(each.root, []).append(each)
    others = {each.person: each.root for found in absorbed.values() for each in found}
    rows = await connection.fetch(
        "SELECT person FROM history WHERE partition = $4 AND kind = $1 AND name = $2 AND time >= $3 UNION "
        "SELECT h.person FROM unnest($5::smallint[], $6::bytea[]) AS w(partition, person) JOIN history h USING (partition, person) "
        "WHERE h.kind = $1 AND h.name = $2 AND h.time >= $3",
        kinds.MOVED,
        recount.journey,
        since,
        number,
        [home_of(person) for person in sorted(others)],
        sorted(others),
    )
    found = {others.get(row[0], row[0]) for row in rows}
    return sorted(found & everybody), absorbed


async def _lives(
    connection: Connection,
    people: Sequence[bytes],
    absorbed: Mapping[bytes, list[reading.Merged]],
    interest: Interest,
) -> list[Lives]:
    whole = {root: {root: 0} | {each.person: each.depth for each in absorbed.get(root, ())} for root in people}
    rows = await reading.rows_of(connection, [person for depth in whole.values() for person in depth], interest)
    unnamed = [person for person, own in rows.items() if not any(map(is_named, own))]
    names = await reading.known(connection, unnamed) if unnamed else {}
    return [
        Lives(
            root,
            {person: rows[person] for person in depth},
            depth,
            {person: names[person] for person in depth if person in names},
        )
        for root, depth in whole.items()
    ]
