"""Why a person is, was or is not in a journey or a segment, in the words of its rules and with the values they see now."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from tidings import rules
from tidings.engine.definitions import Definitions, Version
from tidings.engine.door import holds, is_before, is_held
from tidings.engine.lacking import EVERYWHERE, UNASKED, Lacking, Lasts, Sight, Started, lacking
from tidings.engine.life import Life
from tidings.engine.needs import NOTHING, Asked, Facts, Needs
from tidings.journeys.condition import Condition
from tidings.journeys.ramp import reaches
from tidings.journeys.steps.branch import NONE_HELD, OTHERWISE
from tidings.kernel.effects import Moved
from tidings.kernel.times import show_second
from tidings.people.control import is_control
from tidings.people.document import Person, Run
from tidings.rules import Explanation

SHOWN: Final = 3
"""Events of the trigger that an answer names, the newest."""
_BY_VERSION: Final = frozenset(("entered", "refused", "carried", "moved", "stays", "returned"))
"""Moves that are told with the version they happened by."""


class Why(Struct, frozen=True):
    """``answer``: one sentence. ``reasons``: what it rests on, in order. ``path``: what the record says happened, oldest first; ``moves``:
    of a journey the same, move by move. ``false``: of the reasons those clauses that should hold and do not. Steps stand between
    backticks, by their ids."""

    answer: str
    reasons: list[str]
    path: list[str]
    false: list[Lacking] = []
    moves: list["Told"] = []


class Told(Struct, frozen=True):
    """A move as it is told: ``what`` and ``step`` as of `Moved`. ``version``: by which it happened, 0 where that says nothing."""

    time: int
    what: str
    step: str
    key: str
    version: int
    why: str

    def line(self) -> str:
        """In a line."""
        where = (f" `{self.step}`" if self.step else "") + (f" [{self.key}]" if self.key else "")
        by = f" by version {self.version}" if self.version else ""
        return f"{show_second(self.time)} {self.what}{where}{by}" + (f": {self.why}" if self.why else "")


class Came(NamedTuple):
    """An event that the trigger names. ``hindered``: why it could start nothing when it came, "" where it could."""

    time: int
    properties: Mapping[str, Any]
    hindered: str = ""


def why(
    definitions: Definitions,
    person: Person,
    journey: str,
    now: int,
    moves: Sequence[Moved],
    events: Sequence[Came],
    facts: Facts = NOTHING,
    lasts: Lasts = UNASKED,
) -> Why | Needs:
    """Explain one person and one journey. ``moves``: what history holds of this journey; ``events``: the newest that its
    trigger names, oldest first; ``lasts``: when what does not hold last did. Answers Needs like a step does. Raises KeyError for an
    unknown journey."""
    version = definitions.journeys[journey]
    life = _Asked(definitions, person, facts, now, lasts)
    try:
        answer, reasons = _answer(life, version, moves, events)
        if is_control(person, definitions.control):
            reasons = [*reasons, CONTROL]
    except Asked as asked:
        return asked.needs
    told = [_told(life, version, move) for move in moves]
    return Why(answer, reasons, [each.line() for each in told], life.false, told)


def why_member(
    definitions: Definitions,
    person: Person,
    segment: str,
    now: int,
    changes: Sequence[tuple[int, bool, bool]],
    facts: Facts = NOTHING,
    lasts: Lasts = UNASKED,
) -> Why | Needs:
    """Explain one person and one segment. ``changes``: (time, entered, quiet) of what history holds of it, oldest first; ``lasts``: as of
    `why`.

    Answers Needs like a step does. Raises KeyError for an unknown segment.
    """
    own = definitions.segments[segment]
    life = _Asked(definitions, person, facts, now, lasts)
    since = person.segments.get(segment)
    place = f"in {own.name} since {show_second(since)}" if since is not None else f"not in {own.name}"
    reasons = ["it is kept by hand: people are put in and taken out"]
    if own.rule is not None:
        ghost = Run(id=b"", journey="", version=0, step="", entered=now)
        try:
            reasons = _explained("rule", Condition(own.rule, own.derived), life, ghost, wanted=True)
        except Asked as asked:
            return asked.needs
        agrees = (since is not None) == (not life.false)
        if not agrees and person.built < definitions.segment_since.get(segment, 0):
            reasons.append("the segment was changed, and this person is not yet worked out anew")
    path = [
        f"{show_second(time)} {'entered' if entered else 'left'}{', by a change of the segment' if quiet else ''}"
        for time, entered, quiet in changes
    ]
    return Why(f"The person is {place}.", reasons, path, life.false)


class _Asked(Life):
    """A person somebody asks about at a moment. ``false``: clauses that do not hold and should."""

    def __init__(self, definitions: Definitions, person: Person, facts: Facts, now: int, lasts: Lasts) -> None:
        super().__init__(definitions, person, facts)
        self.now, self.lasts = now, lasts
        self.false: list[Lacking] = []

    def lines(self, rule: rules.Rule, explanation: Explanation, sight: Sight = EVERYWHERE, of: str = "") -> list[str]:
        """Tell a rule. ``of``: it should hold, and is what this says."""
        whole = rules.with_last(rule, explanation, lambda part: self.lasts.rule(part, sight))
        self.false += lacking(of, whole) if of else []
        return _lines(whole)

    def lines_of_event(self, rule: rules.Rule, properties: Mapping[str, Any]) -> list[str]:
        """Tell a rule that the event should satisfy which starts the journey."""
        whole = rules.with_last(rule, rules.explain_where(rule)(properties), self.lasts.event, since=False)
        self.false += lacking("trigger", whole)
        return _lines(whole)


CONTROL = "the person is in the control group: they get no marketing, while steps go on and goals are counted"
_ENDS: Final = {
    "done": "went through",
    "held_out": "was held out of",
    "exited": "left",
    "stopped": "was taken out of",
    "merged": "was merged while in",
}


def _answer(life: _Asked, version: Version, moves: Sequence[Moved], events: Sequence[Came]) -> tuple[str, list[str]]:
    runs = [run for run in life.person.runs if run.journey == version.id and run.ended is None]
    name = version.journey.name
    if len(runs) == 1:
        return _standing(life, version, runs[0])
    if runs:
        reasons = []
        for run in runs:
            stands, more = _standing(life, version, run)
            reasons += [stands, *(f"  {reason}" for reason in more)]
        return f"The person is in {name} {len(runs)} times, side by side.", reasons
    ended = [move for move in moves if move.what in _ENDS]
    refused = [move for move in moves if move.what == "refused"]
    if ended and (not refused or refused[-1].time < ended[-1].time):
        last = ended[-1]
        return f"The person {_ENDS[last.what]} {name} at {show_second(last.time)}: {last.why}.", _entry(
            life, version, events
        )
    if refused:
        last = refused[-1]
        return f"The person was not let into {name} at {show_second(last.time)}: {last.why}.", _entry(
            life, version, events
        )
    return f"The person never came to {name}.", _entry(life, version, events)


def _standing(life: _Asked, version: Version, run: Run) -> tuple[str, list[str]]:
    version = life.definitions.version(run) or version
    if is_before(run):
        said = f"The person waits since {show_second(run.arrived)} to be let into {version.journey.name}"
        if is_held(run):
            person = life.person
            at = reaches(version.ramp, life.now, person.workspace, version.id, person.first)
            comes = (
                f"the ramp comes to them at {show_second(at)}" if at is not None else "until somebody takes the ramp on"
            )
            return f"{said}: {holds(life, version) or 'their turn has come'}; {comes}.", []
        return f"{said}: {version.journey.limits.door() or 'it has no limit any more'}.", []
    own = f" with {run.per} {run.key}" if run.key else ""
    by = f"by version {run.version}"
    place = f"The person is in {version.journey.name}{own} since {show_second(run.entered)}, {by}, and stands at step `{run.step}`"
    if run.parked:
        return f"{place}, stopped there by a fault: {run.parked}.", []
    reasons = []
    step = life.definitions.terms(run, version)
    for condition in step.kind.lasting() if step is not None else ():
        reasons += _explained("waits until", condition, life, run, wanted=True)
    if run.wake is not None:
        reasons.append(f"waits for the clock until {show_second(run.wake)}")
    if version.journey.exit is not None:
        reasons += _explained("leaves as soon as", version.journey.exit, life, run)
    reasons += _goal(life, version, run)
    if version.status != "live":
        reasons.append(f"the journey is {version.status}")
    return f"{place}.", reasons


def _goal(life: _Asked, version: Version, run: Run) -> list[str]:
    """What has become of its goal, and what would reach it."""
    goal = version.goal
    if goal is None:
        return []
    if run.converted is not None:
        return [f"reached its goal at {show_second(run.converted)}"]
    if run.goal and run.goal != goal.id:
        return ["its goal was edited since they came in, and is counted from history"]
    if run.goal_until is not None and life.now < run.goal_until:
        return _explained(f"reaches the goal if, by {show_second(run.goal_until)}", goal.rule, life, run)
    if run.goal:
        return [f"did not reach its goal by {show_second(run.entered + goal.within)}"]
    return ["its goal is not counted: it held already when they came in, or was set later"]


def _entry(life: _Asked, version: Version, events: Sequence[Came]) -> list[str]:
    """What stands between the person and an entry, now."""
    journey, reasons = version.journey, []
    if version.status != "live":
        reasons.append(f"✗ the journey is {version.status}, so nobody enters")
    names = " or ".join(f'"{event}"' for _, event in journey.trigger.events())
    if names:
        if not events:
            reasons.append(f"✗ it starts from {journey.trigger.says()}; no {names} is known of this person")
        for came in events[-SHOWN:]:
            mark = "✗" if came.hindered or not journey.trigger.starts(came.properties) else "✓"
            said = f"{names} at {show_second(came.time)} with {_short(came.properties)}"
            hindered = f"; {came.hindered}" if came.hindered else ""
            reasons.append(f"{mark} {said}; it starts from {journey.trigger.says()}{hindered}")
        asks = journey.trigger.asks()
        if events and asks is not None and not journey.trigger.starts(events[-1].properties):
            reasons += life.lines_of_event(asks.rule, events[-1].properties)
    if not names:
        reasons += _started(life, version)
    ghost = Run(id=b"", journey=version.id, version=version.number, step="", entered=life.now)
    if journey.audience is not None:
        reasons += _explained("audience", journey.audience, life, ghost, wanted=True)
    if journey.exit is not None:
        reasons += _explained("exit (must not hold)", journey.exit, life, ghost)
    for known, (entries, _, ended) in life.person.memory.items():
        id, _, key = known.partition("\n")
        if id != version.id or bool(key) != bool(journey.run_per):
            continue
        with_key = f" with {journey.run_per} {key}" if key else ""
        if entries and journey.reenter is None:
            reasons.append(f"✗ people enter this journey once, and the person has been in it{with_key}")
        elif entries and journey.reenter and life.now < ended + journey.reenter:
            reasons.append(f"✗ may enter again{with_key} from {show_second(ended + journey.reenter)}")
    return reasons


def _started(life: _Asked, version: Version) -> list[str]:
    """What starts the journey where that is no event of the person's, and when it last happened."""
    trigger, person = version.journey.trigger, life.person
    last = life.lasts.start()
    ghost = Run(id=b"", journey=version.id, version=version.number, step="", entered=life.now)
    reasons = []
    if type := trigger.group():
        keys = [group.key for group in person.groups if group.type == type]
        place = f"they are in {' and '.join(keys)}" if keys else f"they are in no {type}"
        happened = _happened(last, "it last reached them", "it never reached them while a live journey began from it")
        reasons.append(f"{'' if keys else '✗ '}it starts when this happens: {trigger.says()}; {place}{happened}")
        for key in keys[-SHOWN:] if trigger.rules() else ():
            reasons += _member(life, trigger.rules(), (type, key))
    if trigger.called():
        happened = _happened(last, "it last was", "it never was", "it was not")
        reasons.append(f"it starts when the API is called with this person{happened}")
    for root in trigger.attributes():
        reasons.append(f"it starts when {trigger.says()}; {_seen(person, root)} now{_happened(last)}")
    if trigger.timed():
        at = person.dates.get(version.id)
        when = f"that comes at {show_second(at)}" if at is not None else "no such moment is to come for this person"
        dates = [_seen(person, root) for root in trigger.dates()]
        happened = _happened(last, "it last came", "it never came", "it did not come")
        reasons.append(
            f"{'✗ ' if at is None else ''}it starts by the clock: {'; '.join([trigger.says(), *dates, when])}{happened}"
        )
        for condition in trigger.rules():
            reasons += _explained("who", condition, life, ghost, wanted=True)
    for segment, entered in trigger.segments():
        inside = segment in person.segments
        change, place = "enters" if entered else "leaves", "in" if inside else "not in"
        happened = _happened(last, "they last did", "they never did", "they did not")
        reasons.append(f'it starts when someone {change} segment "{segment}"; the person is {place} it{happened}')
        own = life.definitions.segments.get(segment)
        if own is not None and own.rule is not None and own.compiled is not None:
            explanation = own.compiled.explain(life.view, life.now)
            reasons += life.lines(own.rule, explanation, of=f"segment {segment}" if entered else "")
    return reasons


