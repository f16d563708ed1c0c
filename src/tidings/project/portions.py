"""What one portion of work on many people does, by its kind: imports, their undoing, and what is done to everybody of a rule or a list.

It only says what is to be appended and kept: the work is one transaction, see `task_work`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from tidings import history, rules
from tidings.database.pool import Connection
from tidings.history.kinds import EVENTS
from tidings.kernel.ids import PARTITIONS, digest, home_of
from tidings.kernel.ids import read as read_id
from tidings.kernel.ids import show as show_id
from tidings.kernel.problems import Invalid, Problem
from tidings.kernel.records import SECRET, SYSTEM, Body, Delete, Identify, Member, Record, Suppress
from tidings.people import lookup, store
from tidings.people.document import Person
from tidings.project import csv_file, entering, task_rows, tasks
from tidings.project import store as definitions
from tidings.project.csv_file import Column, Row
from tidings.project.entering import Entering
from tidings.project.matching import Matcher
from tidings.project.task_rows import Kept
from tidings.project.tasks import Task

PORTION: Final = 200


class Portion(NamedTuple):
    """What one portion does. ``kept``: rows that say what stood there before; ``place``: where the next begins, "" at the end."""

    records: Sequence[Record]
    looked: int
    place: str
    kept: Sequence[Kept] = ()


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
            Kept(n, *who, None if before is None else msgspec.msgpack.encode(before), msgspec.msgpack.encode(after))
        )
        records.append(_record(task, now, n, (who,), Identify(after), starts=bool(task.asked.get("starts"))))
    end = start + PORTION
    return Portion(records, len(records), str(end) if end < len(rows) else "", kept)


_IN_HAND: dict[tuple[int, int], Sequence[Any]] = {}
"""What the file of the task in hand holds, so that it is unpacked and read once and not for each portion."""


async def _held(connection: Connection, task: Task, read: Callable[[str], Sequence[Any]]) -> Sequence[Any]:
    if task.key not in _IN_HAND:
        text = await tasks.body(connection, task.id)
        _IN_HAND.clear()
        _IN_HAND[task.key] = read(text)
    return _IN_HAND[task.key]


def put_down() -> None:
    """Let go of the file that is in hand: people stand in it."""
    _IN_HAND.clear()


async def _rows(connection: Connection, task: Task) -> Sequence[Row]:
    columns = msgspec.convert(task.asked["columns"], list[Column])
    return await _held(connection, task, lambda text: csv_file.read(text, columns)[0])


async def _lines(connection: Connection, task: Task) -> Sequence[str]:
    return await _held(connection, task, lambda text: text.split("\n") if text else [])


async def _undo(connection: Connection, task: Task, now: int) -> Portion:
    """Put back what stood there where it still is as the import left it; forget who came by it and did nothing since."""
    start = int(task.place or 0)
    rows = await task_rows.written(connection, task.asked["task"], start, PORTION)
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
    return Portion(records, len(rows), "" if last else str(rows[-1].n + 1))


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
    kept = (
        [task_rows.fault(*each) for each in some.faults[: await task_rows.room(connection, task.id)]]
        if some.faults
        else []
    )
    return Portion(some.records, some.looked, some.place, kept)


def _checks(task: Task) -> bool:
    """Whether it is still to be seen that everybody is known, before anybody is let in."""
    return task.place.startswith(entering.CHECKING) or (
        not task.place and "fail" in task.asked.get("missing", {}).values()
    )


async def _check(connection: Connection, task: Task, asked: Entering) -> Portion:
    faults, place = await entering.check_lines(connection, asked, await _lines(connection, task), task.place, PORTION)
    room = await task_rows.room(connection, task.id)
    if not place and not faults and room == entering.ERRORS:
        place = "0"  # all are known: let them in
    elif not place:
        place = _UNKNOWN
    return Portion([], 0, place, [task_rows.fault(*each) for each in faults[:room]])


_UNKNOWN: Final = "unknown"
"""The place of a task that lets nobody in, because somebody is not known."""


def _record(
    task: Task, now: int, key: int | str, who: tuple[tuple[str, str], ...], body: Body, starts: bool = True
) -> Record:
    trust = SECRET if task.kind == "import" else SYSTEM
    return Record(digest("task", task.id, key), task.workspace, 0, trust, who, now, now, body, starts=starts)


KINDS: Final[Mapping[str, Callable[[Connection, Task, int], Awaitable[Portion]]]] = {
    "import": _import,
    "undo": _undo,
    "add": _everybody,
    "remove": _everybody,
    "suppress": _everybody,
    "enter": _enter,
}
"""By the kind of a task: what its next portion does."""
