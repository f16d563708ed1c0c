"""Two versions of a journey compared, in words: what a publisher reads before people get it, and what a history of versions shows. Pure.

Steps are matched by their ids. One that stands elsewhere has moved; the fewest are said to have, so that a new first step does not move
all others. A document compared with itself says nothing, and what differs always says something. Steps stand by their ids between
backticks, for whoever shows it to put in what they are called; all else is in the words of the forms.
"""

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from msgspec import Struct

from tidings.journeys.carrying import terms
from tidings.journeys.document import FORM, Journey, write
from tidings.journeys.form import Field
from tidings.journeys.step import COMMON_FORM, Step

What = Literal["settings", "added", "removed", "changed", "moved", "named"]
_BRIEF: Final = 120
_WAITS: Final = "time"
"""The group of steps that wait: of their own field it is said that they do, whatever it asks for in a form."""


class Difference(Struct, frozen=True):
    """One difference. ``step``: its id, "" where it is about the journey itself. ``named``: only its name or note."""

    what: What
    step: str
    text: str


class Place(NamedTuple):
    """Where a step stands: in the arm of a step (``parent`` "" and ``arm`` 0: of the journey itself), and behind which."""

    step: Step
    parent: str
    arm: int
    number: int
    behind: str


def difference(old: Journey, new: Journey) -> list[Difference]:
    """Say what the new version changes: the journey's own fields, then its steps in the new order, then those that are gone."""
    before, after = _places(old.steps), _places(new.steps)
    found = list(_settings(write(old), write(new)))
    moved = _moved(before, after)
    for id, place in after.items():
        known = before.get(id)
        if known is None:
            found.append(Difference("added", id, f"new step: `{id}` ({_brief(place.step)}) {_where(place, after)}"))
            continue
        if id in moved:
            found.append(Difference("moved", id, f"step `{id}` moved {_where(place, after)}"))
        found += _changed(known.step, place.step)
    for id, place in before.items():
        if id not in after:
            found.append(Difference("removed", id, f"step `{id}` ({_brief(place.step)}) removed"))
    return found


def _settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for key in {**new, **old}:
        a, b = old.get(key), new.get(key)
        if key == "steps" or a == b:
            continue
        yield Difference(
            "named" if key in ("name", "note") else "settings", "", _became(_title(FORM.fields, key), a, b)
        )


def _became(what: str, old: Any, new: Any) -> str:
    if old is None:
        return f"{what} is now {_say(new)}"
    return f"{what} {_say(old)} removed" if new is None else f"{what} {_say(old)} became {_say(new)}"


def _title(fields: Sequence[Field], key: str) -> str:
    """What a field is called, as it reads within a sentence."""
    found = next((field.title for field in fields if field.key == key), key.replace("_", " "))
    return found[:1].lower() + found[1:]


def _changed(old: Step, new: Step) -> Iterator[Difference]:
    id = new.id
    a, b = terms(old), terms(new)
    if old.kind.key != new.kind.key:
        yield Difference("changed", id, f"step `{id}` was {_brief(old)}, is now {_brief(new)}")
    else:
        key, fields = new.kind.key, (*new.kind.form.fields, *COMMON_FORM)
        for field in {**a, **b}:
            one, other = a.get(field), b.get(field)
            if one == other:
                continue
            if field == key and isinstance(one, list) and isinstance(other, list):
                ways = next((each.fields for each in fields if each.key == key), ())
                yield from (Difference("changed", id, f"`{id}`: {text}") for text in _ways(ways, one, other))
                continue
            what = key.replace("_", " ") if field == key and new.kind.form.group == _WAITS else _title(fields, field)
            yield Difference("changed", id, f"`{id}`: {_became(what, one, other)}")
    if old.name != new.name:
        called = f"is called {_say(new.name)}" if new.name else f"is not called {_say(old.name)} any more"
        yield Difference("named", id, f"step `{id}` {called}")
    if old.note != new.note:
        yield Difference("named", id, f"step `{id}` has {'another' if new.note else 'no'} note")


