"""Work on many people, done in the background a portion at a time: imports, their undoing, and what is done to everybody of a rule.

A portion is one transaction: the records it appends, what stood there before, and how far the task has come. So a crash repeats a portion
or finds it done, and two workers never do the same one.
"""

import asyncio
import json
import time
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from tidings import history, log, rules
from tidings.database.looking import apart, keep_looking
from tidings.database.pool import Connection, Pool
from tidings.history.kinds import EVENTS
from tidings.kernel.ids import PARTITIONS, digest, home_of
from tidings.kernel.ids import read as read_id
from tidings.kernel.ids import show as show_id
from tidings.kernel.problems import Invalid, Problem
from tidings.kernel.records import SECRET, SYSTEM, Body, Delete, Identify, Member, Record, Suppress, encode, home
from tidings.people import imported, lookup, sizes, store
from tidings.people.document import Person
from tidings.project import csv_file, entering
from tidings.project import store as definitions
from tidings.project.csv_file import Column, Fault, Row
from tidings.project.entering import Entering
from tidings.project.matching import Matcher

PORTION: Final = 200
_LOOK: Final = 1.0
_COLUMNS: Final = "id, workspace, kind, title, asked, made_by, made_at, state, done, total, changed, place, problem, ended_at, undone_by"


class Task(NamedTuple):
    """``kind``: import, undo, add, remove, suppress or enter. ``done`` of ``total`` are looked at, ``changed`` of them concerned."""

    id: int
    workspace: int
    kind: str
    title: str
    asked: Mapping[str, Any]
    made_by: str
    made_at: int
    state: str
    done: int
    total: int
    changed: int
    place: str
    problem: str
    ended_at: int | None
    undone_by: int | None

    @property
    def key(self) -> tuple[int, int]:
        """What tells it from all others, in other databases too."""
        return self.id, self.made_at

    @property
    def can_undo(self) -> bool:
        """Whether it is an import that can be taken back now."""
        if self.kind != "import" or self.undone_by is not None or self.state in ("waiting", "running"):
            return False
        return self.ended_at is not None and self.ended_at > time.time_ns() // 1000 - imported.KEPT


class Portion(NamedTuple):
    """What one portion does. ``kept``: rows that say what stood there before; ``place``: where the next begins, "" at the end."""

    records: Sequence[Record]
    looked: int
    place: str
    kept: Sequence[tuple[int, str, str, bytes | None, bytes]] = ()
    changed: int | None = None


async def ask(
    connection: Connection,
    workspace: int,
    kind: str,
    title: str,
    asked: Mapping[str, Any],
    by: str,
    total: int,
    body: bytes = b"",
) -> int:
    """Put a task into the queue; gives its number."""
    found: int = await connection.fetchval(
        "INSERT INTO people_tasks (workspace, kind, title, asked, body, made_by, made_at, total) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        workspace,
        kind,
        title,
        json.dumps(asked),
        zlib.compress(body) if body else b"",
        by,
        time.time_ns() // 1000,
        total,
    )
    return found


async def done(
    connection: Connection, workspace: int, kind: str, title: str, asked: Mapping[str, Any], by: str, count: int
) -> int:
    """Write down something that was done to many people at once, so that it can be asked about; gives its number."""
    id = await ask(connection, workspace, kind, title, asked, by, count)
    await connection.execute(
        "UPDATE people_tasks SET state = 'done', done = $2, changed = $2, ended_at = made_at WHERE id = $1", id, count
    )
    return id


async def failed(
    connection: Connection,
    workspace: int,
    kind: str,
    title: str,
    asked: Mapping[str, Any],
    by: str,
    total: int,
    faults: Sequence[tuple[int, str]],
    problem: str,
) -> int:
    """Write down something that was not done because of ``faults``, (line, what is wrong); gives its number."""
    id = await ask(connection, workspace, kind, title, asked, by, total)
    await connection.execute(
        "UPDATE people_tasks SET state = 'failed', problem = $2, ended_at = made_at WHERE id = $1", id, problem
    )
    kept = [(id, *_fault(number, what)) for number, what in faults[: entering.ERRORS]]
    await connection.executemany("INSERT INTO people_task_rows VALUES ($1, $2, $3, $4, $5, $6)", kept)
    return id


