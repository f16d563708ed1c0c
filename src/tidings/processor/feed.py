"""Rows of the held partitions on their way into batches, in one order of time.

Each partition's rows come in the log's order; between partitions they are taken by their clocks, and only up to the moment for which
every partition has been read (the *bound*). So a record that acts on a person of another held partition never comes too early
there, and a timer fires only when nothing earlier can still turn up.

Where the database's clock was put back, rows and clocks lie ahead of it. Such rows take their turn as of when they were read: they
keep their time, but nobody waits for it to come again.

A control record stands alone, or with others of its kind: definitions change between batches, never inside one.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from itertools import islice
from operator import attrgetter
from typing import Final, NamedTuple

from msgspec import Struct

from tidings.database.pool import Connection
from tidings.kernel.records import Befell, Built, Control, Event, GroupChanged, Identify, Record, TakeIn, decode
from tidings.log import Cursor, Reader
from tidings.log.leases import Lease, Move

_TURN: Final = attrgetter("turn")
_CROWDED: Final = (Built, GroupChanged, Befell, TakeIn)
"""Records that concern many people."""
_PLAIN: Final = frozenset((Event, Identify))
"""Those that concern one person, and that nearly all are."""
_MOST: Final = 8
"""Batches' worth of rows kept in memory at most."""
_BREATH: Final = 64
"""Rows decoded in one go."""


class Item(Struct, frozen=True, gc=False):
    """A row with its record. ``turn``: by what it is put in order. ``clock``: its stamp, or the latest before it in the partition: what
    `now` is for it; the turn is the same unless that lies ahead of the database's clock."""

    turn: int
    clock: int
    partition: int
    cursor: Cursor
    record: Record


class Part(NamedTuple):
    """What one batch applies. ``until``: timers due up to then may fire after it. ``control``: it changes what is in force."""

    items: list[Item]
    until: int
    control: bool


