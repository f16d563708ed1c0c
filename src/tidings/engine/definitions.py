"""Definitions in force: one numbered snapshot of a workspace, compiled, with an index from what happens to what depends on it."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec import Struct

from tidings import actions, events, journeys, rules, segments
from tidings.content.template import Template
from tidings.content.template import read as read_template
from tidings.engine.named import named_in_texts
from tidings.engine.needs import query_key
from tidings.engine.pins import Pins
from tidings.engine.pins import read as read_pins
from tidings.journeys.carrying import read_choice
from tidings.journeys.condition import Condition
from tidings.journeys.document import conditions, lasting
from tidings.journeys.quiet import read_quiet
from tidings.journeys.ramp import Ramp
from tidings.journeys.ramp import read as read_ramp
from tidings.journeys.step import Step
from tidings.kernel.problems import Invalid
from tidings.people.control import share_of
from tidings.people.document import COUNTED, Run
from tidings.rules.counters import join

BUDGET: Final = 1200
"""Times all counters of a document may hold together; the greediest beyond it are read from history instead."""


Mover: TypeAlias = bytes | str | tuple[str, str]
"""Something that changed: the key of a counter, the root of an attribute, (``segment`` or ``group``, name)."""


def touches(compiled: rules.Compiled) -> Iterator[Mover]:
    """Give all that may change a rule's answer, but time."""
    yield from (counter.key for counter in compiled.counters)
    yield from compiled.attributes
    yield from (("segment", name) for name in compiled.segments)
    yield from (("group", type) for type in compiled.groups)


def names_any(compiled: rules.Compiled | None, derived: Container[str]) -> bool:
    """Whether a rule counts one of these derived events."""
    return compiled is not None and counts_any(compiled.counters, derived)


def counts_any(counters: Iterable[rules.Counter], derived: Container[str]) -> bool:
    """Whether one of the counters counts one of these derived events, or any event where `EVERY` is among them."""
    every = rules.EVERY in derived
    return any(every or (each.kind == "track" and each.event in derived) for each in counters)


_NONE: Final[Mapping[str, str]] = {}


class Workspace(Struct, frozen=True):
    """What the engine must know of a workspace besides its documents. ``secret`` keys delivery ids."""

    id: int
    secret: bytes


class Version:
    """One version of a journey, ready to run. ``published``: the definitions it came with; ``carries``: what its publisher chose for those
    who were inside, by step."""

    def __init__(
        self,
        id: str,
        number: int,
        status: str,
        document: Mapping[str, Any],
        published: int = 0,
        carries: Mapping[str, str] = _NONE,
        ramp: Ramp | None = None,
        derived: rules.Derived = rules.NO_DERIVED,
    ) -> None:
        self.id, self.number, self.status, self.document, self.published = id, number, status, document, published
        self.ramp = ramp
        self.carries = {step: read_choice(text) for step, text in carries.items()}
        self.journey = journeys.read(document, derived)
        self.route = journeys.route(self.journey)
        self.goal = self.journey.goal
        self.since_entry: dict[tuple[str, str], list[rules.Counter]] = defaultdict(list)
        self.entry_counters = join(
            counter for condition in conditions(self.journey) for counter in condition.since_entry
        )
        for counter in self.entry_counters.values():
            self.since_entry[(counter.kind, counter.event)].append(counter)

    def lasting(self) -> list[Condition]:
        """Rules that are asked at every moment of a run, or at moments of the calendar, so their counters are kept up."""
        timed = self.journey.trigger.rules() if self.journey.trigger.timed() else ()
        return [*timed, *lasting(self.journey)]


class Newer(NamedTuple):
    """What a document lacks: ``counters``, each with the key of its question to history; ``segments`` whose rules are others."""

    counters: Sequence[tuple[rules.Counter, bytes]]
    segments: tuple[str, ...]