async def leave_out(connection: Connection, id: int, text: str, faults: Sequence[Fault]) -> None:
    """Keep the first rows of a file that an import leaves out, and what is wrong with them, for as long as it can be undone: by the line,
    below nothing, with whom each names, so that it is forgotten with them. The row that names the columns stands before them."""
    if not faults:
        return
    lines: dict[int, list[Fault]] = {}
    for each in faults:
        lines.setdefault(each.line, []).append(each)
    first = dict(list(lines.items())[: entering.ERRORS])
    rows = csv_file.rows_at(text, {_HEADINGS, *first})
    kept = [(id, -_HEADINGS, "headings", "", _cells(rows[_HEADINGS]), b"")]
    for line, own in first.items():
        who = ("id", own[0].id) if own[0].id else ("email", own[0].email)
        says = "; ".join(f"{each.column}: {each.message}" if each.column else each.message for each in own)
        kept.append((id, -line, *who, _cells(rows[line]), says.encode()))
    await connection.executemany("INSERT INTO people_task_rows VALUES ($1, $2, $3, $4, $5, $6)", kept)


async def listed(
    connection: Connection,
    workspace: int,
    q: str = "",
    states: Sequence[str] = (),
    after: int = 0,
    oldest: bool = False,
    limit: int = 50,
) -> list[Task]:
    """Read tasks of a workspace, the newest first, or the ``oldest``: those with ``q`` in what they are, in their rule or in who began
    them, in one of ``states`` (none: any), behind the task ``after``."""
    behind, order = (">", "ASC") if oldest else ("<", "DESC")
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM people_tasks WHERE workspace = $1 AND ($2 = 0 OR id {behind} $2) "
        "AND ($4::text[] = '{}' OR state = ANY($4)) "
        "AND ($3 = '' OR strpos(lower(concat_ws(' ', kind, title, made_by, asked::json ->> 'rule')), lower($3)) > 0) "
        f"ORDER BY id {order} LIMIT $5",
        workspace,
        after,
        q.strip(),
        list(states),
        limit,
    )
    return [_task(row) for row in rows]


