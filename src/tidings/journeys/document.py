"""A journey as a document: the same object in a file, on the canvas and in the engine."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Self

from msgspec import Struct

from tidings.journeys import ways
from tidings.journeys.alike import alike
from tidings.journeys.base import Starter
from tidings.journeys.condition import Condition
from tidings.journeys.form import Field, Form
from tidings.journeys.goal import FIELDS as GOAL
from tidings.journeys.goal import Goal, read_goal
from tidings.journeys.kinds import TriggerKind, trigger_kinds
from tidings.journeys.limits import FIELDS as LIMITS
from tidings.journeys.limits import Limits, read_limits, read_priority
from tidings.journeys.reading import Reader
from tidings.journeys.route import Route, lay
from tidings.journeys.step import Placed, Step, every, read_steps, write_steps
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.times import parse_duration, show_duration
from tidings.rules import NO_DERIVED, Derived

FORM: Final = Form(
    "Journey",
    "Who comes in, what happens to them step by step, and what takes them out.",
    (
        Field("journey", "name", "Id", "The same as the file's name."),
        Field("name", "text", "Name", "What people call it."),
        Field("note", "lines", "Note", "Anything worth knowing."),
        Field("trigger", "fields", "Starts when", "What starts a run.", required=True),
        Field("audience", "rule", "Only for", "Asked once, at the door.", example="email is present"),
        Field("reenter", "text", "May come again", "`never`, `always` or `after 30 days`.", example="after 30 days"),
        Field(
            "run_per",
            "text",
            "One run per",
            "A property of the starting event: several runs of a person stand side by side, one for each value.",
            example="event.cart_id",
        ),
        Field("exit", "rule", "Leaves when", "Holds at every moment: whoever it becomes true for leaves at once."),
        Field(
            "goal",
            "fields",
            "Goal",
            "What counts as success, and how long after entry.",
            choose=(("event", "They do something"), ("rule", "A rule becomes true of them")),
            fields=GOAL,
        ),
        Field("limits", "fields", "Limits", "What the journey is held to.", fields=LIMITS),
        Field(
            "priority",
            "number",
            "Priority",
            "Where a cap on what one person gets leaves room for one message, the higher goes first. 0 unless said.",
            example=10,
        ),
        Field("steps", "steps", "Steps", "What happens, in order.", required=True),
    ),
)
FIELDS = tuple(field.key for field in FORM.fields)


class Journey(Struct, frozen=True, dict=True):
    """``reenter``: None is never, 0 always, else microseconds since the last run ended. ``exit`` holds at every moment of the run.
    ``run_per``: the path of the starting event's property of which each value makes a run of its own, "" for one run at a time."""

    id: str
    name: str
    trigger: TriggerKind
    steps: tuple[Step, ...]
    audience: Condition | None = None
    reenter: int | None = None
    exit: Condition | None = None
    goal: Goal | None = None
    note: str = ""
    limits: Limits = Limits()
    priority: int = 0
    run_per: str = ""


class Readable(NamedTuple):
    """A journey as far as it can be read: what is faulty is as if it was not said. ``sound``: its steps tell its way."""

    journey: Journey
    placed: Placed
    problems: list[Problem]
    sound: bool


def read(data: Mapping[str, Any], derived: Derived = NO_DERIVED) -> Journey:
    """Read the plain document; raises Invalid with every fault found, each with its path. ``derived``: what its rules count, where events
    have a rule of their own; whoever only looks at what the document says can do without."""
    found = readable(data, derived)
    if found.problems:
        raise Invalid(found.problems)
    return found.journey


