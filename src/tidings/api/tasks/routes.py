"""Work on many people: import a CSV file, do something to all of a list or a rule, take them home as CSV."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import get, post
from litestar.params import Parameter, QueryParameter
from litestar.response import Stream
from msgspec import Meta, Struct

from tidings import rules
from tidings.api import shown
from tidings.api.csv_lines import csv_lines
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.kernel.ids import read as read_id
from tidings.kernel.times import show_iso
from tidings.people import lookup, store
from tidings.people.document import Person
from tidings.project import csv_file, task_rows, tasks
from tidings.project import store as definitions
from tidings.project.csv_file import Column, Fault, Heading
from tidings.project.matching import Matcher, matching
from tidings.teams import audit

FILE: Final = 20 << 20
"""Bytes of a request with a file in it."""
_SHOWN: Final = 100
_MANY: Final = "work on many people"
_WORK: Final = {"add": _MANY, "remove": _MANY, "suppress": _MANY}
"""What the audit log calls each kind, where not by its own name."""
Text = Annotated[str, Meta(max_length=FILE)]
Names = Annotated[list[Annotated[str, Meta(max_length=150)]], Meta(max_length=50)]


class FileGiven(Struct):
    """A CSV file: its text."""

    text: Text


class Headings(Struct):
    """Its columns, with what each looks like."""

    columns: list[Heading]


class ImportAsked(Struct):
    """``columns``: what each column of the file is, in its order. ``starts``: may what it changes start journeys?"""

    text: Text
    columns: list[Column]
    title: Annotated[str, Meta(max_length=200)] = "CSV file"
    starts: bool = False


class ImportLook(Struct):
    """What an import would do: ``good`` rows; of the first ``looked`` people some are ``new``, some ``known``. ``faults``: the first of
    ``faulty`` rows, which are left out; ``sample``: the first good rows as they would be."""

    good: int
    faulty: int
    looked: int
    new: int
    known: int
    faults: list[Fault]
    sample: list[csv_file.Row]


class TaskShown(Struct):
    """``done`` of ``total`` people are looked at, ``changed`` of them concerned. ``state``: waiting, running, done, stopped, failed.
    ``journey``: into which people are let. ``left_out``: rows of an imported file that could not be. ``rule``: whom it concerns, where one
    says so."""

    id: int
    kind: str
    title: str
    made_by: str
    made: str
    state: str
    done: int
    total: int
    changed: int
    problem: str
    undone_by: int | None
    can_undo: bool
    ended: str | None = None
    journey: str = ""
    left_out: int = 0
    rule: str = ""


class TasksShown(Struct):
    """A page. ``next``: to be passed as ``after`` for the page after it; null on the last."""

    tasks: list[TaskShown]
    next: int | None


class TaskFault(Struct):
    """What was wrong with a line of a file, counted from 1. ``cells``: as they stand there, of a CSV file; a very long row has none."""

    line: int
    problem: str
    cells: list[str] = []


class TaskFaults(Struct):
    """In the order of the lines. ``columns``: what the first row of a CSV file says."""

    faults: list[TaskFault]
    columns: list[str] = []


class TaskBegun(Struct):
    """Its number."""

    id: int


class ManyAsked(Struct):
    """What to do to ``people`` (our own ids), or to all for whom ``rule`` holds. ``segment``: one kept by hand."""

    what: Literal["add", "remove", "suppress"]
    people: Annotated[list[str], Meta(max_length=10_000)] = []
    rule: str = ""
    segment: str = ""


class ExportAsked(Struct):
    """``people`` (our own ids), or all for whom ``rule`` holds, or everybody; ``attributes``: further columns."""

    people: Annotated[list[str], Meta(max_length=10_000)] = []
    rule: str = ""
    attributes: Names = []


@post("/imports/columns", guards=[may("people:edit")], status_code=200, request_max_body_size=FILE)
async def read_columns(data: FileGiven, here: Here) -> Headings:
    """Read a file's columns, and guess what each is."""
    return Headings(csv_file.headings(data.text))


@post("/imports/look", guards=[may("people:edit")], status_code=200, request_max_body_size=FILE)
async def look_through(data: ImportAsked, here: Here) -> ImportLook:
    """Look through a file without changing anybody: what is wrong with which row, and how many are new."""
    rows, faults = csv_file.read(data.text, data.columns)
    some = rows[:500]
    async with here.pool.acquire() as connection:
        known = 0
        for row in some:
            known += bool(await lookup.find(connection, here.workspace.id, *_who(row)))
    return ImportLook(len(rows), _rows(faults), len(some), len(some) - known, known, faults[:_SHOWN], rows[:5])