async def read(connection: Connection, workspace: int, id: int) -> Task | None:
    """Read one task."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM people_tasks WHERE workspace = $1 AND id = $2", workspace, id
    )
    return _task(row) if row else None


async def stop(connection: Connection, workspace: int, id: int) -> bool:
    """Stop a task that is not at its end; what it did stays done. False where there is none."""
    done = await connection.execute(
        "UPDATE people_tasks SET state = 'stopped', ended_at = $3, body = '' "
        "WHERE workspace = $1 AND id = $2 AND state IN ('waiting', 'running')",
        workspace,
        id,
        time.time_ns() // 1000,
    )
    return str(done).endswith(" 1")


async def undo(connection: Connection, task: Task, by: str) -> int | None:
    """Ask that an import is taken back; None where somebody has asked already, or nothing is kept of it."""
    total = await connection.fetchval("SELECT count(*) FROM people_task_rows WHERE task = $1 AND n >= 0", task.id)
    id = await ask(connection, task.workspace, "undo", f"Undo of {task.title}", {"task": task.id}, by, total)
    done = await connection.execute(
        "UPDATE people_tasks SET undone_by = $2 WHERE id = $1 AND undone_by IS NULL AND state IN ('done', 'stopped', 'failed') "
        "AND ended_at > $3",
        task.id,
        id,
        time.time_ns() // 1000 - imported.KEPT,
    )
    if not done.endswith(" 1"):
        await connection.execute("DELETE FROM people_tasks WHERE id = $1", id)
        return None
    return id


async def working(pool: Pool, stop: asyncio.Event) -> None:
    """Work on what waits until ``stop``, and count segments once an hour."""

    async def look() -> bool:
        busy = await work(pool)
        if not busy:
            await _tidy(pool)
        return busy

    await keep_looking(look, _LOOK, "work on many people", stop)


async def work(pool: Pool) -> bool:
    """Do the next portion of the oldest task; says whether there was any. One with a fault fails, and keeps no other waiting."""
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(
            f"SELECT {_COLUMNS} FROM people_tasks WHERE state IN ('waiting', 'running') "
            "ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
        )
        if row is None:
            _LATEST.clear()
            _LATEST_LINES.clear()
            return False
        task, now = _task(row), time.time_ns() // 1000
        problem = _FAULT
        with apart("work on many people could not be done", task=task.id, kind=task.kind):
            async with connection.transaction():
                problem = await _work(connection, task, now)
        if problem:
            await connection.execute(
                "UPDATE people_tasks SET state = 'failed', problem = $2, ended_at = $3, body = '' WHERE id = $1",
                task.id,
                problem,
                now,
            )
        return True


_FAULT: Final = "This stopped at a fault of Tidings. It was written down for whoever runs it."


async def _work(connection: Connection, task: Task, now: int) -> str:
    """Do a portion; gives why the task can't go on, "" where it can."""
    try:
        portion = await _KINDS[task.kind](connection, task, now)
    except Invalid as error:
        return str(error)
    if portion.records:
        await log.append(connection, [(home(record), encode(record)) for record in portion.records])
    await connection.executemany(
        "INSERT INTO people_task_rows VALUES ($1, $2, $3, $4, $5, $6)", [(task.id, *each) for each in portion.kept]
    )
    ended = not portion.place
    if ended:  # people stand in it
        _LATEST.pop(task.key, None)
        _LATEST_LINES.pop(task.key, None)
    await connection.execute(
        "UPDATE people_tasks SET state = $2, done = done + $3, changed = changed + $4, place = $5, ended_at = $6, "
        "body = CASE WHEN $6::bigint IS NULL THEN body ELSE '' END WHERE id = $1",
        task.id,
        "done" if ended else "running",
        portion.looked,
        len(portion.records) if portion.changed is None else portion.changed,
        portion.place,
        now if ended else None,
    )
    return ""


async def _import(connection: Connection, task: Task, now: int) -> Portion:
    rows = await _rows(connection, task)
    start = int(task.place or 0)
    records, kept = [], []
    for n, row in enumerate(rows[start : start + PORTION], start):
        who = ("id", row.id) if row.id else ("email", row.email)
        after = {**row.attributes, **({"email": row.email} if row.email else {})}
        place = await lookup.find(connection, task.workspace, *who)
        person = await lookup.fetch(connection, *place) if place else None
        before = None if person is None else {name: person.attributes.get(name) for name in after}
        kept.append(
            (n, *who, None if before is None else msgspec.msgpack.encode(before), msgspec.msgpack.encode(after))
        )
        records.append(_record(task, now, n, (who,), Identify(after), starts=bool(task.asked.get("starts"))))
    end = start + PORTION
    return Portion(records, len(records), str(end) if end < len(rows) else "", kept)


_LATEST: dict[tuple[int, int], list[Row]] = {}
"""The rows of the import in hand, so that its file is read once and not for each portion."""


async def _rows(connection: Connection, task: Task) -> list[Row]:
    if task.key not in _LATEST:
        body = await connection.fetchval("SELECT body FROM people_tasks WHERE id = $1", task.id)
        columns = msgspec.convert(task.asked["columns"], list[Column])
        _LATEST.clear()
        _LATEST[task.key] = csv_file.read(zlib.decompress(body).decode(), columns)[0]
    return _LATEST[task.key]


