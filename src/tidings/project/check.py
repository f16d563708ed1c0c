"""Check a whole project before anything of it is in force: every document alone, and what they say of each other."""

import operator
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

from tidings import actions, events, journeys, rules, segments
from tidings.content import pictures
from tidings.content.template import read as read_template
from tidings.engine.happening import DEEPEST
from tidings.events import DerivedEvent
from tidings.journeys import Journey, ways
from tidings.journeys.condition import Condition
from tidings.journeys.document import Readable, conditions, lasting, readable
from tidings.journeys.document import segments as segments_of
from tidings.journeys.document import templates as templates_of
from tidings.journeys.quiet import Quiet, holding, read_quiet
from tidings.journeys.step import Step
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.times import parse_duration, show_duration, show_iso
from tidings.people.catalog import Seen
from tidings.project import overlay, placeholders, returned, rounds, seen, template_words, templates, workspace
from tidings.project.folder import Project
from tidings.project.workspace import Settings
from tidings.segments import Segment

_NAMED: Final = re.compile(r'in segment "([^"]+)"')


def check(project: Project, catalog: Sequence[Seen] | None = None) -> list[Problem]:
    """Give every fault with file, line and column, in the order of the files; none: it can be applied.

    Problems marked as warnings stand in nothing's way. ``catalog``: what a workspace has seen; what is not in it is warned of,
    unless it has seen nothing yet. None where files are checked alone, which say nothing of what a workspace has.
    """
    checker = _Checker(project, catalog)
    checker.run()
    return sorted(dict.fromkeys(checker.problems), key=lambda problem: (problem.file, problem.line, problem.column))


