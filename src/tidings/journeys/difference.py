"""Two versions of a journey compared, in words: what a publisher reads before people get it, and what a history of versions shows. Pure.

Steps are matched by their ids. One that stands elsewhere has moved; the fewest are said to have, so that a new first step does not move
all others. A document compared with itself says nothing, and what differs always says something.
"""

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from msgspec import Struct

from tidings.journeys.carrying import terms
from tidings.journeys.document import Journey, write
from tidings.journeys.step import Step

What = Literal["settings", "added", "removed", "changed", "moved", "named"]
_FIELDS: Final[Mapping[str, str]] = {
    "reenter": "who may enter again",
    "run_per": "one run per",
    "exit": "exit rule",
    "goal": "goal",
}
_BRIEF: Final = 120


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
            found.append(Difference("added", id, f"new step `{id}` ({_brief(place.step)}) {_where(place, after)}"))
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
        word = _FIELDS.get(key, key)
        text = f"new {word}: {_say(b)}" if a is None else f"{word} {_say(a)} became {_say(b)}"
        if b is None:
            text = f"{word} removed: {_say(a)}"
        yield Difference("named" if key in ("name", "note") else "settings", "", text)


def _changed(old: Step, new: Step) -> Iterator[Difference]:
    id = new.id
    a, b = terms(old), terms(new)
    if old.kind.key != new.kind.key:
        yield Difference("changed", id, f"step `{id}` was {_brief(old)}, is now {_brief(new)}")
    else:
        key = new.kind.key
        for field in {**a, **b}:
            one, other = a.get(field), b.get(field)
            if one == other:
                continue
            if field == key and isinstance(one, list) and isinstance(other, list):
                yield from (Difference("changed", id, text) for text in _arms(key, id, one, other))
                continue
            what = f"{key} `{id}`" if field == key else f"{key} `{id}`: {field.replace('_', ' ')}"
            if one is None:
                yield Difference("changed", id, f"{what} is now {_say(other)}")
            elif other is None:
                yield Difference("changed", id, f"{what} {_say(one)} removed")
            else:
                yield Difference("changed", id, f"{what} {_say(one)} became {_say(other)}")
    if old.name != new.name:
        called = f"is called {_say(new.name)}" if new.name else "has no name any more"
        yield Difference("named", id, f"step `{id}` {called}")
    if old.note != new.note:
        yield Difference("named", id, f"step `{id}` has {'another' if new.note else 'no'} note")


def _arms(key: str, id: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[str]:
    if len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True), start=1):
            if one != other:
                yield f"{key} `{id}`: arm {number} {_label(one)} became {_label(other)}"
        return
    gone = [arm for arm in old if arm not in new]
    come = [arm for arm in new if arm not in old]
    for arm in gone:
        yield f"{key} `{id}`: arm {_label(arm)} removed"
    for arm in come:
        yield f"{key} `{id}`: new arm {_label(arm)}"
    if not gone and not come:
        yield f"{key} `{id}` has {len(new)} arms, not {len(old)}"


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
    arms = terms(step).get(step.kind.key)
    count = len(step.kind.branches())
    if isinstance(arms, list) and len(arms) == count:
        return [_label(arm) for arm in arms]
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
    behind = f"behind `{place.behind}`" if place.behind else "to the front"
    if not place.parent:
        return behind
    parent = places[place.parent].step
    labels = _labels(parent)
    return f"into the {parent.kind.key} `{place.parent}`, {labels[place.arm]}" + (f", {behind}" if place.behind else "")


def _brief(step: Step) -> str:
    key = step.kind.key
    said = terms(step).get(key)
    if isinstance(said, list):
        return key
    return f"{key} {_say(said)}"


def _label(arm: Any) -> str:
    if not isinstance(arm, Mapping):
        return _say(arm)
    said = [f"{key} {_say(value)}" if value != [] else key for key, value in arm.items() if key != "steps"]
    return " ".join(said) or "with steps"


def _say(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _BRIEF else text[: _BRIEF - 1] + "…"
