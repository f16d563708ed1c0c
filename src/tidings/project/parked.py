"""Runs that stand still at a fault: who, where and why, and letting them try their step again, one record each through the log."""

import time
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from tidings import log
from tidings.database.pool import Connection, Pool
from tidings.history import kinds
from tidings.kernel.effects import Moved
from tidings.kernel.ids import digest, home_of, read, show
from tidings.kernel.problems import Invalid, Problem
from tidings.kernel.records import SYSTEM, Record, Retry, encode
from tidings.kernel.times import show_iso
from tidings.people import links, standing, store
from tidings.people.document import Person, identifier
from tidings.people.standing import Parked, Which
from tidings.project import store as definitions
from tidings.project.behind import meant
from tidings.teams import audit

_PAGE: Final = 1000
"""Records that one commit asks for."""
_FAULTS: Final = 100
"""Faults that are told apart; what differs from person to person would make a list without end."""
_MOVED: Final = msgspec.msgpack.Decoder(Moved)
_STANDS_STILL: Final = msgspec.msgpack.encode("parked")


class ParkedRun(Struct):
    """A run that stands still. ``person``: "" where they are gone. ``key``: of a journey that has several runs of a person side by side.
    ``at``: when it stopped, null where history no longer says. ``detail``: more of the fault, such as the traceback of an action."""

    run: str
    person: str
    name: str | None
    email: str | None
    id: str | None
    journey: str
    step: str
    version: int
    key: str
    fault: str
    at: str | None
    detail: str


class ParkedRuns(Struct):
    """``next``: to be passed on for the page after it; null on the last."""

    runs: list[ParkedRun]
    next: str | None


class FaultOf(Struct):
    """How many runs stand still at a step for one reason. ``name``: the journey's."""

    journey: str
    name: str
    step: str
    fault: str
    runs: int


async def listed(
    connection: Connection,
    workspace: int,
    which: Which,
    *,
    after: str = "",
    limit: int = 50,
    oldest: bool = False,
    q: str = "",
) -> ParkedRuns:
    """List them, whoever came to the step last first, or ``oldest``: who came first. ``q``: only people it may mean. Raises Invalid for
    a cursor that is none."""
    begin, only = _cursor(after), await meant(connection, workspace, q) if q else None
    rows = await standing.parked(connection, workspace, which, after=begin, limit=limit, oldest=oldest, only=only)
    who = await store.documents(connection, list({row.person for row in rows}))
    moves = await _moves(connection, rows)
    runs = [_shown(row, who.get(row.person), moves.get(row.run)) for row in rows]
    return ParkedRuns(runs, f"{rows[-1].since}-{rows[-1].run.hex()}" if len(rows) == limit else None)


async def faults(connection: Connection, workspace: int, which: Which) -> list[FaultOf]:
    """Count them by fault, the most frequent first; at most a hundred faults."""
    body = (await definitions.newest(connection, workspace)).body.get("journeys", {})
    found = await standing.faults(connection, workspace, which, _FAULTS)
    return [FaultOf(each.journey, _called(body, each.journey), each.step, each.fault, each.runs) for each in found]


async def retry(pool: Pool, workspace: int, which: Which, actor: audit.Actor) -> dict[str, int]:
    """Ask for it, and give how many runs by the fault that stopped them. Whoever asks twice before they have tried asks once. Raises
    Invalid for a journey that is not there."""
    async with pool.acquire() as connection:
        (await definitions.newest(connection, workspace)).journey(which.journey)
    found: dict[str, int] = {}
    after: tuple[int, bytes] | None = None
    while True:
        async with pool.acquire() as connection, connection.transaction():
            page = await standing.parked(connection, workspace, which, after=after, limit=_PAGE)
            if page and after is None:
                told = {"step": which.step, "fault": which.fault, "run": show(which.run) if which.run else ""}
                wanted = {key: value for key, value in told.items() if value}
                await audit.note(connection, workspace, actor, "retried", "journey", which.journey, after=wanted)
            await log.append(connection, [(home_of(each.person), _record(workspace, each)) for each in page])
        for each in page:
            found[each.fault] = found.get(each.fault, 0) + 1
        if len(page) < _PAGE:
            return found
        after = page[-1].since, page[-1].run


def run_of(text: str) -> bytes:
    """Read a run's id as it is shown; "" is none. Raises Invalid."""
    found = read(text) if text else b""
    if found is None:
        raise Invalid([Problem(f"`{text}` is no id of a run", "the list of those that stand still shows it")])
    return found


def _record(workspace: int, parked: Parked) -> bytes:
    """Its id follows from the visit, so that a second one before the first was worked off is dropped."""
    now = time.time_ns() // 1000
    who = (("cio_id", show(parked.person)),)
    id = digest("retry", parked.run, parked.since)
    return encode(Record(id, workspace, 0, SYSTEM, who, now, now, Retry(parked.journey, parked.run)))


async def _moves(connection: Connection, rows: Sequence[Parked]) -> dict[bytes, tuple[int, Moved]]:
    """Read when each was stopped, and all that was said of it; of who was absorbed as well, whose rows stay with them."""
    trees = await links.absorbed(connection, list({row.person for row in rows}))
    asked = [(row, person) for row in rows for person in (row.person, *trees.get(row.person, ()))]
    found: dict[bytes, tuple[int, Moved]] = {}
    for run, at, body in await connection.fetch(
        "SELECT a.run, h.time, h.body FROM unnest($1::smallint[], $2::bytea[], $3::text[], $4::bytea[]) AS a(home, person, journey, run) "
        "CROSS JOIN LATERAL (SELECT time, body FROM history WHERE partition = a.home AND person = a.person AND kind = $5 "
        "AND name = a.journey AND position(a.run IN body) > 0 AND position($6::bytea IN body) > 0 ORDER BY time DESC LIMIT 1) h "
        "ORDER BY h.time",
        [home_of(person) for _, person in asked],
        [person for _, person in asked],
        [row.journey for row, _ in asked],
        [row.run for row, _ in asked],
        kinds.MOVED,
        _STANDS_STILL,
    ):
        move = _MOVED.decode(memoryview(body)[1:])
        if move.run == run and move.what == "parked":
            found[run] = at, move
    return found


def _shown(row: Parked, who: Person | None, moved: tuple[int, Moved] | None) -> ParkedRun:
    at, detail = (show_iso(moved[0]), moved[1].why.partition("\n")[2]) if moved is not None else (None, "")
    place = (row.journey, row.step, row.version)
    if who is None:
        return ParkedRun(show(row.run), "", None, None, None, *place, "", row.fault, at, detail)
    key = next((run.key for run in who.runs if run.id == row.run), "")
    names = (show(who.id), store.name_of(who), identifier(who, "email"), identifier(who, "id"))
    return ParkedRun(show(row.run), *names, *place, key, row.fault, at, detail)


def _called(journeys: dict[str, Any], id: str) -> str:
    return str(journeys[id]["document"].get("name") or id) if id in journeys else id


def _cursor(after: str) -> tuple[int, bytes] | None:
    if not after:
        return None
    since, _, run = after.partition("-")
    try:
        return int(since), bytes.fromhex(run)
    except ValueError as error:
        raise Invalid([Problem("`after` is no cursor of this list", "pass on the `next` of a page")]) from error
