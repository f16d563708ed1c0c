"""A worker frozen past its lease and then continued commits nothing; the other partitions hardly notice."""

import asyncio
import math
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from tests.chaos.installation import Installation, Process, installation
from tests.chaos.lives import SEGMENTS
from tidings import log
from tidings.kernel.ids import PARTITIONS, digest
from tidings.kernel.records import SECRET, Event, Record, encode, home

HARMED = 1_500_000
"""Microseconds a row may take at the 99th percentile while a worker is frozen; what is idle inside a transaction is cut off after one
second."""


class Stream:
    """Appends an event for one of many people every few milliseconds. ``count``: how many were."""

    def __init__(self, made: Installation, pause: float = 0.004) -> None:
        self.made, self.pause = made, pause
        self.count = 0
        self.ended = asyncio.Event()

    async def run(self) -> None:
        dice = random.Random(1)
        connection = await asyncpg.connect(self.made.database)
        while not self.ended.is_set():
            now = time.time_ns() // 1000
            who = (("id", f"p{dice.randrange(500)}"),)
            id = digest("stream", self.count)
            record = Record(
                id, self.made.workspace, 1, SECRET, who, now, now, Event("Ordered", {"n": self.count}), message_id="m"
            )
            await log.append(connection, [(home(record), encode(record))])
            self.count += 1
            await asyncio.sleep(self.pause)
        await connection.close()


@pytest.fixture
async def made() -> AsyncIterator[Installation]:
    async with installation() as one:
        await one.define({"settings": {"workspace": "production"}, "segments": SEGMENTS})
        for name in ("one", "two"):
            await one.start("worker", name, batch=200)
        await one.until(lambda: shared(one), "both workers hold half")
        yield one


async def shared(made: Installation) -> bool:
    rows = await made.ask(
        "SELECT lease_owner, count(*) FROM cursors WHERE lease_until > clock_timestamp() AND lease_owner IS NOT NULL GROUP BY 1"
    )
    return sorted(row[1] for row in rows) == [PARTITIONS // 2] * 2


async def partitions(made: Installation, process: Process) -> list[int]:
    """What a worker holds."""
    return [
        row[0]
        for row in await made.ask("SELECT partition FROM cursors WHERE lease_owner LIKE $1", f"%:{process.pid}:%")
    ]


@pytest.mark.parametrize("inside", [pytest.param(False, marks=pytest.mark.slow), True])
async def test_frozen_past_its_lease(made: Installation, inside: bool) -> None:
    stream = Stream(made)
    streaming = asyncio.create_task(stream.run())
    frozen = made.processes["one"]
    try:
        lags = Lags(made)
        watching = asyncio.create_task(lags.run())
        mine = await partitions(made, frozen)
        lags.others = [partition for partition in range(PARTITIONS) if partition not in mine]
        await (freeze_inside(made, frozen) if inside else freeze(frozen))
        before = await made.value("SELECT max(lease_token) FROM cursors WHERE partition = ANY($1::smallint[])", mine)
        taken = "SELECT count(*) FROM cursors WHERE partition = ANY($1::smallint[]) AND lease_owner LIKE $2"

        async def succeeded() -> bool:
            return bool(await made.value(taken, mine, f"%:{made.processes['two'].pid}:%") == len(mine))

        await made.until(succeeded, "the other worker takes over", 60)
        assert (
            await made.value("SELECT max(lease_token) FROM cursors WHERE partition = ANY($1::smallint[])", mine)
            > before
        )
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        frozen.send(signal.SIGCONT)
        await made.until(lambda: shared(made), "it comes back, and takes its share", 60)
    finally:
        stream.ended.set()
        frozen.send(signal.SIGCONT)
        await streaming

    async def done() -> bool:
        return not await made.unread()

    await made.until(done, "all is applied")
    rows = await made.ask("SELECT id, count(*) FROM history WHERE name = 'Ordered' GROUP BY id")
    assert len(rows) == stream.count, "lost"
    assert [row[1] for row in rows if row[1] > 1] == [], "doubled"
    orders = {
        row[0]: row[1]
        for row in await made.ask("SELECT person, count(*) FROM history WHERE name = 'Ordered' GROUP BY 1")
    }
    members = {row[0] for row in await made.ask("SELECT person FROM memberships WHERE segment = 'loyal'")}
    assert members == {person for person, count in orders.items() if count >= 3}
    print(f"others' lag: p50 {lags.at(0.5) / 1000:.0f} ms, p99 {lags.at(0.99) / 1000:.0f} ms of {len(lags.seen)} looks")
    assert lags.at(0.99) < HARMED
    for process in made.processes.values():
        assert await process.stop() == 0


async def freeze(process: Process) -> None:
    process.send(signal.SIGSTOP)


async def freeze_inside(made: Installation, process: Process) -> None:
    """Stop it while its session has a transaction open that has written."""
    connection = await asyncpg.connect(made.database)
    try:
        session = await connection.fetchval(
            "SELECT backend_pid FROM cursors WHERE lease_owner LIKE $1 LIMIT 1", f"%:{process.pid}:%"
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            process.send(signal.SIGSTOP)
            found = await connection.fetchrow(
                "SELECT state, backend_xid IS NOT NULL AS writes FROM pg_stat_activity WHERE pid = $1", session
            )
            assert found is not None
            if found["state"] == "idle in transaction" and found["writes"]:
                return
            process.send(signal.SIGCONT)
            await asyncio.sleep(0.003)
        raise AssertionError("it was never found inside a transaction")
    finally:
        await connection.close()


class Lags:
    """How old the oldest unapplied row of the other partitions is, looked at all the time; microseconds."""

    def __init__(self, made: Installation) -> None:
        self.made = made
        self.others: list[int] = []
        self.seen: list[int] = []

    async def run(self) -> None:
        connection = await asyncpg.connect(self.made.database)
        try:
            while True:
                lag = await connection.fetchval(
                    """
                    SELECT coalesce(max((extract(epoch FROM clock_timestamp()) * 1000000)::bigint - l.stamp), 0)
                    FROM cursors c CROSS JOIN LATERAL (
                        SELECT stamp FROM log WHERE log.partition = c.partition AND (log.xid, log.seq) > (c.xid, c.seq)
                        ORDER BY xid, seq LIMIT 1) l
                    WHERE c.partition = ANY($1::smallint[])
                    """,
                    self.others,
                )
                self.seen.append(lag)
                await asyncio.sleep(0.01)
        finally:
            await connection.close()

    def at(self, share: float) -> int:
        """Give a percentile."""
        return sorted(self.seen)[min(len(self.seen) - 1, math.ceil(share * len(self.seen)))]