async def _undo(connection: Connection, task: Task, now: int) -> Portion:
    """Put back what stood there where it still is as the import left it; forget who came by it and did nothing since."""
    start = int(task.place or 0)
    rows = await connection.fetch(
        "SELECT n, kind, value, before, after FROM people_task_rows WHERE task = $1 AND n >= $2 ORDER BY n LIMIT $3",
        task.asked["task"],
        start,
        PORTION,
    )
    records = []
    for n, kind, value, before, after in rows:
        place = await lookup.find(connection, task.workspace, kind, value)
        person = await lookup.fetch(connection, *place) if place else None
        if person is None:
            continue
        wrote = msgspec.msgpack.decode(after)
        who = (("cio_id", show_id(person.id)),)
        if before is None and not await _did(connection, person):
            records.append(_record(task, now, n, who, Delete()))
            continue
        was = msgspec.msgpack.decode(before) if before is not None else dict.fromkeys(wrote)
        back = {
            name: was.get(name) for name, each in wrote.items() if person.attributes.get(name) == each != was.get(name)
        }
        if before is None:
            back.pop("email", None)
        if back:
            records.append(_record(task, now, n, who, Identify(back, create=False), starts=False))
    last = len(rows) < PORTION
    return Portion(records, len(rows), "" if last else str(rows[-1][0] + 1))


async def _did(connection: Connection, person: Person) -> bool:
    kinds = list(EVENTS.values())
    return bool(await history.of_person(connection, [(home_of(person.id), person.id)], kinds=kinds, limit=1))


async def _everybody(connection: Connection, task: Task, now: int) -> Portion:
    """Do it to the people of a list, or to all for whom a rule holds."""
    what: Body = Suppress() if task.kind == "suppress" else Member(str(task.asked.get("segment")), task.kind == "add")
    if "people" in task.asked:
        start = int(task.place or 0)
        named = [id for each in task.asked["people"][start : start + PORTION] if (id := read_id(each)) is not None]
        known = await store.stored(connection, named)
        own = [id for id, _, workspace, _ in known if workspace == task.workspace]
        end = start + PORTION
        place = str(end) if end < len(task.asked["people"]) else ""
        looked = min(end, len(task.asked["people"])) - start
    else:
        partition, _, after = task.place.partition(":")
        at = int(partition or 0)
        since = bytes.fromhex(after)
        people = await lookup.portion(connection, task.workspace, at, since, PORTION)
        derived = await definitions.derived(connection, task.workspace)
        matcher = Matcher(task.workspace, rules.parse(task.asked["rule"]), derived)
        own = [person.id for person in await matcher.holding(connection, people, now)]
        looked = len(people)
        following = f"{at + 1}:" if at + 1 < PARTITIONS else ""
        place = f"{at}:{people[-1].id.hex()}" if looked == PORTION else following
    records = [_record(task, now, show_id(id), (("cio_id", show_id(id)),), what) for id in own]
    return Portion(records, looked, place)


async def _enter(connection: Connection, task: Task, now: int) -> Portion:
    """Let people into a journey: those of a rule, or those a file names; what is wrong with its lines is kept."""
    asked = Entering(task.workspace, task.id, task.asked)
    if task.place == _UNKNOWN:
        raise Invalid([Problem("somebody in it is not known, so nobody was let in", "its faults say who")])
    if "rule" in task.asked:
        some = await entering.of_rule(connection, asked, task.place, now, PORTION)
    elif _checks(task):
        return await _check(connection, task, asked)
    else:
        some = entering.of_lines(asked, await _lines(connection, task), task.place, now, PORTION)
    kept = [_fault(*each) for each in some.faults[: await _room(connection, task)]] if some.faults else []
    return Portion(some.records, some.looked, some.place, kept)


def _checks(task: Task) -> bool:
    """Whether it is still to be seen that everybody is known, before anybody is let in."""
    return task.place.startswith(entering.CHECKING) or (
        not task.place and "fail" in task.asked.get("missing", {}).values()
    )


async def _check(connection: Connection, task: Task, asked: Entering) -> Portion:
    faults, place = await entering.check_lines(connection, asked, await _lines(connection, task), task.place, PORTION)
    room = await _room(connection, task)
    if not place and not faults and room == entering.ERRORS:
        place = "0"  # all are known: let them in
    elif not place:
        place = _UNKNOWN
    return Portion([], 0, place, [_fault(*each) for each in faults[:room]])