def _seen(person: Person, root: str) -> str:
    value = person.attributes.get(root)
    return f"{root} is {'missing' if value is None else msgspec.json.encode(value).decode()}"


def _happened(last: Started | None, *words: str) -> str:
    if last is None:
        return ""
    said = f" with {_short(last.properties)}" if last.properties and last.held.until is not None else ""
    return f"; {last.held.happened(*words)}{said}" + (f"; {last.hindered}" if last.hindered else "")


def _member(life: _Asked, asked: Sequence[Condition], group: tuple[str, str]) -> list[str]:
    """Whether somebody is one of the members of a group whom it concerns."""
    own = [each for each in life.person.groups if (each.type, each.key) == group]
    found = []
    for condition in asked:
        life.ask_in(condition, own)
        view = rules.View(life.person.attributes, life.person.segments, own, None, None, life.times)
        explanation = condition.compiled.explain(view, life.now)
        label = f"members of {group[1]}"
        found += [f"{label}:", *life.lines(condition.rule, explanation, Sight(group=group), label)]
    return found


def _explained(label: str, condition: Condition, life: _Asked, run: Run, wanted: bool = False) -> list[str]:
    """``wanted``: that it holds, for the person to come in or to go on."""
    life.ask(condition, run)
    view = life.seen_from(condition, run)
    explanation = condition.compiled.explain(view, life.now)
    sight = Sight(run, view.event or {}) if run.id else EVERYWHERE
    return [f"{label}:", *life.lines(condition.rule, explanation, sight, label if wanted else "")]


def _lines(explanation: Explanation) -> list[str]:
    return [f"  {line}" for line in explanation.says().splitlines()]


def _told(life: _Asked, version: Version, move: Moved) -> Told:
    by = move.version if move.what in _BY_VERSION else 0
    return Told(move.time, move.what, move.step, move.key, by, move.why + _false(life, version, move))


def _false(life: _Asked, version: Version, move: Moved) -> str:
    """Which rules were false where somebody took a way that none led to."""
    if move.why not in (OTHERWISE, NONE_HELD):
        return ""
    then = version if move.version == version.number else life.definitions.older(version.id, move.version)
    node = then.route.nodes.get(move.step) if then is not None else None
    false = [f"not {condition.text}" for condition in node.step.kind.moment()] if node is not None else []
    return f", as {', '.join(false)}" if false else ""


def _short(properties: Mapping[str, Any]) -> str:
    shown = ", ".join(f"{name}: {msgspec.json.encode(value).decode()}" for name, value in list(properties.items())[:6])
    return f"{{{shown}}}"
