"""Bring together two edits of one document that began from the same text: a file's, and the web app's.

Fields and steps that only one side touched take that side's change. What both touched in different ways is a conflict, told with both
sides; nothing is guessed. For a journey, "touched" is meant step by step: what a step does is one thing, since a rule of one side with the
time-out of the other is a step that nobody wrote. What it is called, its note, its place among its neighbours and the steps within its arms
are apart from that. Two steps added at one place are a conflict too, since their order would be a guess.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

MISSING: Final = object()
"""Stands for a field or step that is not there."""
Path = tuple[str, ...]
_CALLED: Final = frozenset(("name", "note"))
"""Fields of a step that say nothing of what it does."""


class Conflict(Struct, frozen=True):
    """``where``: fields and step ids from the document down. ``ours``, ``theirs``: plain data, None where it was taken out."""

    where: Path
    ours: Any
    theirs: Any

    def says(self) -> str:
        """The place in words."""
        return " › ".join(self.where) or "the whole document"


class Merged(Struct, frozen=True):
    """``document`` is whole where there are no ``conflicts``; in the place of each it has ours."""

    document: dict[str, Any]
    conflicts: tuple[Conflict, ...] = ()


def merge(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any], *, together: bool = False
) -> Merged:
    """Merge plain documents in canonical form. ``together``: both sides see each other's edits as they are made, so one step may have
    fields of both."""
    merging = _Merging(together)
    return Merged(merging.mappings(base, ours, theirs, ()), tuple(merging.conflicts))


class _Merging:
    def __init__(self, together: bool) -> None:
        self.together, self.conflicts = together, list[Conflict]()

    def value(self, base: Any, ours: Any, theirs: Any, where: Path) -> Any:
        """One value of three; MISSING where it is not there."""
        if same(ours, theirs) or same(base, theirs):
            return ours
        if same(base, ours):
            return theirs
        if all(isinstance(side, Mapping) for side in (base, ours, theirs)):
            return self.mappings(base, ours, theirs, where)
        if all(_is_steps(side) for side in (base, ours, theirs)):
            return self.steps(base, ours, theirs, where)
        if all(_is_arms(side, base) for side in (base, ours, theirs)):
            return [
                self.mappings(*arms, (*where, str(index + 1)))
                for index, arms in enumerate(zip(base, ours, theirs, strict=True))
            ]
        return self.clash(ours, theirs, where)

    def mappings(
        self, base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any], where: Path
    ) -> dict[str, Any]:
        """Field by field, in our order; fields that only they have come where they have them."""
        made = {}
        for key in _order(list(ours), list(theirs)):
            value = self.value(base.get(key, MISSING), ours.get(key, MISSING), theirs.get(key, MISSING), (*where, key))
            if value is not MISSING:
                made[key] = value
        return made

    def steps(self, base: Sequence[Any], ours: Sequence[Any], theirs: Sequence[Any], where: Path) -> list[Any]:
        """Lists of steps: who stands where is merged first, then each step."""
        old, mine, other = ({step["id"]: step for step in side} for side in (base, ours, theirs))
        for id in old:  # taken out by one, changed by the other
            if (id in mine) != (id in other) and not same(old[id], mine.get(id, other.get(id))):
                self.clash(mine.get(id, MISSING), other.pop(id, MISSING), (*where, id))
                if id in mine:
                    other = _beside(other, id, mine[id], list(old))
        made = []
        for id in self.places(list(old), list(mine), list(other), where):
            step = self.step(old.get(id, MISSING), mine.get(id, MISSING), other.get(id, MISSING), (*where, id))
            if step is not MISSING:
                made.append(step)
        return made

    def step(self, base: Any, ours: Any, theirs: Any, where: Path) -> Any:
        """One step of three: where both changed what it does it is a conflict, and ours does it meanwhile."""
        if self.together or not all(isinstance(side, Mapping) for side in (base, ours, theirs)):
            return self.value(base, ours, theirs, where)
        apart = {key for key in (*ours, *theirs) if not same(_own(ours, key), _own(theirs, key))}
        mine, other = (
            {key for key in apart - _CALLED if not same(_own(base, key), _own(side, key))} for side in (ours, theirs)
        )
        if mine and other:
            if not mine & other:
                self.clash(ours, theirs, where)
            theirs = {key: value for key, value in theirs.items() if key not in other - mine}
            theirs |= {key: base[key] for key in other - mine if key in base}
        return self.value(base, ours, theirs, where)

    def places(self, base: list[str], ours: list[str], theirs: list[str], where: Path) -> list[str]:
        """The ids in their merged order."""
        if ours == theirs or theirs == base:
            return ours
        if ours == base:
            return theirs
        kept = [id for id in base if id in ours and id in theirs]
        if [id for id in ours if id in kept] != kept or [id for id in theirs if id in kept] != kept:
            self.clash(ours, theirs, where)
            return ours
        mine, other = _added(base, ours), _added(base, theirs)
        for anchor in mine.keys() & other.keys():
            if mine[anchor] != other[anchor]:
                self.clash(mine[anchor], other[anchor], where)
        made = []
        for anchor in ("", *base):
            if anchor in kept:
                made.append(anchor)
            made += mine.get(anchor) or other.get(anchor) or []
        return list(dict.fromkeys(made))

    def clash(self, ours: Any, theirs: Any, where: Path) -> Any:
        """Note a conflict; ours stands meanwhile."""
        plain = [None if side is MISSING else side for side in (ours, theirs)]
        self.conflicts.append(Conflict(where, *plain))
        return ours


def _own(step: Mapping[str, Any], key: str) -> Any:
    """A field of a step, without the steps inside."""
    value = step.get(key, MISSING)
    is_arms = isinstance(value, list) and all(isinstance(arm, Mapping) for arm in value)
    return [[list(each) for each in _question(arm)] for arm in value] if is_arms else value


def _beside(steps: Mapping[str, Any], id: str, step: Any, base: list[str]) -> dict[str, Any]:
    """The steps with one put in where the base has it: behind the nearest before it that is still there."""
    before = [each for each in base[: base.index(id)] if each in steps]
    ids = list(steps)
    ids.insert(ids.index(before[-1]) + 1 if before else 0, id)
    return {each: step if each == id else steps[each] for each in ids}


def _added(base: list[str], side: list[str]) -> dict[str, list[str]]:
    """What a side put in, by what it stands behind (`""`: at the front)."""
    found: dict[str, list[str]] = {}
    anchor = ""
    for id in side:
        if id in base:
            anchor = id
        else:
            found.setdefault(anchor, []).append(id)
    return found


def _order(ours: list[str], theirs: list[str]) -> list[str]:
    """All keys: ours in order, each of theirs behind the one it follows there."""
    made = list(ours)
    before = ""
    for key in theirs:
        if key not in made:
            made.insert(made.index(before) + 1 if before else 0, key)
        before = key
    return made


def _is_steps(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, Mapping) and isinstance(item.get("id"), str) for item in value
    )


def _is_arms(value: Any, like: Any) -> bool:
    """Whether these are the arms of a branch, as many and asked in the same order as in ``like``."""
    return (
        isinstance(value, list)
        and isinstance(like, list)
        and len(value) == len(like)
        and all(isinstance(arm, Mapping) for arm in [*value, *like])
        and [_question(arm) for arm in value] == [_question(arm) for arm in like]
    )


def _question(arm: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What tells an arm from the others: all of it but the steps inside."""
    return [(key, value if not _is_steps(value) else None) for key, value in arm.items()]


def same(one: Any, other: Any) -> bool:
    """Whether two plain values are equal, also in type: True is not 1."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