def _ways(fields: Sequence[Field], old: Sequence[Any], new: Sequence[Any]) -> Iterator[str]:
    if len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True), start=1):
            if one != other:
                yield f"way {number}, {_label(fields, one)}, became {_label(fields, other)}"
        return
    gone = [way for way in old if way not in new]
    come = [way for way in new if way not in old]
    for way in gone:
        yield f"the way {_label(fields, way)} removed"
    for way in come:
        yield f"new way {_label(fields, way)}"
    if not gone and not come:
        yield f"{len(new)} ways, not {len(old)}"


def _places(steps: Sequence[Step], parent: str = "", arm: int = 0) -> dict[str, Place]:
    found: dict[str, Place] = {}
    behind = ""
    for index, step in enumerate(steps):
        found[step.id] = Place(step, parent, arm, index, behind)
        for number, inner in enumerate(step.kind.branches()):
            found |= _places(inner, step.id, number)
        behind = step.id
    return found


def _moved(before: Mapping[str, Place], after: Mapping[str, Place]) -> set[str]:
    """Steps of both that stand in another list, or are not among the most that kept their order within theirs."""
    arms = {id: _matched(before[id].step, after[id].step) for id in after if id in before}
    found: set[str] = set()
    kept: dict[tuple[str, int], list[tuple[int, str]]] = {}
    for id, place in after.items():
        old = before.get(id)
        if old is None:
            continue
        arm = arms.get(old.parent, {}).get(old.arm) if old.parent else 0
        if old.parent != place.parent or arm != place.arm:
            found.add(id)
        else:
            kept.setdefault((place.parent, place.arm), []).append((old.number, id))
    for among in kept.values():
        longest = _longest([number for number, _ in among])
        found.update(id for number, id in among if number not in longest)
    return found


def _matched(old: Step, new: Step) -> dict[int, int]:
    """Which arm of the new step each of the old one's is: the one that says the same, else the one in its place."""
    a, b = _labels(old), _labels(new)
    found = {index: b.index(label) for index, label in enumerate(a) if a.count(label) == 1 and b.count(label) == 1}
    taken = set(found.values())
    for index in range(min(len(a), len(b))):
        if index not in found and index not in taken:
            found[index] = index
    return found


def _labels(step: Step) -> list[str]:
    ways = terms(step).get(step.kind.key)
    count = len(step.kind.branches())
    if isinstance(ways, list) and len(ways) == count:
        fields = next((each.fields for each in step.kind.form.fields if each.key == step.kind.key), ())
        return [_label(fields, way) for way in ways]
    return [str(index) for index in range(count)]


def _longest(numbers: Sequence[int]) -> set[int]:
    """The longest rising part of a row of unlike numbers."""
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        place = bisect_left(ends, number)
        before[number] = ends[place - 1] if place else None
        ends[place : place + 1] = [number]
    found: set[int] = set()
    at = ends[-1] if ends else None
    while at is not None:
        found.add(at)
        at = before[at]
    return found


def _where(place: Place, places: Mapping[str, Place]) -> str:
    behind = f"after `{place.behind}`" if place.behind else "to the front"
    if not place.parent:
        return behind
    parent = places[place.parent].step
    labels = _labels(parent)
    return f"into `{place.parent}`, {labels[place.arm]}" + (f", {behind}" if place.behind else "")


def _brief(step: Step) -> str:
    title = step.kind.form.title or step.kind.key
    said = terms(step).get(step.kind.key)
    brief = title[:1].lower() + title[1:]
    return brief if isinstance(said, list) or said is True else f"{brief}: {_say(said)}"


def _label(fields: Sequence[Field], way: Any) -> str:
    if not isinstance(way, Mapping):
        return _say(way)
    said = [
        f"{_title(fields, key)} {_say(value)}" if value != [] else _title(fields, key)
        for key, value in way.items()
        if key != "steps"
    ]
    return " ".join(said) or "with steps"


def _say(value: Any) -> str:
    text = _plain(value)
    return text if len(text) <= _BRIEF else text[: _BRIEF - 1] + "…"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{str(key).replace('_', ' ')} {_plain(inner)}" for key, inner in value.items()) or "nothing"
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value)) or "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