def readable(data: Mapping[str, Any], derived: Derived = NO_DERIVED) -> Readable:
    """Read what can be read of the plain document, and say every fault, each with its path."""
    problems: list[Problem] = []
    data = alike(data, problems)
    reader = Reader(data, (), problems, derived=derived)
    reader.only(FIELDS, "a journey")
    id = reader.name("journey", "onboarding")
    trigger = _trigger(reader)
    audience, exit = reader.condition("audience"), reader.condition("exit")
    goal, reenter = read_goal(reader), _reenter(reader)
    limits, priority = read_limits(reader), read_priority(reader)
    if trigger is not None and trigger.key == "date" and reenter is None and "every" in reader.data["trigger"]:
        reader.problem(
            "people enter once, so only the first anniversary would let anybody in",
            "write `reenter: always`",
            "reenter",
        )
    per = _run_per(reader, trigger)
    if trigger is not None and trigger.recurs() and "reenter" not in reader.data:
        reader.problem(
            "a schedule comes again, so it must be said whether people may",
            "write `reenter: always`, or `reenter: never` where each person is to come in once",
            "reenter",
        )
    placed: Placed = {}
    steps = read_steps(reader, "steps", placed)
    if not steps and not problems:
        reader.problem("a journey needs at least one step", "begin with `- id: welcome`", "steps")
    unlike = _unlike(placed, problems)
    sound = False
    if steps and None not in placed.values():
        way = lay(steps)
        sound = unlike and not ways.lost(way)
        _ways(ways.faults(way) if unlike else ways.lost(way), placed, problems)
    if audience is not None and audience.since_entry:
        reader.problem(
            "`since entry` has no meaning before the person has entered", "give a window: `within 30 days`", "audience"
        )
    journey = Journey(
        id,
        reader.text("name", id),
        trigger or _Untold(),
        steps,
        audience,
        reenter,
        exit,
        goal,
        reader.text("note", ""),
        limits,
        priority,
        per,
    )
    return Readable(journey, placed, problems, sound)


def write(journey: Journey) -> dict[str, Any]:
    """Give the plain document, keys in canonical order; ``read(write(j)) == j``."""
    data: dict[str, Any] = {"journey": journey.id}
    if journey.name != journey.id:
        data["name"] = journey.name
    if journey.note:
        data["note"] = journey.note
    data["trigger"] = journey.trigger.write()
    if journey.audience is not None:
        data["audience"] = journey.audience.text
    if journey.reenter is not None:
        data["reenter"] = f"after {show_duration(journey.reenter)}" if journey.reenter else "always"
    elif journey.trigger.recurs():
        data["reenter"] = "never"
    if journey.run_per:
        data["run_per"] = f"event.{journey.run_per}"
    if journey.exit is not None:
        data["exit"] = journey.exit.text
    if journey.goal is not None:
        data["goal"] = journey.goal.write()
    if limits := journey.limits.write():
        data["limits"] = limits
    if journey.priority:
        data["priority"] = journey.priority
    data["steps"] = write_steps(journey.steps)
    return data


def route(journey: Journey) -> Route:
    """Lay a journey out as the way runs take."""
    return lay(journey.steps)


def templates(journey: Journey) -> list[tuple[str, str]]:
    """List (step id, template) for every message the journey may send."""
    return [(step.id, template) for step in every(journey.steps) for template in step.kind.templates()]


def segments(journey: Journey) -> frozenset[str]:
    """List the segments the journey names, in its trigger or in any rule."""
    found = {segment for segment, _ in journey.trigger.segments()}
    for condition in conditions(journey):
        found |= condition.compiled.segments
    found |= {name for what, name in names(journey) if what == "manual segment"}
    return frozenset(found)


def names(journey: Journey) -> frozenset[tuple[str, str]]:
    """List what else the steps name: (``manual segment``, ``topic`` or ``journey``, name)."""
    return frozenset(name for step in every(journey.steps) for name in step.kind.names())


def conditions(journey: Journey) -> list[Condition]:
    """List every rule of the journey over the person."""
    found = [*journey.trigger.rules(), journey.audience, journey.exit, journey.goal.rule if journey.goal else None]
    for step in every(journey.steps):
        found += [step.only_if, *step.kind.moment(), *step.kind.lasting()]
    return [condition for condition in found if condition is not None]