_UNKNOWN: Final = "unknown"
"""The place of a task that lets nobody in, because somebody is not known."""


async def _room(connection: Connection, task: Task) -> int:
    """How many faults of a task are kept besides those that are."""
    kept: int = await connection.fetchval("SELECT count(*) FROM people_task_rows WHERE task = $1", task.id)
    return max(0, entering.ERRORS - kept)


def _fault(number: int, what: str) -> tuple[int, str, str, bytes | None, bytes]:
    return number, "fault", f"line {number}: {what}", None, b""


async def _lines(connection: Connection, task: Task) -> list[str]:
    if task.key not in _LATEST_LINES:
        body = await connection.fetchval("SELECT body FROM people_tasks WHERE id = $1", task.id)
        _LATEST_LINES.clear()
        _LATEST_LINES[task.key] = zlib.decompress(body).decode().split("\n") if body else []
    return _LATEST_LINES[task.key]


_LATEST_LINES: dict[tuple[int, int], list[str]] = {}
"""The lines of the file in hand, so that it is unpacked once and not for each portion."""


async def faults(connection: Connection, id: int, start: int, limit: int) -> list[tuple[int, str, list[str]]]:
    """Read what was wrong with lines of a task's file, from the line after ``start`` on: (line, what, its cells where it is a table's)."""
    rows = await connection.fetch(
        "SELECT abs(n), CASE WHEN n < 0 THEN convert_from(after, 'UTF8') ELSE value END, before FROM people_task_rows "
        "WHERE task = $1 AND (n < 0 AND kind <> 'headings' OR kind = 'fault') AND abs(n) > $2 ORDER BY abs(n) LIMIT $3",
        id,
        start,
        limit,
    )
    return [(row[0], row[1], _read_cells(row[2])) for row in rows]


async def columns(connection: Connection, id: int) -> list[str]:
    """Read what the columns of an import's file are called, where rows of it were left out."""
    return _read_cells(await connection.fetchval(_COLUMNS_OF, id, -_HEADINGS))


_HEADINGS: Final = 1
"""The line of a file that names its columns."""
_LONGEST: Final = 8_000
"""Letters of a row that are kept: where a quote is missing, what a row holds may be half the file."""
_BETWEEN: Final = "\x1f"
_COLUMNS_OF: Final = "SELECT before FROM people_task_rows WHERE task = $1 AND n = $2 AND kind = 'headings'"


def _cells(row: Sequence[str]) -> bytes | None:
    """Pack cells as plain text, in which whoever is forgotten is found."""
    text = _BETWEEN.join(cell.replace(_BETWEEN, "") for cell in row)
    return text.encode() if len(text) <= _LONGEST else None


def _read_cells(packed: bytes | None) -> list[str]:
    return packed.decode().split(_BETWEEN) if packed else []


_KINDS: Final = {
    "import": _import,
    "undo": _undo,
    "add": _everybody,
    "remove": _everybody,
    "suppress": _everybody,
    "enter": _enter,
}


def _record(
    task: Task, now: int, key: int | str, who: tuple[tuple[str, str], ...], body: Body, starts: bool = True
) -> Record:
    trust = SECRET if task.kind == "import" else SYSTEM
    return Record(digest("task", task.id, key), task.workspace, 0, trust, who, now, now, body, starts=starts)


async def _tidy(pool: Pool) -> None:
    now = time.time_ns() // 1000
    async with pool.acquire() as connection:
        workspaces = await connection.fetch("SELECT id FROM workspaces")
        if any([await sizes.write(connection, row[0], now) for row in workspaces]):
            await imported.forget_before(connection, now)


def _task(row: Any) -> Task:
    fields = [row[name.strip()] for name in _COLUMNS.split(",")]
    fields[4] = json.loads(fields[4])
    return Task(*fields)
