"""Letting many people into a journey: all for whom a rule holds, or those whom a file names, a line each with their data."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

import msgspec

from tidings import rules
from tidings.database.pool import Connection
from tidings.ingest.check import Malformed, read
from tidings.kernel.ids import PARTITIONS, digest
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import SECRET, SYSTEM, Enter, Identifier, Record
from tidings.people import lookup
from tidings.project.matching import Matcher
from tidings.project.store import derived

NAMES: Final = ("id", "email", "cio_id")
LARGEST: Final = 32 * 1024
"""Bytes of one person's data."""
ERRORS: Final = 1000
"""Faulty lines that are kept; the others are only counted."""


CHECKING: Final = "check:"
"""How a place begins while it is only looked whether everybody is known."""
MISSING: Final = ("reject", "skip", "fail")
"""What becomes of people who are not known: each goes to the rejected list, is left out, or nobody at all is let in."""


class Entering(NamedTuple):
    """Which task it is, and what was asked: ``journey``, ``data`` of all, ``key`` under which nobody comes in twice, ``rule`` where it
    is for those of a rule, ``missing``: kind of identifier -> what becomes of those who are not known by it."""

    workspace: int
    task: int
    asked: Mapping[str, Any]


class Some(NamedTuple):
    """A portion. ``faults``: (line, what is wrong with it), lines counted from 1; ``place``: where the next begins, "" at the end."""

    records: Sequence[Record]
    looked: int
    place: str
    faults: Sequence[tuple[int, str]] = ()


def who(person: Any) -> Identifier:
    """Read by which identifier a person is named. Raises ValueError."""
    named = [name for name in NAMES if isinstance(person, Mapping) and person.get(name) is not None]
    value = person[named[0]] if len(named) == 1 else None
    if type(value) is int:
        value = str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > 255:
        raise ValueError("one of `id`, `email` and `cio_id` says who it is")
    return named[0], value


def data_of(holder: Any) -> dict[str, Any]:
    """Read a person's data. Raises ValueError."""
    data = holder.get("data") if isinstance(holder, Mapping) else None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ValueError("`data` is an object")
    return data


def laid_over(everybody: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a person's own data over that of all. Raises ValueError where it is too large."""
    data = {**everybody, **own}
    try:
        size = len(msgspec.msgpack.encode(data))
    except OverflowError:
        raise ValueError("`data` has a whole number of more than 64 bits") from None
    if size > LARGEST:
        raise ValueError(f"`data` takes more than {LARGEST // 1024} kB")
    return data


def missing_of(body: Mapping[str, Any]) -> dict[str, str]:
    """Read what becomes of people who are not known, by kind of identifier. Raises ValueError."""
    given = body.get("missing") or {}
    if not isinstance(given, dict) or any(kind not in NAMES or given[kind] not in MISSING for kind in given):
        says = f"`missing` says of {', '.join(NAMES)} one of: {', '.join(MISSING)}"
        raise ValueError(says)
    return given


async def unknown(
    connection: Connection, workspace: int, people: Sequence[tuple[int, Identifier]], missing: Mapping[str, str]
) -> list[tuple[int, str]]:
    """Give those of (number, who) without whom nobody is to be let in, and who are not known: (number, why)."""
    asked = [(number, who) for number, who in people if missing.get(who[0]) == "fail"]
    if not asked:
        return []
    there = await lookup.known(connection, workspace, [who for _, who in asked])
    return [(number, f"there is nobody with {who[0]} {who[1]}") for number, who in asked if who not in there]


async def check_lines(
    connection: Connection, entering: Entering, lines: Sequence[str], place: str, size: int
) -> tuple[Sequence[tuple[int, str]], str]:
    """Look whether those whom the next lines name are known: (line, what is wrong), and where the next portion begins, "" at the end. A
    line that can't be read names nobody."""
    start, named = int(place.removeprefix(CHECKING) or 0), []
    for number, line in enumerate(lines[start : start + size], start + 1):
        with suppress(ValueError):
            named.append((number, who(read(line.encode()))))
    faults = await unknown(connection, entering.workspace, named, entering.asked["missing"])
    return faults, f"{CHECKING}{start + size}" if start + size < len(lines) else ""


async def of_rule(connection: Connection, entering: Entering, place: str, now: int, size: int) -> Some:
    """Let in the next of those for whom the rule holds now."""
    asked = entering.asked
    partition, _, after = place.partition(":")
    at = int(partition or 0)
    people = await lookup.portion(connection, entering.workspace, at, bytes.fromhex(after), size)
    matcher = Matcher(entering.workspace, rules.parse(asked["rule"]), await derived(connection, entering.workspace))
    holding = await matcher.holding(connection, people, now)
    records = [_record(entering, ("cio_id", show_id(each.id)), asked["data"], now, SYSTEM) for each in holding]
    following = f"{at + 1}:" if at + 1 < PARTITIONS else ""
    return Some(records, len(people), f"{at}:{people[-1].id.hex()}" if len(people) == size else following)


def of_lines(entering: Entering, lines: Sequence[str], place: str, now: int, size: int) -> Some:
    """Let in whom the next lines name: JSON objects of `id` or `email`, and `data`."""
    start, records, faults = int(place or 0), [], []
    for number, line in enumerate(lines[start : start + size], start + 1):
        if not line.strip():
            continue
        try:
            person = read(line.encode())
            own = laid_over(entering.asked["data"], data_of(person))
            records.append(_record(entering, who(person), own, now, SECRET, own=data_of(person)))
        except Malformed as fault:
            faults.append((number, str(fault).replace("the body", "it")))
        except ValueError as fault:
            faults.append((number, str(fault)))
    end = start + size
    return Some(records, min(end, len(lines)) - start, str(end) if end < len(lines) else "", faults)


def _record(
    entering: Entering,
    who: Identifier,
    data: dict[str, Any],
    now: int,
    trust: int,
    own: Mapping[str, Any] | None = None,
) -> Record:
    """``own``: data of this entry alone. Somebody who is named twice comes in by each that says something else."""
    asked = entering.asked
    key = asked.get("key", "")
    call = ("enter", entering.workspace, asked["journey"], key) if key else ("task", entering.task)
    told = (msgspec.json.encode(own, order="sorted"),) if own else ()
    return Record(
        digest(*call, *who, *told),
        entering.workspace,
        0,
        trust,
        (who,),
        now,
        now,
        Enter(asked["journey"], data, asked.get("missing", {}).get(who[0]) == "skip"),
        message_id=key,
    )
