"""Backtest: a version of a journey against the real history of everybody, or of a sample. Reads a snapshot; writes only its own tables.

One process coordinates and holds the snapshot; others play the slices, one partition each. Docs: decision 0024.
"""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from multiprocessing import get_context
from statistics import median
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from tidings.database import clock
from tidings.database.access import Workspace
from tidings.database.pool import Connection, Pool
from tidings.journeys import pauses
from tidings.kernel.ids import PARTITIONS, fresh, show
from tidings.kernel.times import DAY, HOUR, MINUTE, SECOND, show_duration, show_iso
from tidings.simulate import kept, older, reading
from tidings.simulate.account import Window
from tidings.simulate.measure import Count, Measure
from tidings.simulate.outside import NO_STUBS, Stubs
from tidings.simulate.side import Side
from tidings.simulate.slice import Job, Slices, share_of

MARGIN: Final = 10 * SECOND
"""The window ends so long before now: what is younger may still be on its way."""
PROCESSES: Final = 2
NICE: Final = 10
"""How much the processes give way to those that serve."""


class Asked(Struct):
    """``sides``: (label, body of a snapshot, is it what is in force), the first held against the second; a side that is in force is held
    against what really happened too. ``sample``: people looked at, at most (0: everybody).
    ``stubs``: what the outside world answers where history does not tell. ``until``: when the days end, in microseconds (0: now)."""

    journey: str
    sides: list[tuple[str, Mapping[str, Any], bool]]
    days: int = 30
    sample: int = 0
    seed: int = 1
    by: str = ""
    stubs: Stubs = NO_STUBS
    until: int = 0

    def said(self) -> dict[str, Any]:
        """Give what was asked for as it is kept beside the result: each side with its document, so that it can be drawn later."""
        return {
            "days": self.days,
            "sample": self.sample,
            "seed": self.seed,
            "sides": [label for label, _, _ in self.sides],
            "documents": [body["journeys"][self.journey]["document"] for _, body, _ in self.sides],
        }


class Result(Struct):
    """What a backtest came to. ``window``: from and to, ISO 8601. ``agreement``: of the version in force with what it did, 0 to 1 (None:
    it was not asked). ``share``: of the people looked at. ``live``: since when the version in force is. ``assumed``: in words."""

    labels: list[str]
    window: tuple[str, str]
    agreement: float | None
    share: float
    live: str
    assumed: list[str]
    count: dict[str, Any]
    medians: list[int | None]


Progress = Callable[[int, int], Awaitable[None]]
"""(slices done, of how many)."""


async def backtest(
    pool: Pool,
    url: str,
    workspace: Workspace,
    asked: Asked,
    progress: Progress | None = None,
    processes: int = PROCESSES,
    id: bytes | None = None,
) -> str:
    """Run one to its end; gives its id, under which `kept.read` finds it. It ends early where `kept.cancel` says so.

    ``processes``: that play slices; 0: this one does. ``id``: of one that is written down already and runs. Raises KeyError where a side
    has no such journey.
    """
    said, begun = asked.said(), id is not None
    id = id or fresh()
    try:
        await _run(pool, url, workspace, asked, progress, processes, id, None if begun else said)
    finally:
        async with pool.acquire() as own:
            await kept.forget_cancelled(own, id)
    return show(id)


async def _run(
    pool: Pool,
    url: str,
    workspace: Workspace,
    asked: Asked,
    progress: Progress | None,
    processes: int,
    id: bytes,
    said: Mapping[str, Any] | None,
) -> None:
    """``said``: what is to be written down of it; None where that is done, by whoever says what becomes of it where it is cut off."""
    async with reading.reading(url) as connection:
        now = await clock.now(connection)
        end = min(asked.until or now, now - MARGIN)
        window = Window(end - asked.days * DAY, end)
        people = await reading.count_people(connection, workspace.id)
        since = await _in_force_since(connection, workspace.id, asked.journey)
        job = Job(
            workspace.id,
            workspace.secret,
            asked.journey,
            asked.sides,
            window,
            share_of(asked.sample, people),
            asked.seed,
            backtest=id,
            url=url,
            snapshot=await reading.export(connection),
            stubs=asked.stubs,
            border=older.border(asked.sides[-1][1], now),
        )
        job.anew = any(side.anew for side in job.sides())
        if said is not None:
            async with pool.acquire() as own:
                await kept.begin(own, id, workspace.id, asked.journey, asked.by, PARTITIONS, said)
        try:
            count = await _played(pool, id, job, progress, processes)
        except BaseException as error:
            ended = isinstance(error, asyncio.CancelledError | KeyboardInterrupt)
            if said is None and ended:
                raise
            async with pool.acquire() as own:
                state = "cancelled" if ended else "failed"
                await kept.end(own, id, state, None, f"{type(error).__name__}: {error}")
            raise
        finally:
            if job.anew:
                async with pool.acquire() as own:
                    await kept.forget_occasions(own, id)
    if count is not None:
        result = _result(asked, job, count, since)
        async with pool.acquire() as own:
            await kept.end(own, id, "done", msgspec.to_builtins(result))