class _Checker:
    def __init__(self, project: Project, catalog: Sequence[Seen] | None) -> None:
        self.project, self.catalog, self.problems = project, catalog, list(project.faults)
        self._functions: dict[str, dict[str, actions.Function]] = {}
        self._derived = rules.NO_DERIVED
        self._journeys = {id: readable(document) for id, document in project.journeys.items()}

    def run(self) -> None:
        settings = self._settings()
        derived = self._events()
        made = self._each("segment", self.project.segments, segments.readable)
        read = {id: found.journey for id, found in self._journeys.items()}
        ordered = self._segments(made)
        self._actions()
        for id, found in self._journeys.items():
            for problem in found.problems:
                self._add("journey", id, problem)
            self._journey(id, found, made)
            if found.problems:
                self._unread(id)
        for id, problem in rounds.warnings(self._journeys, self._derived, ordered):
            self._add("journey", id, problem)
        self._returned(read)
        self._template_words(made, read)
        self._templates(settings)
        self._logo(settings.brand.logo if settings is not None else "")
        if settings is not None and settings.retention:
            with suppress(ValueError):
                self._retention(parse_duration(settings.retention), made, read)
        self._waits(read, self._quiet(settings))
        if self.catalog is not None:
            self._against(self.catalog, derived, made, read)

    def _settings(self) -> Settings | None:
        """What holds everywhere, then what differs from workspace to workspace: a fault of the common part is told once."""
        data = self.project.settings
        if ("settings", "") in self.project.unread:
            return None
        for problem in overlay.problems(data):
            self._add("settings", "", problem)
        found, told = workspace.readable(overlay.settings(data))
        for problem in told:
            self._add("settings", "", problem)
        for name in overlay.names(data) if not overlay.problems(data) else ():
            for problem in workspace.readable(overlay.settings(data, name))[1]:
                if problem not in told:
                    self._add("settings", "", overlay.placed(data, name, problem))
        return found

    def _logo(self, logo: str) -> None:
        if pictures.NAME.fullmatch(logo) and logo not in self.project.assets:
            hint = did_you_mean(logo, list(self.project.assets)) or f"put it into assets/{logo}"
            self._add("settings", "", Problem(f"there is no picture `{logo}`", hint, ("brand", "logo")))

    def _each(
        self, kind: str, documents: Mapping[str, Any], read: Callable[[Any], tuple[Any, list[Problem]]]
    ) -> dict[str, Any]:
        found = {}
        for name, document in documents.items():
            made, problems = read(document)
            for problem in problems:
                self._add(kind, name, problem)
            if made is not None:
                found[name] = made
        return found

    def _add(self, kind: str, name: str, problem: Problem) -> None:
        if (kind, name) not in self.project.unread:
            self.problems.append(self.project.locate(kind, name, problem))

    def _events(self) -> dict[str, DerivedEvent]:
        """No two may have one name, and none may be made of itself, through whichever others."""
        made = self._each("event", self.project.events, events.readable)
        try:
            self._derived = events.derived({id: events.write(event) for id, event in made.items()})
        except Invalid as error:
            for problem in error.problems:
                id, *path = problem.path
                self._add("event", str(id), Problem(problem.message, problem.hint, tuple(path)))
        return made

    def _segments(self, made: Mapping[str, Segment]) -> list[Segment]:
        """What segments name must exist; and none may name itself, through whichever others. Gives them in order, where there is one."""
        whole = dict(made)
        for name, segment in made.items():
            for other in _names_of(segment):
                if other not in self.project.segments:
                    self._add("segment", name, self._unknown("segment", other, self.project.segments, ("rule",)))
        while lost := [name for name, segment in whole.items() if not whole.keys() >= set(_names_of(segment))]:
            for name in lost:
                del whole[name]
        try:
            return segments.in_order(whole.values())
        except Invalid as error:
            for problem in error.problems:
                self._add("segment", str(problem.path[1]), Problem(problem.message, problem.hint, problem.path[2:]))
            return []

    def _journey(self, id: str, found: Readable, made: Mapping[str, Segment]) -> None:
        document, journey = self.project.journeys[id], found.journey
        for name in sorted(segments_of(journey)):
            if name not in self.project.segments:
                where = next(_mentions(document, partial(_names, name)), ())
                self._add("journey", id, self._unknown("segment", name, self.project.segments, where))
        settings = self.project.settings.get("topics")
        known: dict[str, Mapping[str, Any]] = {
            "journey": self.project.journeys,
        }
        if ("settings", "") not in self.project.unread:
            known["topic"] = settings if isinstance(settings, Mapping) else {}
        for path, step in self._placed(id):
            for what, name in step.kind.names():
                where = (*path, step.kind.key)
                if not name:
                    continue  # told where it is read
                if what in known and name not in known[what]:
                    self._add("journey", id, self._unknown(what, name, known[what], where))
                elif what == "action":
                    self._action(id, name, step.kind, path)
                elif what == "manual segment" and name in made and made[name].rule is not None:
                    hint = "name one without a rule, or set what its rule asks for"
                    self._add(
                        "journey", id, Problem(f"segment `{name}` has a rule, so nobody is put into it", hint, where)
                    )
        if journey.run_per:
            for condition in lasting(journey):
                wide = [counter for counter in condition.compiled.counters if not counter.entry]
                if wide and condition.since_entry == ():
                    where = self._place(id, journey, condition)
                    message = f"this counts what happened with any {journey.run_per}, not only with the run's own"
                    hint = "add `since entry`, if it is about this run alone"
                    self._add("journey", id, Problem(message, hint, where, warning=True))
        lost = set(ways.unreachable(journeys.route(journey))) if found.sound else ()
        for path, step in self._placed(id):
            if step.id in lost:
                message = f"nobody comes to step `{step.id}`"
                self._add("journey", id, Problem(message, "what stands before it lets nobody by", path, warning=True))
        hasty = ways.hasty(journeys.route(journey), DEEPEST) if found.sound else ()
        for path, step in self._placed(id):
            if step.id in hasty:
                message = f"whoever goes round {DEEPEST} times without waiting is stopped by a fault"
                hint = "put a `wait` into the round, or lower `at_most`"
                self._add("journey", id, Problem(message, hint, (*path, "at_most"), warning=True))
        for template in sorted({template for _, template in templates_of(journey)}):
            if template not in self.project.templates:
                for where in _mentions(document, partial(operator.eq, template), "send"):
                    self._add("journey", id, self._unknown("template", template, self.project.templates, where))

    def _unread(self, id: str) -> None:
        """What a journey names of others is looked at also where something else in it is wrong, so that all faults are told at once."""
        document, known = self.project.journeys[id], self.project
        for where in _mentions(document, lambda name: name not in known.templates, "send"):
            self._add("journey", id, self._unknown("template", _at(document, where), known.templates, where))
        for where in _mentions(document, lambda text: "in segment" in text):
            for name in _NAMED.findall(_at(document, where)):
                if name not in known.segments:
                    self._add("journey", id, self._unknown("segment", name, known.segments, where))

    def _action(self, id: str, name: str, kind: Any, path: tuple[str | int, ...]) -> None:
        """The function is there, and takes what the step gives it."""
        file, function = actions.place(name).values()
        source = self.project.actions.get(file)
        if source is None:
            hint = did_you_mean(file, list(self.project.actions)) or f"write actions/{file}.py"
            self._add("journey", id, Problem(f"there is no actions/{file}.py", hint, (*path, "run")))
            return
        known = self._functions.get(file)
        if known is None:
            return  # the file's own faults are told of it
        if function not in known:
            hint = did_you_mean(function, list(known)) or f"write `def {function}(…):` in it"
            self._add("journey", id, Problem(f"actions/{file}.py has no function `{function}`", hint, (*path, "run")))
            return
        given = (*path, "with")
        if any(problem.path[: len(given)] == given for problem in self._journeys[id].problems):
            return
        for within, problem in returned.of_step(known[function], kind):
            self._add("journey", id, replace(problem, path=(*path, *within)))

    def _actions(self) -> None:
        for name, source in self.project.actions.items():
            if ("action", name) in self.project.unread:
                continue
            try:
                self._functions[name] = actions.functions(source.text, f"actions/{name}.py")
            except Invalid as error:
                for problem in error.problems:
                    self._add("action", name, problem)
            for problem in returned.of_file(self._functions.get(name, {})):
                self._add("action", name, problem)

    def _returned(self, read: Mapping[str, Journey]) -> None:
        """What is read of a function's answer stands in it, as the function says what it returns."""
        known: dict[str, dict[str, returned.Kept]] = {}
        for id, journey in read.items():
            known[id] = kept = returned.kept(self._functions, id, journey, self.project.journeys)
            for what, problem in returned.of_journey(kept, journey):
                if isinstance(what, Condition):
                    place = self._place(id, journey, what)
                else:
                    place = next(_mentions(self.project.journeys[id], what.__eq__), ())
                self._add("journey", id, replace(problem, path=place))
        for name, problem in returned.of_templates(self.project, known, read):
            self._add("template", name, problem)

    def _unknown(self, kind: str, name: str, known: Mapping[str, Any], path: tuple[str | int, ...]) -> Problem:
        write = {"template": f"write templates/{name}.mjml", "topic": f"write `[topics.{name}]` in tidings.toml"}
        hint = did_you_mean(name, list(known)) or write.get(kind) or f"write {kind}s/{name}.yaml"
        return Problem(f"there is no {kind} `{name}`", hint, path)

    def _templates(self, settings: Settings | None) -> None:
        for kind, name, problem in templates.check(self.project, settings):
            self._add(kind, name, problem)

    def _template_words(self, made: Mapping[str, Segment], read: Mapping[str, Journey]) -> None:
        for name, segment in made.items():
            if segment.rule is not None:
                for problem in template_words.warnings(segment.rule, ("rule",)):
                    self._add("segment", name, problem)
        for id, journey in read.items():
            for condition in conditions(journey):
                place = self._place(id, journey, condition)
                for problem in template_words.warnings(condition.rule, place):
                    self._add("journey", id, problem)

    def _retention(self, kept: int, made: Mapping[str, Segment], read: Mapping[str, Journey]) -> None:
        """History is kept for so long: a window that reaches further back would forget what it counts."""
        for name, segment in made.items():
            if segment.compiled is not None:
                self._reach("segment", name, segment.compiled, kept, ("rule",))
        for id, journey in read.items():
            for condition in conditions(journey):
                self._reach("journey", id, condition.compiled, kept, self._place(id, journey, condition))

    def _quiet(self, settings: Settings | None) -> dict[str, tuple[Quiet, ...]]:
        """The quiet hours that hold each template's messages; those of a faulty one, and of faulty settings, are not known."""
        if settings is None or not settings.quiet:
            return {}
        try:
            hours = read_quiet(settings.quiet)
        except Invalid:
            return {}
        found = {}
        for name, source in self.project.templates.items():
            with suppress(Invalid):
                found[name] = holding(hours, read_template(name, source.text, source.format))
        return found

    def _waits(self, read: Mapping[str, Journey], quiet: Mapping[str, tuple[Quiet, ...]]) -> None:
        """Whoever reaches a goal later than its window is not counted: a wait that leads beyond it, alone or with those before it, deserves
        a word. Quiet hours are such a wait."""
        for id, journey in read.items():
            if journey.goal is None or not self._journeys[id].sound:
                continue
            within, until = journey.goal.within, ways.lasting(journeys.route(journey), quiet)
            for path, step in self._placed(id):
                waits = until.get(step.id, ways.Waits(0, step.kind.lasts(), 0))
                if waits.alone > within:
                    may = f"this alone may take {show_duration(waits.alone)}"
                elif waits.before <= within < waits.until:
                    may = f"with what waits before it this may take {show_duration(waits.until)}"
                else:
                    continue
                message = f"the goal is counted for {show_duration(within)} after entry, and {may}"
                window = "widen the window" if step.kind.templates() else "shorten the wait"
                if any(quiet.get(template) for template in step.kind.templates()):
                    window = "shorten the quiet hours"
                hint = f"{window}, or raise the goal's `within`"
                self._add("journey", id, Problem(message, hint, (*path, step.kind.key), warning=True))

    def _against(
        self,
        catalog: Sequence[Seen],
        derived: Mapping[str, DerivedEvent],
        made: Mapping[str, Segment],
        read: Mapping[str, Journey],
    ) -> None:
        """Warn of what a workspace lacks: what it never saw, and whatever it saw, what stands for something else yet, by which messages
        would fail or lead nowhere."""
        known = None
        if catalog:
            known = seen.known(catalog, self.project.journeys, derived.values(), self.project.templates)
            self._seen(known, derived, made, read)
        for id in read:
            for path, step in self._placed(id):
                for problem in placeholders.of_step(step):
                    self._add("journey", id, replace(problem, path=(*path, step.kind.key)))
        for kind, name, problem in seen.of_templates(self.project, known, read):
            self._add(kind, name, problem)

    def _seen(
        self,
        known: seen.Known,
        derived: Mapping[str, DerivedEvent],
        made: Mapping[str, Segment],
        read: Mapping[str, Journey],
    ) -> None:
        """Warn of events, attributes and variables that the catalog does not know."""
        for id, made_of in derived.items():
            for problem in seen.of_rule(known, made_of.rule):
                self._add("event", id, replace(problem, path=("rule",)))
        for name, segment in made.items():
            for problem in seen.of_rule(known, segment.rule) if segment.rule is not None else ():
                self._add("segment", name, replace(problem, path=("rule",)))
        for id, journey in read.items():
            for name, problem in seen.of_trigger(known, journey):
                self._add("journey", id, replace(problem, path=("trigger", name)))
            for name, problem in seen.of_goal(known, journey.goal) if journey.goal is not None else ():
                self._add("journey", id, replace(problem, path=("goal", name)))
            for condition in conditions(journey):
                for problem in seen.of_rule(known, condition.rule):
                    self._add("journey", id, replace(problem, path=self._place(id, journey, condition)))
            for path, step in self._placed(id):
                for text, problem in seen.of_step(known, id, journey, step, self.project.journeys):
                    within = _at(self.project.journeys[id], path)
                    place = (*path, *next(_mentions(within, text.__eq__), ()))
                    self._add("journey", id, replace(problem, path=place))

    def _placed(self, id: str) -> Iterator[tuple[tuple[str | int, ...], Step]]:
        """Every step that can be read, with its path in the document."""
        for path, step in self._journeys[id].placed.items():
            if step is not None:
                yield path, step

    def _place(self, id: str, journey: Journey, condition: Condition) -> tuple[str | int, ...]:
        """Where a journey's document says a rule; that of a goal by its event is said by its parts."""
        if journey.goal is not None and journey.goal.event and condition is journey.goal.rule:
            return ("goal", "event")
        return next(_mentions(self.project.journeys[id], partial(_same, condition.text)), ())

    def _reach(self, kind: str, name: str, compiled: rules.Compiled, kept: int, path: tuple[str | int, ...]) -> None:
        now = time.time_ns() // 1000
        found = [(now - back if back else since, back) for back, since in rules.looks_back(compiled.rule)]
        since, back = min(found, default=(now, 0))
        if since < now - kept:
            far = show_duration(back) if back else f"to {_day(since)}"
            message = f"this rule looks back {far}, history is kept for {show_duration(kept)}: it sees back to {_day(now - kept)}"
            self._add(kind, name, Problem(message, "shorten the window, or raise `retention` in tidings.toml", path))


def _names_of(segment: Segment) -> list[str]:
    return sorted(segment.compiled.segments if segment.compiled is not None else ())


def _day(at: int) -> str:
    return show_iso(at)[:10]


def _at(data: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


def _mentions(
    data: Any, holds: Callable[[str], bool], key: str = "", path: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """Paths of texts in a document for which ``holds``; with ``key``, only those that stand under that name."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield from _mentions(value, holds, key, (*path, name))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from _mentions(value, holds, key, (*path, index))
    elif isinstance(data, str) and (not key or path[-1:] == (key,)) and holds(data):
        yield path


def _names(segment: str, text: str) -> bool:
    return f'"{segment}"' in text or segment in text.split()


def _same(rule: str, text: str) -> bool:
    try:
        return rules.show(rules.parse(text)) == rule
    except Invalid:
        return False
