"""One slice of a backtest: the people of one partition, played by one process."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final

import msgspec
import structlog
from msgspec import Struct

from tidings.database.pool import Connection, connect
from tidings.engine import Workspace
from tidings.engine.door import read_held
from tidings.history import kinds
from tidings.kernel.effects import Planned
from tidings.kernel.ids import draw
from tidings.kernel.times import show_iso
from tidings.simulate import kept, older, reading
from tidings.simulate.account import Account, Window
from tidings.simulate.cast import Lives
from tidings.simulate.measure import Count, Measure
from tidings.simulate.occasions import Key, Occasion, Spreading, groups_of, heard, occasions
from tidings.simulate.outside import NO_STUBS, Stubs
from tidings.simulate.post import Office
from tidings.simulate.reading import Interest, Known, Merged
from tidings.simulate.replay import Played, Replay
from tidings.simulate.row import KIND_OF, Row, absorbed, absorbs, idle, is_named
from tidings.simulate.side import Side

logger = structlog.get_logger(__name__)
RENDERS: Final = 40
"""Messages made in full, a slice and side: people of a partition are a sample already, since ids are hashes."""
KEPT: Final = 1000
"""Occasions written at once."""
GROUP: Final = 500
"""People whose absorbed and whose documents are looked up together."""


class Job(Struct):
    """What every process is told once. ``bodies``: (label, body of a snapshot, is it in force) of each side; ``share``: of the people, with
    ``seed`` to draw them by. ``keeps``: what would have happened is written down, as of ``backtest``, in the database at ``url``;
    ``snapshot``: which all read; ``stubs``: what the outside world answers where history does not tell; ``anew``: what befell groups was
    worked out beforehand (`Slices.befall`). ``border``: since when history is kept (0: always)."""

    workspace: int
    secret: bytes
    journey: str
    bodies: Sequence[tuple[str, Mapping[str, Any], bool]]
    window: Window
    share: float = 1.0
    seed: int = 0
    keeps: bool = True
    backtest: bytes = b""
    url: str = ""
    snapshot: str = ""
    stubs: Stubs = NO_STUBS
    anew: bool = False
    border: int = 0

    def sides(self) -> list[Side]:
        """Compile the sides."""
        own = Workspace(self.workspace, self.secret)
        return [Side(label, self.journey, own, body, live) for label, body, live in self.bodies]


def share_of(sample: int, people: int) -> float:
    """Which part of so many people a sample is; 0 is everybody."""
    return min(1.0, sample / people) if sample and people else 1.0


class Slices:
    """Plays slices in one process; what is compiled is compiled once."""

    def __init__(self, job: Job) -> None:
        self.job, self.sides = job, job.sides()
        self.interest = Interest.of(self.sides, job.window.end)
        self.types = frozenset(type for side in self.sides for type in side.definitions.starts_by_group)
        self.suppressed: Mapping[tuple[str, bytes], tuple[int, str]] = {}
        self.parted: frozenset[bytes] = frozenset()
        self.left = [0] * len(self.sides)

    async def open(self) -> None:
        """Open what is read, and what is written to."""
        job = self.job
        self._stack = AsyncExitStack()
        self._reading = await self._stack.enter_async_context(reading.reading(job.url, job.snapshot))
        self._own = await connect(job.url, name="tidings backtest")
        self._stack.push_async_callback(self._own.close)
        await self.read(self._reading)

    async def read(self, connection: Connection) -> None:
        """Read by a connection, in a transaction of its own that lasts; then slices can be played that keep nothing."""
        self._reading = connection
        self.suppressed = await reading.suppressed(connection, self.job.workspace)
        self.parted = await reading.parted(connection, self.job.workspace)

    async def close(self) -> None:
        """Close it again."""
        await self._stack.aclose()

    async def play(self, partition: int) -> Count:
        """Play the people of a partition, and keep what would have happened to each."""
        began = time.process_time()
        count = Count(sides=[Measure() for _ in self.sides])
        job = self.job
        everybody = await reading.population(self._reading, partition, job.workspace)
        here = [person for person in everybody if job.share >= 1 or draw("backtest", job.seed, person) < job.share]
        if here:
            self.left = [RENDERS if job.keeps else 0] * len(self.sides)
            await self._play(partition, here, count)
        count.seconds = time.process_time() - began
        return count

    async def befall(self, partition: int) -> None:
        """Work out what the people of a partition did that befell groups, and keep it; before anybody is played."""
        job = self.job
        sides = {number: side for number, side in enumerate(self.sides) if side.anew}
        everybody = await reading.population(self._reading, partition, job.workspace)
        interest = Interest.spreading(list(sides.values()), job.window.end)
        stills = [side.still() for side in sides.values()]
        replay = Replay(stills, job.window, [self._office(number) for number in sides])
        found: list[Occasion] = []
        async for lives in self._lives(partition, everybody, interest, Count()):
            rows = [row for theirs in lives.rows.values() for row in theirs]
            if not any(row.kind in KIND_OF for row in rows):
                continue
            stopped = idle(rows)
            lives.rows = {
                person: [row for row in theirs if row.kind != kinds.MOVED and row.id not in stopped]
                for person, theirs in lives.rows.items()
            }
            accounts = [Spreading(job.journey) for _ in sides]
            try:
                replay.play(lives, accounts)
            except Exception:
                logger.exception("it could not be worked out what somebody did", person=lives.root.hex())
                continue
            for (number, side), account in zip(sides.items(), accounts, strict=True):
                found += occasions(number, side, account.spreads, rows)
            if len(found) >= KEPT:
                await kept.keep_occasions(self._own, job.backtest, found)
                found = []
        await kept.keep_occasions(self._own, job.backtest, found)

    async def _play(self, partition: int, here: list[bytes], count: Count) -> None:
        job = self.job
        people: list[tuple[bytes, bytes]] = []
        real = await reading.fates(self._reading, partition, job.workspace, job.journey, job.window)
        offices = [self._office(n) for n in range(len(self.sides))]
        replay = Replay(self.sides, job.window, offices, job.stubs, waits=job.keeps)
        async for lives in self._lives(partition, here, self.interest, count):
            try:
                played = replay.play(lives)
            except Exception:
                logger.exception("somebody could not be replayed", person=lives.root.hex())
                count.faulty += 1
                continue
            self._count(count, lives.root, played, real)
            if job.keeps and any(not account.is_empty for account in played.accounts):
                people.append((lives.root, told(played.accounts)))
        if not job.keeps:
            return
        await kept.keep_people(self._own, job.backtest, people)
        for side, measure in enumerate(count.sides):
            await kept.keep_samples(self._own, job.backtest, side, measure.samples)
            measure.samples = []

    def _office(self, side: int) -> Office:
        def renders(planned: Planned) -> bool:
            if not self.job.window.has(planned.due) or planned.journey != self.job.journey or not self.left[side]:
                return False
            self.left[side] -= 1
            return True

        def suppressed(channel: str, address: bytes, now: int) -> str:
            since, why = self.suppressed.get((channel, address), (now, ""))
            return why if since <= now else ""

        own = self.sides[side]
        return Office(own.snapshot, renders, suppressed, lambda name: ("message", name) in own.events)

    async def _lives(
        self, partition: int, wanted: list[bytes], interest: Interest, count: Count
    ) -> AsyncIterator[Lives]:
        """Give everybody of a partition, one after the other, each with whom they absorbed."""
        connection, job, apart, here = self._reading, self.job, self.parted, frozenset(wanted)
        absorbed: dict[bytes, list[Merged]] = {}
        for each in await reading.merged(connection, partition, job.workspace):
            absorbed.setdefault(each.root, []).append(each)
        group: list[tuple[bytes, list[Row]]] = []
        few = job.share < 0.5 or 2 * len(wanted) < await reading.count_partition(connection, partition)
        only = wanted if few else None  # of most, all rows are read faster than theirs alone
        silent = set(wanted) if job.border else set[bytes]()  # of whom history tells nothing any more
        async for person, rows in _by_person(reading.rows_of_partition(connection, partition, interest, only)):
            if person not in here:
                continue
            silent.discard(person)
            count.rows += len(rows)
            if person in apart or any(each.person in apart for each in absorbed.get(person, ())):
                count.parted += 1
                continue
            group.append((person, rows))
            if len(group) == GROUP:
                for lives in await self._complete(connection, group, absorbed, interest, count):
                    yield lives
                group = []
        group += [(person, []) for person in sorted(silent - apart)]
        for lives in await self._complete(connection, group, absorbed, interest, count):
            yield lives

    async def _complete(
        self,
        connection: Any,
        group: Sequence[tuple[bytes, list[Row]]],
        absorbed: Mapping[bytes, list[Merged]],
        interest: Interest,
        count: Count,
    ) -> list[Lives]:
        """Bring in those whom people absorbed, and who they are where their rows do not say."""
        others = [each for person, _ in group for each in absorbed.get(person, ())]
        more = await reading.rows_of(connection, [each.person for each in others], interest) if others else {}
        found = []
        unnamed: list[bytes] = []
        for person, rows in group:
            own = {person: rows} | {each.person: more[each.person] for each in absorbed.get(person, ())}
            depth = {person: 0} | {each.person: each.depth for each in absorbed.get(person, ())}
            count.rows += sum(len(other) for other in own.values()) - len(rows)
            found.append(Lives(person, own, depth))
        if self.job.border:
            await self._remember(connection, found, count)
        for lives in found:
            own = {person: rows for person, rows in lives.rows.items() if person not in lives.older}
            unnamed += [person for person, theirs in own.items() if not any(map(is_named, theirs))]
        if unnamed:
            count.unnamed += len(unnamed)
            names: dict[bytes, Known] = await reading.known(connection, unnamed)
            for lives in found:
                lives.names = {person: names[person] for person in lives.rows if person in names}
        count.people += len(found)
        if self.job.anew and interest is self.interest:
            await self._hear(found)
        return found

    async def _remember(self, connection: Any, group: Sequence[Lives], count: Count) -> None:
        """Let those who are older than what history is kept for begin as who they were then. Whom they absorbed before are they."""
        begins = self.job.border
        for lives in group:
            kept = {person: [row for row in rows if row.time >= begins] for person, rows in lives.rows.items()}
            joined = {lives.root, *(absorbed(row) for rows in kept.values() for row in rows if absorbs(row))}
            lives.rows, lives.begins = {person: rows for person, rows in kept.items() if person in joined}, begins
        today = await reading.documents(connection, [person for lives in group for person in lives.rows])
        for lives in group:
            lives.older = {
                person: older.begun(today[person], rows, begins)
                for person, rows in lives.rows.items()
                if person in today and today[person].created < begins
            }
            count.older += lives.root in lives.older

    async def _hear(self, group: Sequence[Lives]) -> None:
        """Tell people what befell their groups."""
        own = [
            frozenset(key for rows in lives.rows.values() for key in groups_of(rows, self.types))
            | {(own.type, own.key) for then in lives.older.values() for own in then.groups if own.type in self.types}
            for lives in group
        ]
        known: dict[Key, list[Occasion]] = {}
        for each in await kept.occasions(self._own, self.job.backtest, sorted(frozenset[Key]().union(*own))):
            known.setdefault((each.type, each.key), []).append(each)
        for lives, keys in zip(group, own, strict=True):
            every = [each for key in sorted(keys) for each in known.get(key, ())]
            lives.heard = {person: heard(person, rows, every) for person, rows in lives.rows.items()}
            lives.anew = [frozenset(each.id for each in every if each.side == side) for side in range(len(self.sides))]

    def _count(self, count: Count, root: bytes, played: Played, real: dict[bytes, str]) -> None:
        window = self.job.window
        count.inputs += played.inputs
        count.engaged += played.engaged
        count.dropped += played.dropped
        count.recorded += played.recorded
        count.stubbed += played.stubbed
        count.unanswered += played.unanswered
        for side, measure, account, standing in zip(
            self.sides, count.sides, played.accounts, played.standing, strict=True
        ):
            measure.count(account, standing, root)
            if side.live:
                was = [move for move in played.real if window.has(move.time)]
                count.ramped += sum(move.what == "queued" and read_held(move.why) for move in was)
                count.calibration.count(was, account.moves, root)
                count.calibration.weigh(real, account.letters)
        if len(played.accounts) > 1:
            count.comparison.count(played.accounts[0], played.accounts[1], root)


async def _by_person(pages: AsyncIterator[list[Row]]) -> AsyncIterator[tuple[bytes, list[Row]]]:
    person, own = b"", list[Row]()
    async for page in pages:
        for row in page:
            if row.person != person:
                if own:
                    yield person, own
                person, own = row.person, []
            own.append(row)
    if own:
        yield person, own


def told(accounts: Sequence[Account]) -> bytes:
    """Give what would have happened to a person, as it is kept: a list a side of [when, what, step, about what, why], in order."""
    sides = []
    for account in accounts:
        lines: list[tuple[int, str, str, str, str]] = [
            (move.time, move.what, move.step, "", move.why) for move in account.moves if move.what in _KEPT
        ]
        lines += [
            (letter.time, letter.fate, letter.planned.step, letter.planned.template, letter.reason)
            for letter in account.letters.values()
        ]
        sides.append([[show_iso(line[0]), *line[1:]] for line in sorted(lines, key=lambda line: line[0])])
    return msgspec.msgpack.encode(sides)


_KEPT: Final = frozenset(("entered", "refused", "done", "held_out", "exited", "stopped", "converted", "parked"))