async def _played(pool: Pool, id: bytes, job: Job, progress: Progress | None, processes: int) -> Count | None:
    """Play every slice; None where somebody cancelled it."""
    count, done = Count(), 0
    async with _crew(job, processes) as crew:
        if job.anew:  # what people did that befell groups is known before anybody is played
            async for _ in crew.each(_befall):
                async with pool.acquire() as connection:
                    if not await kept.alive(connection, id):
                        return None
        async for played in crew.each(_play):
            count.add(msgspec.msgpack.decode(played, type=Count))
            done += 1
            async with pool.acquire() as connection:
                if not await kept.progress(connection, id, done):
                    return None
            if progress is not None:
                await progress(done, PARTITIONS)
    return count


class _Crew:
    """Whoever plays slices: some processes, or (``executor`` None) this one, with ``slices``."""

    def __init__(self, executor: ProcessPoolExecutor | None, slices: Slices | None) -> None:
        self.executor, self.slices = executor, slices

    async def each(self, work: "_Work") -> AsyncIterator[bytes]:
        """Do something with every slice; gives what came of each as it is done."""
        if self.slices is not None:
            for partition in range(PARTITIONS):
                yield await work(self.slices, partition)
            return
        loop = asyncio.get_running_loop()
        waiting = {loop.run_in_executor(self.executor, _do, work, partition) for partition in range(PARTITIONS)}
        while waiting:
            finished, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for each in finished:
                yield each.result()


@asynccontextmanager
async def _crew(job: Job, processes: int) -> AsyncIterator[_Crew]:
    if not processes:
        slices = Slices(job)
        await slices.open()
        try:
            yield _Crew(None, slices)
        finally:
            await slices.close()
        return
    executor = ProcessPoolExecutor(processes, get_context("spawn"), _begin, (msgspec.msgpack.encode(job),))
    try:
        yield _Crew(executor, None)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


_Work: TypeAlias = Callable[[Slices, int], Awaitable[bytes]]
"""What is done with a slice, of a partition."""


async def _befall(slices: Slices, partition: int) -> bytes:
    await slices.befall(partition)
    return b""


async def _play(slices: Slices, partition: int) -> bytes:
    return msgspec.msgpack.encode(await slices.play(partition))


_process: list[tuple[asyncio.Runner, Slices]] = []
"""What a process that plays slices keeps from one to the next."""


def _begin(job: bytes) -> None:
    """Make a process ready."""
    os.nice(NICE)
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # it ends with the process that began it, however that ends
    runner, slices = asyncio.Runner(), Slices(msgspec.msgpack.decode(job, type=Job))
    runner.run(slices.open())
    _process[:] = [(runner, slices)]


def _do(work: "_Work", partition: int) -> bytes:
    runner, slices = _process[0]

    async def done() -> bytes:
        return await work(slices, partition)

    return runner.run(done())


async def _in_force_since(connection: Connection, workspace: int, journey: str) -> int | None:
    """Since when the newest version of the journey has been in force."""
    found: int | None = await connection.fetchval(
        "SELECT min(made_at) FROM definitions WHERE workspace = $1 AND body -> 'journeys' -> $2 ->> 'version' = "
        "(SELECT body -> 'journeys' -> $2 ->> 'version' FROM definitions WHERE workspace = $1 ORDER BY number DESC LIMIT 1)",
        workspace,
        journey,
    )
    return found


def _result(asked: Asked, job: Job, count: Count, since: int | None) -> Result:
    live = any(live for _, _, live in asked.sides)
    return Result(
        labels=[label for label, _, _ in asked.sides],
        window=(show_iso(job.window.start), show_iso(job.window.end)),
        agreement=count.calibration.agreement if live else None,
        share=job.share,
        live=show_iso(since) if since is not None else "",
        assumed=[
            *assumptions(count, job.window, since if live else None),
            *(
                said
                for _, body, live in asked.sides
                if live
                for said in paused(body["journeys"][asked.journey], job.window)
            ),
            *taken(job.sides(), count),
        ],
        count=msgspec.to_builtins(count),
        medians=[middle(side) for side in count.sides],
    )


