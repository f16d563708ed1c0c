"""A run on its way: asks one step after another until one says wait, or the journey is over."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tidings.content.template import Template
from tidings.engine import calls, given
from tidings.engine.definitions import Definitions, Version
from tidings.engine.happening import DEEPEST, Happening
from tidings.engine.pins import Pins
from tidings.journeys.answer import Done, Park, Wait
from tidings.journeys.calling import Calling
from tidings.journeys.condition import Condition
from tidings.journeys.quiet import holding, over
from tidings.journeys.value import Unworkable, Value
from tidings.kernel import ids
from tidings.kernel.effects import Agreed, Called, Changed, Effect, Happened, Moved, Planned
from tidings.kernel.records import Answered, Consent
from tidings.people.document import SENT, Person, Run


class Lived(Protocol):
    """What a passage uses of the step it is part of."""

    definitions: Definitions
    person: Person
    effects: list[Effect]
    now: int

    def ask(self, condition: Condition, run: Run | None, moment: bool = False) -> bool:
        """Whether a rule holds."""

    def change(self, condition: Condition, run: Run) -> int | None:
        """When time alone could change that."""

    def event(self, run: Run) -> Mapping[str, Any]:
        """Give the properties of the event that started the run."""

    def agree(self, body: Consent) -> dict[str, Any]:
        """Write down what the person agreed to; answers the attributes that say so."""

    def cause_happening(self, happening: Happening, run: Run) -> bool:
        """Put a consequence in the line."""

    def end(self, run: Run, what: str, why: str) -> None:
        """End the run."""

    answer: Answered | None
    retried: set[bytes]

    def park(self, run: Run, why: str, detail: str = "") -> None:
        """Stop the run where it stands."""


class Passage:
    """One advance of one run; it is what a step sees as `Here`."""

    def __init__(self, life: Lived, run: Run, version: Version, depth: int, way: tuple[str, ...]) -> None:
        self.life, self.run, self.version = life, run, version
        self.depth, self.way = depth, way
        self.now = life.now
        self.workspace = life.definitions.workspace.id
        self.journey = run.journey
        self.person = life.person.first
        self.caused: Happening | None = None
        self.jumps = 0

    @property
    def taken(self) -> int:
        """How often the run was sent on from the step it stands at."""
        return self.run.jumps.get(self.run.step, 0)

    @property
    def arrived(self) -> int:
        """When the run came to the step it stands at."""
        return self.run.arrived

    def advance(self) -> int | None:
        """Go as far as possible; answers until when the step that said wait does so (None: no time alone ends it)."""
        run = self.run
        while True:
            node = self.version.route.nodes[run.step]
            step = self.life.definitions.terms(run, self.version) if run.kept else node.step
            assert step is not None
            if run.step in run.barred and step.kind.templates():
                run.barred = [each for each in run.barred if each != run.step]
                self._record("skipped", "its message was sent before")
                target = node.next
            elif step.only_if is not None and not run.waiting and not self.life.ask(step.only_if, run, moment=True):
                self._record("skipped", f"only if {step.only_if.text}")
                target = node.next
            else:
                answer = step.kind.run(self)
                if isinstance(answer, Park):
                    self.life.park(run, answer.why, answer.detail)
                    return None
                if run.parked:
                    return None
                if isinstance(answer, Wait):
                    if not run.waiting:
                        self._record("waiting", answer.why)
                    run.waiting = True
                    return answer.until
                if isinstance(answer, Done):
                    if answer.what == "held_out":
                        self._draw()
                    self.life.end(run, answer.what, answer.why)
                    return None
                self._record(answer.what, answer.why, self._draw() if answer.drawn else [])
                target = answer.to or (node.next if answer.into is None else node.into[answer.into])
            caused, self.caused = self.caused, None
            if caused is not None and not self.life.cause_happening(caused, run):
                return None
            run.step, run.visit, run.arrived, run.waiting, run.kept = target, run.visit + 1, self.now, False, 0
            if not target:
                self.life.end(run, "done", "reached the end")
                return None
            if caused is not None:
                run.wake = None
                return None

    def _record(self, what: str, why: str, drawn: list[str] | None = None) -> None:
        run = self.run
        moved = Moved(run.id, run.journey, run.version, run.step, what, self.now, why, key=run.key, drawn=drawn or [])
        self.life.effects.append(moved)

    def _draw(self) -> list[str]:
        """Remember that the run was drawn here; gives the step the first time it is."""
        if self.run.step in self.run.drawn:
            return []
        self.run.drawn = [*self.run.drawn, self.run.step]
        return [self.run.step]

    # What a step may ask and do

    def holds(self, condition: Condition) -> bool:
        """Ask a rule of this person, now."""
        return self.life.ask(condition, self.run, moment=True)

    def changes_at(self, condition: Condition) -> int | None:
        """When time alone could change that answer."""
        return self.life.change(condition, self.run)

    def read(self, path: tuple[str, ...]) -> Any:
        """What an attribute's path reads now; None where it is missing."""
        return given.read(path, self.life.person, self.run, self.life.event)

    def work_out(self, value: Value) -> Any:
        """Work a value out; raises `Unworkable`."""
        if not value.scripts:
            return value.plain
        return value.work_out(given.values(value, self.life.person, self.run, self.life.event), self.now)

    def zone(self, name: str) -> str:
        """The IANA zone meant; a person without a usable `timezone` attribute has the workspace's."""
        return zone_of(name, self.life.person, self.life.definitions.zone)

    def quiet(self, template: str, now: int) -> int:
        """Give ``now``, or when the quiet hours end that hold a template's message back then."""
        definitions = self.life.definitions
        found = self._template(template, self._pins) if definitions.quiet else None
        return over(holding(definitions.quiet, found), now, self.zone) if found is not None else now

    def send(self, template: str) -> None:
        """Plan the message; its id is the same whenever this visit of this run is worked out again."""
        run, definitions, pins = self.run, self.life.definitions, self._pins
        found = self._template(template, pins)
        if found is None:
            self.life.park(run, f"there is no template `{template}`")
            return
        if run.step not in run.sent:
            run.sent = [*run.sent, run.step][-SENT:]
        key = ids.digest(
            definitions.workspace.id, run.id, run.step, run.visit, self.life.person.id, key=definitions.workspace.secret
        )
        self.life.effects.append(
            Planned(
                id=key,
                run=run.id,
                journey=run.journey,
                version=run.version,
                step=run.step,
                template=template,
                channel=found.channel,
                due=self.now,
                expires=0 if found.expires is None else self.now + found.expires,
                event=run.event,
                values=run.values,
                sure=found.policy == "at_least_once",
                definitions=pins.number if pins is not None else 0,
            )
        )

    @property
    def _pins(self) -> Pins | None:
        """What the version pins by whose terms the run stands where it does; None for the live one."""
        run, definitions, number = self.run, self.life.definitions, self.version.number
        if run.kept and definitions.terms(run, self.version) is not self.version.route.nodes[run.step].step:
            number = run.kept
        return definitions.pins(run.journey, number)

    def _template(self, name: str, pins: Pins | None) -> Template | None:
        return self.life.definitions.template(name) if pins is None else pins.templates.get(name)

    def set(self, attributes: dict[str, Any]) -> None:
        """Change the person's attributes; what follows from it comes before the next step."""
        self.life.effects.append(Changed(self._made("set"), dict(attributes), self.now, self.depth))
        self.caused = self._happening(values=attributes)

    def track(self, event: str, properties: dict[str, Any]) -> None:
        """Let an event happen; what follows from it comes before the next step."""
        made = self._made("track")
        self.life.effects.append(Happened(made, event, dict(properties), self.now, self.depth))
        self.caused = self._happening(event=("track", event), properties=properties, time=self.now, id=made)

    def jump(self) -> None:
        """Count that the run is sent on; one that goes round without waiting is parked."""
        run, self.jumps = self.run, self.jumps + 1
        run.jumps = {**run.jumps, run.step: self.taken + 1}
        if self.jumps > DEEPEST:
            self.life.park(run, f"an endless loop: {run.step} goes round without waiting")

    def member(self, segment: str, on: bool) -> None:
        """Put the person into a segment kept by hand, or take them out."""
        known = self.life.definitions.segments.get(segment)
        if known is None or known.rule is not None:
            self.life.park(self.run, f"there is no segment `{segment}` kept by hand")
        elif on != (segment in self.life.person.segments):
            self.caused = self._happening(members=((segment, on),))

    def agree(self, topic: str, on: bool) -> None:
        """Write down what the person wants; what follows from it comes before the next step."""
        by = f"{self.journey}/{self.run.step}"
        topics = {topic: on} if topic else {}
        body = Consent(None if topic else not on, topics, how="journey", by=by)
        self.life.effects.append(Agreed(self._made("agree"), body, self.now, self.depth))
        self.caused = self._happening(values=self.life.agree(body))

    def start(self, journey: str, values: dict[str, Any]) -> None:
        """Let the person enter another journey before the next step."""
        self.caused = self._happening(entry=(journey, values))

    @property
    def waiting(self) -> bool:
        """Whether the run has been asked before on this visit, and waits."""
        return self.run.waiting

    @property
    def answer(self) -> Answered | None:
        """What came back of this visit's call, if that is why the step is asked."""
        found = self.life.answer
        if found is not None and calls.awaits(self.life.definitions, self.run, found):
            return found
        return None

    @property
    def postponed(self) -> int:
        """Until when this visit's call may take where it could not be made at once; 0 where it could."""
        visit, until = self.run.postponed or (0, 0)
        return until if visit == self.run.visit else 0

    def call(self, kind: str, request: dict[str, Any], until: int, sure: bool) -> None:
        """Ask the world outside; the answer comes with `answer`. Raises `Unworkable`."""
        run = self.run
        definitions, pins = self.life.definitions, self._pins
        if run.id in self.life.retried and pins is not None:
            mended = self._mended(kind, request)
            if mended is not None:
                request, pins = mended, None
        key = calls.id_of(definitions, run)
        number = pins.number if pins is not None else 0
        self.life.effects.append(
            Called(key, run.id, run.journey, run.version, run.step, kind, request, self.now, until, sure, number)
        )

    def _mended(self, kind: str, request: dict[str, Any]) -> dict[str, Any] | None:
        """What stopped it was mended: what to ask of what is in force, as the live version asks it at this step, or else as the run's own
        does; None where it is not there any more."""
        live = self.life.definitions.journeys[self.journey]
        node = live.route.nodes.get(self.run.step)
        if node is not None and isinstance(node.step.kind, Calling) and node.step.kind.key == kind:
            _, asked = node.step.kind.request(self)
            if _function(asked) == _function(request):
                return asked
        function = self.life.definitions.function(request)
        if function is not None and (wrong := function.refuses(request["with"])):
            says = f"the function in force does not take what version {self.version.number} gives it: {wrong}"
            raise Unworkable(f"{says}; version {live.number} runs it at no step `{self.run.step}`")
        return request if function is not None else None

    def keep(self, name: str, value: Any) -> None:
        """Let the run read the value as ``journey.name``; raises `Unworkable` where it is too large."""
        run, before = self.run, self.run.values
        run.values = {**before, name: value}
        if fault := calls.too_large(self.life.person, run):
            run.values = before
            raise Unworkable(fault)
        self.caused = self._happening(attributes=("journey",))

    def _happening(self, **fields: Any) -> Happening:
        return Happening(**fields, depth=self.depth + 1, way=(*self.way, f"{self.journey}/{self.run.step}"))

    def _made(self, what: str) -> bytes:
        return ids.digest(what, self.run.id, self.run.step, self.run.visit)


def _function(request: Mapping[str, Any]) -> tuple[Any, Any]:
    return request.get("file"), request.get("function")


def zone_of(name: str, person: Person, workspace: str) -> str:
    """Give the IANA zone that ``person``, ``workspace`` or a zone's own name means."""
    if name == "person":
        own = person.attributes.get("timezone")
        return own if isinstance(own, str) and _is_zone(own) else workspace
    return workspace if name == "workspace" else name


@lru_cache(1024)
def _is_zone(name: str) -> bool:
    """Whether there is such a zone. Bounded, since the name is whatever a browser said of somebody."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