class Definitions:
    """``number`` tells snapshots apart. ``blank``: segments that someone of whom nothing is known is in."""

    def __init__(self, workspace: Workspace, number: int, body: Mapping[str, Any]) -> None:
        self.workspace, self.number, self.body = workspace, number, body
        settings = body.get("settings", {})
        self.zone: str = settings.get("timezone") or "UTC"
        self.control = share_of(settings)
        """The share of people who get no marketing."""
        self.quiet = read_quiet(settings.get("quiet") or {})
        self.derived = events.in_force(body)
        """Events that have a rule of their own, and how long any counts."""
        ordered = segments.in_order(
            segments.read(document, self.derived) for document in body.get("segments", {}).values()
        )
        self.segments = {segment.id: segment for segment in ordered}
        self.order = tuple(self.segments.values())
        """In dependency order; the indexes below name segments by their places in it."""
        self.position = {name: index for index, name in enumerate(self.segments)}
        self.journeys = {
            id: Version(
                id,
                entry["version"],
                entry["status"],
                entry["document"],
                entry.get("published", {}).get(str(entry["version"]), number),
                entry.get("carries", {}).get(str(entry["version"]), _NONE),
                read_ramp(entry),
                self.derived,
            )
            for id, entry in sorted(body.get("journeys", {}).items())
        }
        self._versions: dict[tuple[str, int], Version | None] = {}
        self._pins: dict[tuple[str, int], Pins | None] = {}
        self.held = [
            version
            for id, entry in sorted(body.get("journeys", {}).items())
            for older in entry.get("held", ())
            if (version := self.older(id, older)) is not None
        ]
        self._count()
        self._index()
        since = body.get("since", {})
        self.segment_since: dict[str, int] = {
            name: since.get("segments", {}).get(name, number) for name in self.segments
        }
        self.counter_since: dict[bytes, int] = {
            key: since.get("counters", {}).get(key.hex(), [number])[0] for key in self.counters
        }
        self.event_since: Mapping[str, int] = since.get("events", {})
        """Name of an event -> since which number what it is made of is as it is; of those that ever were derived."""
        self._newer: dict[int, Newer] = {}
        self._templates: dict[str, Template] = {}
        self._functions: dict[str, Mapping[str, actions.Function]] = {}

    def _count(self) -> None:
        """Choose the counters that documents keep, and how many times each must hold."""
        lasting = [segment.compiled for segment in self.segments.values() if segment.compiled is not None]
        inside = [*self.journeys.values(), *self.held]
        lasting += [condition.compiled for version in inside for condition in version.lasting()]
        wanted = join(counter for compiled in lasting for counter in compiled.counters if not counter.entry)
        self.watched = wanted
        self.counters: dict[bytes, rules.Counter] = {}
        left = BUDGET
        for key, counter in sorted(wanted.items(), key=lambda item: (item[1].keep, item[0])):
            if counter.keep <= min(COUNTED, left):
                left -= counter.keep
                self.counters[key] = counter

    def _index(self) -> None:
        by_event: dict[tuple[str, str], list[rules.Counter]] = defaultdict(list)
        for counter in self.watched.values():
            by_event[(counter.kind, counter.event)].append(counter)
        self.counters_by_event: dict[tuple[str, str], Sequence[rules.Counter]] = dict(by_event)
        by_counter, by_attribute, by_segment, by_group = (defaultdict[Any, list[int]](list) for _ in range(4))
        for position, segment in enumerate(self.segments.values()):
            compiled = segment.compiled
            if compiled is None:
                continue
            for counter in compiled.counters:
                by_counter[counter.key].append(position)
            for root in compiled.attributes:
                by_attribute[root].append(position)
            for other in compiled.segments:
                by_segment[other].append(position)
            for group in compiled.groups:
                by_group[group].append(position)
        self.segments_by_counter: Mapping[bytes, Sequence[int]] = dict(by_counter)
        self.segments_by_attribute: Mapping[str, Sequence[int]] = dict(by_attribute)
        self.segments_by_segment: Mapping[str, Sequence[int]] = dict(by_segment)
        self.segments_by_group: Mapping[str, Sequence[int]] = dict(by_group)
        by_start: dict[tuple[str, str], list[Version]] = defaultdict(list)
        by_change: dict[tuple[str, bool], list[Version]] = defaultdict(list)
        by_befalling: dict[str, list[Version]] = defaultdict(list)
        spreading: dict[str, set[str]] = defaultdict(set)
        by_root: dict[str, list[Version]] = defaultdict(list)
        by_date: dict[Mover, list[str]] = defaultdict(list)
        for version in self.journeys.values():
            for root in version.journey.trigger.attributes():
                by_root[root].append(version)
            for root in version.journey.trigger.dates():
                by_date[root].append(version.id)
            for condition in version.journey.trigger.rules() if version.journey.trigger.timed() else ():
                for touch in touches(condition.compiled):
                    by_date[touch].append(version.id)
            for event in version.journey.trigger.events():
                by_start[event].append(version)
            if type := version.journey.trigger.group():
                by_befalling[type].append(version)
                for _, name in version.journey.trigger.said():
                    spreading[name].add(type)
            for change in version.journey.trigger.segments():
                by_change[change].append(version)
        self.starts_by_group: Mapping[str, Sequence[Version]] = dict(by_befalling)
        """Type of group -> journeys that something which befalls one starts."""
        self.spreading: Mapping[str, frozenset[str]] = {event: frozenset(types) for event, types in spreading.items()}
        """Event of a member -> types of groups to whose members it matters."""
        self.starts_by_attribute: Mapping[str, Sequence[Version]] = dict(by_root)
        self.dates_by: Mapping[Mover, Sequence[str]] = dict(by_date)
        """What may move the moment at which time starts a journey: its date, the zone it is read in, what a schedule's rule reads."""
        self.dated = tuple(version.id for version in self.journeys.values() if version.journey.trigger.timed())
        self.starts_by_event: Mapping[tuple[str, str], Sequence[Version]] = dict(by_start)
        self.starts_by_change: Mapping[tuple[str, bool], Sequence[Version]] = dict(by_change)

    @cached_property
    def blank(self) -> tuple[str, ...]:
        """Segments to look at when a person begins: those that someone of whom nothing is known is in, and all that name one of them.

        A person begins outside every segment, so also what is false because of a blank membership may be true without it.
        """
        found: dict[str, int] = {}
        names: list[str] = []
        for name, segment in self.segments.items():
            view = rules.View(attributes={}, segments=found, groups=(), event=None, journey=None, times=_never)
            if segment.compiled is None:
                continue
            if segment.compiled.holds(view, 0):
                found[name] = 0
            if name in found or not segment.compiled.segments.isdisjoint(names):
                names.append(name)
        return tuple(names)

    @cached_property
    def transactional(self) -> tuple[str, ...]:
        """The templates whose messages ask no consent."""
        names = self.body.get("templates", {})
        return tuple(name for name in names if (found := self.template(name)) is not None and not found.marketing)

    @cached_property
    def group_attributes(self) -> Mapping[str, frozenset[str]]:
        """Group type -> attributes that some rule or text names: what members keep of their groups."""
        found: dict[str, set[str]] = defaultdict(set)
        for type, root in named_in_texts(self.body):
            found[type].add(root)
        compiled = [segment.compiled for segment in self.segments.values() if segment.compiled is not None]
        compiled += [
            condition.compiled
            for version in (*self.journeys.values(), *self.held)
            for condition in conditions(version.journey)
        ]
        for rule in compiled:
            for type, root in rule.group_attributes:
                found[type].add(root)
        return {type: frozenset(roots) for type, roots in found.items()}

    def newer(self, built: int) -> Newer:
        """Give what documents lack that are built for a number; worked out once."""
        found = self._newer.get(built)
        if found is None:
            new = [counter for key, counter in self.counters.items() if self.counter_since[key] > built]
            changed = tuple(name for name, since in self.segment_since.items() if since > built)
            found = self._newer[built] = Newer([(counter, query_key(counter)) for counter in new], changed)
        return found

    def remade(self, built: int) -> frozenset[str]:
        """Give the derived events that were others under the definitions a document is built for."""
        return frozenset(name for name, since in self.event_since.items() if since > built)

    def keeps(self, counter: rules.Counter) -> bool:
        """Whether documents hold all that a clause needs of its counter."""
        kept = self.counters.get(counter.key)
        if kept is None or kept.keep < counter.keep:
            return False
        return kept.horizon is None or (counter.horizon is not None and counter.horizon <= kept.horizon)

    def version(self, run: Run) -> Version | None:
        """Give the version a run is on; None where its journey, or that version, is gone.

        A run that is over watches the live version's goal. One on a version yet to come into force here (its person came from where
        it is) has the live one, and stands still until then. One that a ramp holds outside is on none yet, and goes by the live one.
        """
        live = self.journeys.get(run.journey)
        if live is None or not run.version or live.number <= run.version or run.ended is not None:
            return live
        return self.older(run.journey, run.version)

    def older(self, journey: str, number: int) -> Version | None:
        """Give a former version of a journey, for those who are still on it; None where it is not known."""
        key = (journey, number)
        if key not in self._versions:
            entry = self.body["journeys"][journey]
            document = entry.get("history", {}).get(str(number))
            made = (
                Version(journey, number, entry["status"], document, derived=self.derived)
                if document is not None
                else None
            )
            self._versions[key] = made
        return self._versions[key]

    def terms(self, run: Run, version: Version) -> Step | None:
        """Give the step a run stands at, as its terms are: those of an older version where the run keeps them."""
        node = version.route.nodes.get(run.step)
        if node is None or not run.kept:
            return node.step if node is not None else None
        older = self.older(run.journey, run.kept)
        kept = older.route.nodes.get(run.step) if older is not None else None
        return kept.step if kept is not None and len(kept.into) == len(node.into) else node.step

    def pins(self, journey: str, version: int) -> Pins | None:
        """Give what a former version pins; None for the live one, whose messages and functions are those in force."""
        key = (journey, version)
        if key not in self._pins:
            said = self.body["journeys"][journey].get("pins", {}).get(str(version))
            self._pins[key] = read_pins(said) if said is not None else None
        return self._pins[key]

    def template(self, name: str) -> Template | None:
        """Give a template's front matter; None where there is none of that name."""
        if name not in self._templates:
            entry = self.body.get("templates", {}).get(name)
            if entry is None:
                return None
            self._templates[name] = read_template(name, entry["text"], entry.get("format", "html"))
        return self._templates[name]

    def function(self, request: Mapping[str, Any]) -> actions.Function | None:
        """Give the function that a call asks for; None where it is not there."""
        file: str = request.get("file", "")
        if file not in self._functions:
            try:
                self._functions[file] = actions.functions(self.body.get("actions", {}).get(file, ""), file)
            except Invalid:
                self._functions[file] = {}
        return self._functions[file].get(request.get("function", ""))