def middle(side: Measure) -> int | None:
    """Give how many seconds a run took at the median."""
    return int(median(side.seconds)) if side.seconds else None


def assumptions(count: Count, window: Window, since: int | None) -> list[str]:
    """Say what was assumed, with how often it mattered. ``since``: when the version in force came into force."""
    found = [
        "Each person is replayed from their first row of history, known by what they were known by at each moment and merged when they "
        "were, as if the definitions had always been in force; only what happened inside the window is counted.",
        f"Mail that was really sent is opened and clicked as it was ({count.engaged} times); what people did with messages that the "
        f"rehearsal does not send is left out ({count.dropped} times); mail never really sent is received and nothing more.",
        "What this journey's own steps caused is caused anew; what other journeys did is taken as it happened.",
        "A provider's rate, the journey's own limits and its pauses are not played: whoever really waited to be let in waits as long, "
        "everybody else comes in at once. People deleted since are not in history.",
    ]
    if count.recorded or count.stubbed or count.unanswered:
        found.append(
            f"What steps asked of the outside world was answered as recorded {count.recorded} times, by a declared stub {count.stubbed} "
            f"times, and {count.unanswered} times by nothing."
        )
    if count.unnamed:
        found.append(
            f"Of {count.unnamed} people history does not tell when they gained their identifiers: they have them from the first day."
        )
    if count.ramped:
        found.append(
            f"A ramp really held back {count.ramped} entries for a while: here it lets in, from the first day on, whom it does as it "
            "stands now."
        )
    if count.older:
        found.append(
            f"{count.older} people are older than what history is kept for: what nothing since says of them is taken as it is today, what "
            "something says is not known from before it, and runs that began before are not played."
        )
    if count.parted:
        found.append(f"{count.parted} people are left out, since a merge of theirs was undone.")
    if count.faulty:
        found.append(f"{count.faulty} people are left out, since their replay failed; the log says why.")
    if since is not None and since > window.start:
        found.append(
            f"The version in force is younger than the window ({show_iso(since)}): before that, what really happened was another's."
        )
    return found


def paused(entry: Mapping[str, Any], window: Window) -> list[str]:
    """Say for how long the journey in force, by its entry in a snapshot, stood still in the window."""
    spans = [(pause.start, pause.end) for pause in pauses.read(entry)]
    spans += [(entry["paused_at"], window.end)] if "paused_at" in entry else []
    within = [min(end, window.end) - max(start, window.start) for start, end in spans]
    found = [length for length in within if length > 0]
    if not found:
        return []
    times, whole = "once" if len(found) == 1 else f"{len(found)} times", sum(found)
    unit = next((unit for unit in (HOUR, MINUTE) if whole >= 2 * unit), SECOND)
    about = show_duration(max(1, round(whole / unit)) * unit)
    return [f"The journey was really paused {times} within these days, for about {about}: here it goes on meanwhile."]


def taken(sides: Sequence[Side], count: Count) -> list[str]:
    """Say where what befalls groups is worked out anew, and where it is not: as far as the journey's own steps cause it."""
    found = []
    for side, measure in zip(sides, count.sides, strict=True):
        if side.anew:
            found.append(
                f"{side.label}: {_listed(side.anew)} of a group is worked out anew from what its members did, by anybody, also where "
                f"only a sample is looked at: {measure.entries} entries rest on that. Events from before "
                "history kept their context count, where it alone names the group, for the one their person joined last."
            )
        if own := side.anew & side.tracked:
            found.append(
                f"{side.label}: {_listed(own)} befalls groups and is tracked by the journey's own steps: whoever did it really lets "
                "others in here; who does it only in the rehearsal does not."
            )
        if "" in side.befalling:
            found.append(
                f"{side.label}: changed attributes of groups are taken as they happened, as far as a live journey began from them: "
                f"{measure.entries} entries rest on that."
            )
    return found


def _listed(names: Iterable[str]) -> str:
    return " and ".join(f"`{name}`" for name in sorted(names))


def rows(sides: Sequence[str], person: str, called: str, lives: list[list[list[Any]]]) -> list[list[str]]:
    """Give the lines of a CSV file about one person; `HEAD` names their columns. ``called``: as `listing.called` says."""
    return [
        [_inert(value) for value in (person, called, label, *line)]
        for label, lines in zip(sides, lives, strict=True)
        for line in lines
    ]


def _inert(value: Any) -> str:
    """A text that a spreadsheet takes for a formula is one no more: people name themselves."""
    text = str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


HEAD: Final = ("person", "called", "side", "time", "what", "step", "template", "why")
