"""The rule language a second time, slowly: over the full list of events, each answer computed afresh, nothing shared with the first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from tidings.rules import tree
from tidings.rules.counters import Counter
from tidings.rules.tree import Rule
from tidings.rules.view import View


@dataclass(frozen=True)
class Event:
    time: int
    kind: str
    name: str
    properties: dict[str, Any]


@dataclass(frozen=True)
class Group:
    type: str
    key: str
    since: int
    attributes: dict[str, Any]
    relation: dict[str, Any]


@dataclass(frozen=True)
class Life:
    """A person with everything they ever did, in processing order. ``entry``: how many events came before the run's entry."""

    attributes: dict[str, Any]
    segments: dict[str, int]
    groups: list[Group]
    event: dict[str, Any] | None
    journey: dict[str, Any] | None
    events: list[Event] = field(default_factory=list)
    entry: int = 0

    def view(self, spare: int = 0) -> View:
        """The person as the engine would hand it in: of each counter no more than the newest ``keep`` times (and ``spare``)."""

        def times(counter: Counter) -> list[tuple[int, bytes]]:
            found = []
            for index, event in enumerate(self.events):
                if (event.kind, event.name) != (counter.kind, counter.event) or not counter.matches(event.properties):
                    continue
                if (not counter.entry or index >= self.entry) and counter.counts(event.time):
                    found.append((event.time, index.to_bytes(16, "big")))
            return sorted(found)[-(counter.keep + spare) :]

        return View(self.attributes, self.segments, self.groups, self.event, self.journey, times)


def holds(rule: Rule, life: Life, now: int) -> bool:
    """Ask a rule of a person at an instant."""
    if isinstance(rule, tree.All):
        return all(holds(part, life, now) for part in rule.of)
    if isinstance(rule, tree.Any):
        return any(holds(part, life, now) for part in rule.of)
    if isinstance(rule, tree.Not):
        return not holds(rule.rule, life, now)
    if isinstance(rule, tree.Did):
        found = [e for e in life.events if e.kind == rule.kind and e.name == rule.event]
        return _count(rule, found, life, now)
    if isinstance(rule, tree.Message):
        found = [e for e in life.events if e.kind == "message" and e.name == f"{rule.verb} {rule.channel}"]
        if rule.template is not None:
            found = [e for e in found if _equal(e.properties.get("template"), rule.template)]
        return _count(rule, found, life, now)
    if isinstance(rule, tree.InSegment):
        return rule.segment in life.segments
    if isinstance(rule, tree.InGroup):
        return any(
            group.type == rule.type and (rule.where is None or _plain(rule.where, _group_source(group), now))
            for group in life.groups
        )
    return _about(rule, _person_value(rule.path, life), now)


def _count(rule: tree.Did | tree.Message, found: list[Event], life: Life, now: int) -> bool:
    count = 0
    for event in found:
        if rule.where is not None and not _plain(rule.where, event.properties, now):
            continue
        window = rule.window
        if isinstance(window, tree.Within) and not event.time > now - window.duration:
            continue
        if isinstance(window, tree.Since) and event.time < window.time:
            continue
        if isinstance(window, tree.Between) and not window.start <= event.time < window.end:
            continue
        if isinstance(window, tree.SinceEntry) and life.events.index(event) < life.entry:
            continue
        count += 1
    return {"at least": count >= rule.times, "at most": count <= rule.times, "exactly": count == rule.times}[rule.bound]


def _plain(rule: Rule, source: Mapping[str, Any], now: int) -> bool:
    if isinstance(rule, tree.All):
        return all(_plain(part, source, now) for part in rule.of)
    if isinstance(rule, tree.Any):
        return any(_plain(part, source, now) for part in rule.of)
    if isinstance(rule, tree.Not):
        return not _plain(rule.rule, source, now)
    assert not isinstance(rule, tree.Did | tree.Message | tree.InSegment | tree.InGroup)
    return _about(rule, _dig(source, rule.path), now)


def _group_source(group: Group) -> dict[str, Any]:
    return {**group.attributes, "relation": {**group.relation}}