class Feed:
    """Reads ahead; `take` looks, `begin` takes away, `passed` says that it is committed, `again` forgets what is not."""

    def __init__(self) -> None:
        self._reader = Reader()
        self._leases: dict[int, Lease] = {}
        self._done: dict[int, Cursor] = {}
        self._read: dict[int, Cursor] = {}
        self._newest: dict[int, int] = {}
        self._turn: dict[int, int] = {}
        self._bound: dict[int, int] = {}
        self._waiting: dict[int, deque[Item]] = {}
        self._ready: deque[Item] = deque()
        self.clocks: dict[int, int] = {}
        """Partition -> the latest moment applied and committed there."""

    @property
    def leases(self) -> dict[int, Lease]:
        """What is held."""
        return self._leases

    @property
    def length(self) -> int:
        """How many rows wait."""
        return len(self._ready) + sum(map(len, self._waiting.values()))

    @property
    def held(self) -> int:
        """For how long the log has been held back, in microseconds."""
        return self._reader.held

    def wants(self, limit: int) -> bool:
        """Whether to read on before ``limit`` rows are taken: fewer are ready, and not so many wait behind a slower partition."""
        return len(self._ready) < limit and self.length < _MOST * limit

    def hold(self, leases: dict[int, Lease], *, anew: bool = False) -> None:
        """Work on these partitions from now on; those held before go on where they are, or ``anew`` from where their leases say."""
        new = [
            lease
            for partition, lease in leases.items()
            if anew or (known := self._leases.get(partition)) is None or known.token != lease.token
        ]
        if not new and set(leases) == set(self._leases):
            self._leases = dict(leases)
            return
        self._put_back()
        for lease in new:
            self._done[lease.partition] = lease.cursor
            self.clocks[lease.partition] = lease.clock
            self._restart(lease.partition)
        for partition in set(self._leases) - set(leases):
            for table in (self._done, self._read, self._newest, self._turn, self._bound, self._waiting, self.clocks):
                table.pop(partition, None)
        self._leases = dict(leases)
        self._make_ready()

    def again(self) -> None:
        """Forget what was read ahead: the last batch was not committed."""
        self._ready.clear()
        for partition in self._leases:
            self._restart(partition)

    def _restart(self, partition: int) -> None:
        self._read[partition] = self._done[partition]
        self._newest[partition] = self.clocks[partition]
        self._turn[partition] = 0
        self._bound[partition] = 0
        self._waiting[partition] = deque()

    async def fill(self, connection: Connection, limit: int) -> int:
        """Read on; gives how many rows came."""
        batch = await self._reader.read(connection, self._read, limit)
        newest, turns, waiting, now = self._newest, self._turn, self._waiting, batch.now
        for index, (partition, xid, seq, stamp, body) in enumerate(batch.rows):
            if index % _BREATH == 0:
                await asyncio.sleep(0)  # what is written meanwhile goes on
            clock = newest[partition]
            if clock < stamp:
                clock = newest[partition] = stamp
            turn = clock if clock < now else now
            if turn < turns[partition]:
                turn = turns[partition]
            else:
                turns[partition] = turn
            cursor = self._read[partition] = Cursor(xid, seq)
            waiting[partition].append(Item(turn, clock, partition, cursor, decode(body)))
        for partition in self._leases:
            self._bound[partition] = turns[partition] if partition in batch.full else batch.through
        self._make_ready()
        return len(batch.rows)

    def take(self, limit: int) -> Part:
        """Look at what comes next: rows that concern ``limit`` people at most, or one row."""
        items = list(islice(self._ready, limit))
        until = items[-1].turn if len(items) < len(self._ready) else self._least()
        if _PLAIN.issuperset([type(item.record.body) for item in items]):
            return Part(items, until, False)
        control = type(items[0].record.body) is Control
        weight = 0
        for index, item in enumerate(items):
            body = item.record.body
            kind = type(body)
            weight += max(1, len(body.people)) if isinstance(body, _CROWDED) else 1
            if weight > limit and index:
                until = items[index - 1].turn
            elif (kind is Control) is not control:
                until = items[index - 1].turn if control else item.turn - 1
            else:
                continue
            del items[index:]
            break
        return Part(items, until, control)

    def _least(self) -> int:
        """Give the moment up to which every partition has been read."""
        return min(self._bound.values(), default=0)

    def _make_ready(self) -> None:
        """Put in one order what no partition can bring anything before."""
        bound, found = self._least(), []
        for _, line in sorted(self._waiting.items()):
            while line and line[0].turn <= bound:
                found.append(line.popleft())
        found.sort(
            key=_TURN
        )  # of one turn, they stay as they are: by partition, and each partition's in the log's order
        self._ready.extend(found)

    def _put_back(self) -> None:
        """Take what is ready as merely read: partitions came or went, and may bring something before it."""
        while self._ready:
            item = self._ready.pop()
            self._waiting[item.partition].appendleft(item)

    def moves(self, items: Iterable[Item], touched: Iterable[int], clocks: Mapping[int, int]) -> list[Move]:
        """Say how the cursors move past these rows; ``touched``: partitions whose clock alone may have moved; ``clocks``: to where."""
        ends = {item.partition: item.cursor for item in items}
        return [
            Move(
                partition,
                self._leases[partition].token,
                self._done[partition],
                ends.get(partition, self._done[partition]),
                clocks[partition],
            )
            for partition in {*ends, *touched}
        ]

    def begin(self, items: Iterable[Item]) -> None:
        """These are being applied: what `take` gives next comes behind them."""
        for _ in items:
            self._ready.popleft()

    def passed(self, items: Iterable[Item], clocks: Mapping[int, int]) -> None:
        """These are committed. Only now the clocks have moved: rows that are read again get the time they had."""
        for item in items:
            self._done[item.partition] = item.cursor
        self.clocks.update(clocks)