def _never(counter: rules.Counter) -> Sequence[tuple[int, bytes]]:
    return ()


def seal(workspace: Workspace, number: int, body: dict[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """Complete a snapshot's body with since which number each segment's rule and each counter has been as it is.

    A person whose document is built for an older number than that lacks it, and is brought up from history.
    """
    made = Definitions(workspace, number, body)
    old = (before or {}).get("since", {})
    other = made.derived.differing(events.in_force(before or {}))
    if made.derived.kept != old.get("kept"):
        other |= {rules.EVERY}
    made_so = {**old.get("events", {}), **dict.fromkeys(sorted(other), number)}
    rules_before = {name: document.get("rule") for name, document in (before or {}).get("segments", {}).items()}
    named = {
        name: old.get("segments", {}).get(name, number)
        if name in rules_before
        and rules_before[name] == body["segments"][name].get("rule")
        and not names_any(segment.compiled, other)
        else number
        for name, segment in made.segments.items()
    }
    counted = {}
    for key, counter in made.counters.items():
        since, keep, horizon = old.get("counters", {}).get(key.hex(), (number, -1, 0))
        reaches = horizon is None or (counter.horizon is not None and counter.horizon <= horizon)
        enough = keep >= counter.keep and reaches
        counted[key.hex()] = [since, keep, horizon] if enough else [number, counter.keep, counter.horizon]
    more = {"events": made_so, "kept": made.derived.kept}
    return {
        **body,
        "since": {"segments": named, "counters": counted} | {name: said for name, said in more.items() if said},
    }