@post("/imports", guards=[may("people:edit")], status_code=202, request_max_body_size=FILE)
async def begin_import(data: ImportAsked, here: Here) -> TaskBegun:
    """Import a file's good rows in the background."""
    rows, faults = csv_file.read(data.text, data.columns)
    if not rows:
        raise Refusal(400, "No row of the file can be imported.", "Look through it first.", code="no_rows")
    asked = {"columns": msgspec.to_builtins(data.columns), "starts": data.starts, "left_out": _rows(faults)}
    return await _begin(here, "import", data.title or "CSV file", asked, len(rows), data.text.encode(), faults)


@post("/people/many", guards=[may("people:edit")], status_code=202)
async def change_many(data: ManyAsked, here: Here) -> TaskBegun:
    """Put many people into a segment, take them out, or suppress them, in the background."""
    if bool(data.people) == bool(data.rule):
        raise Refusal(400, "Name `people` or a `rule`, one of the two.")
    async with here.pool.acquire() as connection:
        known = (await definitions.newest(connection, here.workspace.id)).body.get("segments", {})
        total = len(data.people) or await lookup.count(connection, here.workspace.id)
    if data.what != "suppress" and not known.get(data.segment, {}).get("manual"):
        raise Refusal(409, f"There is no segment `{data.segment}` that is kept by hand.", code="not_manual")
    if data.rule:
        await _matcher(here, rules.parse(data.rule))
    whom = {"rule": data.rule} if data.rule else {"people": data.people}
    named = known.get(data.segment, {}).get("name") or data.segment
    who = "all for whom a rule holds" if data.rule else "one person" if total == 1 else f"{total:,} people"
    titles = {"add": f"Put into {named}", "remove": f"Taken out of {named}", "suppress": f"Suppressing {who}"}
    return await _begin(here, data.what, titles[data.what], {**whom, "segment": data.segment}, total)


@get("/tasks", guards=[may("people:read")])
async def list_tasks(
    here: Here,
    q: Annotated[str, Parameter(max_length=200)] = "",
    how: Annotated[Literal["", "running", "done", "stopped", "failed"], QueryParameter(name="state")] = "",
    oldest: bool = False,
    after: Annotated[int, Parameter(ge=0, le=1 << 62)] = 0,
    limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
) -> TasksShown:
    """List work on many people, what runs and what was done: the newest first, or the ``oldest``. ``q``: a part of its title, its kind,
    its rule, or of who began it. What waits counts as ``running``."""
    states = ["waiting", "running"] if how == "running" else [how] if how else []
    async with here.pool.acquire() as connection:
        found = await tasks.listed(connection, here.workspace.id, q, states, after, oldest, limit)
    return TasksShown([_shown(each) for each in found], found[-1].id if len(found) == limit else None)


@get("/tasks/{id:int}", guards=[may("people:read")])
async def read_task(id: int, here: Here) -> TaskShown:
    """Read one."""
    async with here.pool.acquire() as connection:
        task = await tasks.read(connection, here.workspace.id, id)
    if task is None:
        raise Refusal(404, "There is no task of this number.", code="no_task")
    return _shown(task)


@get("/tasks/{id:int}/faults", guards=[may("people:read")])
async def list_task_faults(
    id: int, here: Here, after: int = 0, limit: Annotated[int, Meta(ge=1, le=1000)] = 100
) -> TaskFaults:
    """List what was wrong with lines of a task's file, `limit` behind line `after`; the first 1,000 of a file are kept, for 30 days after
    its end."""
    async with here.pool.acquire() as connection:
        if await tasks.read(connection, here.workspace.id, id) is None:
            raise Refusal(404, "There is no task of this number.", code="no_task")
        found = await task_rows.faults(connection, id, after, limit)
        columns = await task_rows.columns(connection, id)
    return TaskFaults([TaskFault(*each) for each in found], columns)


@post("/tasks/{id:int}/stop", guards=[may("people:edit")], status_code=204)
async def stop_task(id: int, here: Here) -> None:
    """Stop one; what it did stays done."""
    async with here.pool.acquire() as connection:
        task = await tasks.read(connection, here.workspace.id, id)
        if task is None or not await tasks.stop(connection, here.workspace.id, id):
            raise Refusal(404, "Nothing of this number is running.", code="no_task")
        await audit.note(
            connection, here.workspace.id, here.actor, "stopped", _WORK.get(task.kind, task.kind), task.title
        )