def _person_value(path: tuple[str, ...], life: Life) -> Any:
    if len(path) > 1 and path[0] in ("event", "journey"):
        return _dig(getattr(life, path[0]) or {}, path[1:])
    if len(path) > 1 and path[0] == "company":
        mine = sorted((g for g in life.groups if g.type == "company"), key=lambda g: (g.since, g.key))
        if mine:
            return _dig(
                _group_source(mine[-1]) if path[1] == "relation" and len(path) > 2 else mine[-1].attributes, path[1:]
            )
    return _dig(life.attributes, path)


def _dig(source: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if not isinstance(source, dict) or name not in source:
            return None
        source = source[name]
    return source


def _about(rule: Any, seen: Any, now: int) -> bool:
    match rule:
        case tree.Present():
            return seen is not None
        case tree.Missing():
            return seen is None
        case tree.Compare(operator="="):
            return _equal(seen, rule.value)
        case tree.Compare(operator="!="):
            return not _equal(seen, rule.value)
        case tree.Compare():
            sign = _sign(seen, rule.value)
            return sign is not None and {"<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0}[rule.operator]
        case tree.OneOf():
            return any(_equal(seen, value) for value in rule.values)
        case tree.Contains():
            if isinstance(seen, list):
                return any(_equal(one, rule.value) for one in seen)
            return isinstance(seen, str) and not isinstance(rule.value, bool) and str(rule.value) in seen
        case tree.StartsWith():
            return isinstance(seen, str) and seen[: len(rule.text)] == rule.text
        case tree.EndsWith():
            return isinstance(seen, str) and (rule.text == "" or seen[-len(rule.text) :] == rule.text)
        case tree.Matches():
            return isinstance(seen, str) and re.search(rule.pattern, seen) is not None
    x = _time(seen)
    if x is None:
        return False
    if isinstance(rule, tree.Near):
        first, last = (x, x + rule.duration) if rule.direction == "ago" else (x - rule.duration, x)
        return first <= now < last
    at = rule.moment.time if isinstance(rule.moment, tree.At) else now + rule.moment.offset
    if isinstance(rule, tree.Before):
        return x < at
    if isinstance(rule, tree.After):
        return x > at
    born, there = _date(x), _date(at)
    same = (born.month, born.day) == (there.month, there.day)
    moved = (born.month, born.day, there.month, there.day) == (2, 29, 2, 28) and (there + timedelta(days=1)).day == 1
    return there.year > born.year and (same or moved)


def _date(instant: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)


def _number(value: Any) -> Fraction | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return Fraction(value)
    if isinstance(value, float):
        return Fraction(value) if abs(value) < float("inf") else None
    if isinstance(value, str) and re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", value.strip()):
        return Fraction(int(value)) if re.fullmatch("[+-]?[0-9]+", value.strip()) else _number(float(value))
    return None


def _iso(value: Any) -> int | None:
    if not isinstance(value, str) or not re.match("[0-9]{4}-", value):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    return (
        (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) if 1900 <= moment.year < 2100 else None
    )


def _unix(number: Fraction | None) -> int | None:
    if number is None or not -2_208_988_800 <= number < 4_102_444_800:
        return None
    return round(number * 1_000_000)


def _time(value: Any) -> int | None:
    return _iso(value) if _iso(value) is not None else _unix(_number(value))


def _equal(seen: Any, value: Any) -> bool:
    if isinstance(value, bool) or isinstance(seen, bool):
        return isinstance(value, bool) and isinstance(seen, bool) and seen == value
    if isinstance(seen, str) and isinstance(value, str):
        # Two texts: the same text, or the same time where the rule's is an ISO time.
        return seen == value or (_iso(value) is not None and _time(seen) == _iso(value))
    return _sign(seen, value) == 0


def _sign(seen: Any, value: Any) -> int | None:
    """-1, 0 or 1 as what was seen is less than, equal to or more than the value; None where they do not compare."""
    if any(isinstance(one, bool) or one is None or isinstance(one, list | dict) for one in (seen, value)):
        return None
    pairs: list[tuple[Any, Any]] = [(_number(seen), _number(value))]
    if _iso(seen) is not None or _iso(value) is not None:
        pairs.append((_time(seen), _time(value)))
    if isinstance(seen, str) and isinstance(value, str):
        pairs.append((seen, value))
    for a, b in pairs:
        if a is not None and b is not None:
            return (a > b) - (a < b)
    return None