def lasting(journey: Journey) -> list[Condition]:
    """List the rules that are asked at every moment of a run."""
    found = [journey.exit, journey.goal.rule if journey.goal else None]
    for step in every(journey.steps):
        found += step.kind.lasting()
    return [condition for condition in found if condition is not None]


def _trigger(reader: Reader) -> TriggerKind | None:
    kinds = trigger_kinds()
    data = reader.data.get("trigger")
    if data is None:
        reader.problem("the trigger is missing", "write `trigger:` and below it `event: Signed Up`", "trigger")
        return None
    inner = reader.at("trigger", data=data)
    chosen = [key for key in inner.data if key in kinds]
    if len(chosen) > 1:  # a key may be a field of another kind: `event` of `group`
        chosen = [key for key in chosen if not any(_has(kinds[other], key) for other in chosen if other != key)]
    if len(chosen) == 1:
        return kinds[chosen[0]].read(inner)
    if chosen:
        both = " and ".join(f"`{key}`" for key in chosen)
        inner.problem(f"one thing starts a run, this says {both}", "take all but one out", chosen[1])
        return None
    word = next((str(key) for key in inner.data), "")
    inner.problem(
        "a trigger is one of: " + ", ".join(sorted(kinds)),
        did_you_mean(word, list(kinds)) or "write for example `event: Signed Up`",
    )
    return None


class _Untold(Starter, frozen=True):
    """What stands where a document does not say what starts it."""

    @classmethod
    def read(cls, _: Reader) -> Self:
        """There is nothing to read."""
        return cls()

    def write(self) -> dict[str, Any]:
        """Nor to write."""
        return {}

    def says(self) -> str:
        """Nor to say."""
        return ""


def _has(kind: type[TriggerKind], key: str) -> bool:
    return any(field.key == key for field in kind.form.fields)


def _reenter(reader: Reader) -> int | None:
    value = reader.data.get("reenter", "never")
    if value == "never":
        return None
    if value == "always":
        return 0
    if isinstance(value, str) and value.startswith("after "):
        try:
            return parse_duration(value.removeprefix("after "))
        except ValueError:
            pass
    reader.problem(
        "`reenter` says whether people may come again", "write `never`, `always` or `after 30 days`", "reenter"
    )
    return None


def _run_per(reader: Reader, trigger: TriggerKind | None) -> str:
    if reader.data.get("run_per") is None:
        return ""
    root, *rest = reader.attribute("run_per", "event.cart_id")
    if root != "event" or not rest:
        reader.problem(
            "`run_per` names a property of the event that starts a run", "write `run_per: event.cart_id`", "run_per"
        )
    elif trigger is not None and not (trigger.events() or trigger.called() or trigger.group()):
        reader.problem(
            f"a run per `event.{'.'.join(rest)}` needs a trigger that brings data: an event, a form, a group or the API",
            "take `run_per` out, or begin with an event",
            "run_per",
        )
    return ".".join(rest)


def _unlike(placed: Placed, problems: list[Problem]) -> bool:
    """Whether every step has an id of its own."""
    seen: set[str] = set()
    for path, step in sorted(placed.items(), key=lambda item: item[0]):
        if step is None:
            continue
        if step.id in seen and step.id:
            hint = "step ids are how people in flight are found: make each unlike"
            problems.append(Problem(f"two steps are called `{step.id}`", hint, (*path, "id")))
        seen.add(step.id)
    return len(seen) == len(placed) and "" not in seen


def _ways(faults: list[ways.Fault], placed: Placed, problems: list[Problem]) -> None:
    """A step that is faulty itself leads nobody astray."""
    places = {step.id: path for path, step in placed.items() if step is not None}
    for fault in faults:
        path = places.get(fault.step, ("steps",))
        if not any(problem.path[: len(path)] == path for problem in problems):
            problems.append(Problem(fault.message, fault.hint, (*path, fault.key) if fault.key else path))