@post("/tasks/{id:int}/undo", guards=[may("people:edit")], status_code=202)
async def undo_task(id: int, here: Here) -> TaskBegun:
    """Take an import back: what stood there stands there again, and whoever came by it and did nothing since is forgotten."""
    async with here.pool.acquire() as connection, connection.transaction():
        task = await tasks.read(connection, here.workspace.id, id)
        if task is None or task.kind != "import":
            raise Refusal(404, "There is no import of this number.", code="no_task")
        made = await tasks.undo(connection, task, here.actor.name)
        if made is None:
            says = "It is being undone already, still running, or ended more than 30 days ago."
            raise Refusal(409, says, "Stop it first, if it runs.", code="not_undone")
        await audit.note(connection, here.workspace.id, here.actor, "undid", "import", task.title)
    return TaskBegun(made)


@post("/people/export", guards=[may("people:read")], status_code=200, media_type="text/csv")
async def export_people(data: ExportAsked, here: Here) -> Stream:
    """Stream people as CSV: id, email, name, when created and last seen, and the attributes asked for."""
    matcher = await _matcher(here, rules.parse(data.rule or "id is present or id is missing"))
    async with here.pool.acquire() as connection:
        await audit.note(connection, here.workspace.id, here.actor, "exported", "people", data.rule or "a list")
    headers = {"content-disposition": 'attachment; filename="people.csv"', "x-accel-buffering": "no"}
    return Stream(_csv(here, data, matcher), media_type="text/csv", headers=headers)


async def _matcher(here: Here, rule: rules.Rule) -> Matcher:
    async with here.pool.acquire() as connection:
        return Matcher(here.workspace.id, rule, await definitions.derived(connection, here.workspace.id))


async def _csv(here: Here, data: ExportAsked, matcher: Matcher) -> AsyncIterator[bytes]:
    yield csv_lines([["person", "id", "email", "name", "created", "last_seen", *data.attributes]])
    if data.people:
        named = [id for each in data.people if (id := read_id(each)) is not None]
        for start in range(0, len(named), 500):
            async with here.pool.acquire() as connection:
                found = await store.documents(connection, named[start : start + 500])
            yield csv_lines(
                [_cells(each, data.attributes) for each in found.values() if each.workspace == here.workspace.id]
            )
        return
    now = time.time_ns() // 1000
    async with aclosing(matching(here.pool, matcher, now, whole=True)) as portions:
        async for portion in portions:
            if portion.people and not portion.sampled:
                yield csv_lines([_cells(each, data.attributes) for each in portion.people])


def _cells(who: Person, attributes: Sequence[str]) -> list[str]:
    brief = shown.brief(who)
    own = [brief.person, brief.id or "", brief.email or "", brief.name or "", brief.created, brief.last_seen or ""]
    return [*own, *(_cell(shown.attribute(who, name)) for name in attributes)]


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()


async def _begin(
    here: Here,
    kind: str,
    title: str,
    asked: dict[str, Any],
    total: int,
    body: bytes = b"",
    faults: Sequence[Fault] = (),
) -> TaskBegun:
    async with here.pool.acquire() as connection, connection.transaction():
        id = await tasks.ask(connection, here.workspace.id, kind, title, asked, here.actor.name, total, body)
        await task_rows.leave_out(connection, id, body.decode(), faults)
        after = {"people": total, **({"rule": asked["rule"]} if "rule" in asked else {})}
        await audit.note(connection, here.workspace.id, here.actor, "began", _WORK.get(kind, kind), title, after=after)
    return TaskBegun(id)


def _rows(faults: list[Fault]) -> int:
    return len({each.line for each in faults})


def _shown(task: tasks.Task) -> TaskShown:
    return TaskShown(
        task.id,
        task.kind,
        task.title,
        task.made_by,
        show_iso(task.made_at),
        task.state,
        task.done,
        max(task.total, task.done),
        task.changed,
        task.problem,
        task.undone_by,
        task.can_undo,
        show_iso(task.ended_at) if task.ended_at else None,
        str(task.asked.get("journey") or ""),
        int(task.asked.get("left_out") or 0),
        str(task.asked.get("rule") or ""),
    )


def _who(row: csv_file.Row) -> tuple[str, str]:
    return ("id", row.id) if row.id else ("email", row.email)
