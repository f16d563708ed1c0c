"""One journey of a project alone: what is in force, with that journey and what it is made of put in."""

from collections.abc import Mapping
from typing import Any

from tidings import events, journeys, segments
from tidings.content.template import read as read_template
from tidings.journeys.document import names
from tidings.journeys.document import segments as segments_of
from tidings.journeys.document import templates as templates_of
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.project import saying
from tidings.project.body import documents_of
from tidings.project.folder import Project
from tidings.project.store import InForce
from tidings.project.uses import assets_of


def alone(project: Project, in_force: InForce, id: str) -> Project:
    """Give the project that puts one journey in force, with its templates, their layouts and new snippets, and the
    segments, derived events and actions it names.

    The rest stays as it is in force. Raises Invalid where the project has no such journey.
    """
    if id not in project.journeys:
        hint = did_you_mean(id, list(project.journeys)) or f"write journeys/{id}.yaml"
        raise Invalid([Problem(f"the project has no journey `{id}`", hint)])
    now: Mapping[str, Mapping[str, Any]] = documents_of(in_force.body)
    journey = journeys.read(project.journeys[id])
    templates = {name: project.templates[name] for _, name in templates_of(journey) if name in project.templates}
    layouts = {read_template(name, source.text, source.format).layout for name, source in templates.items()}
    texts = [source.text for source in (*templates.values(), *project.snippets.values())]
    texts += [source.text for name, source in project.layouts.items() if name in layouts]
    shown = {name for text in texts for name in assets_of(text, project.assets)}
    actions = {name.partition(".")[0] for what, name in names(journey) if what == "action"}
    used = _named(project, segments_of(journey))
    return Project(
        settings=now["settings"] or project.settings,
        events={**now["events"], **_events(project, journey_id=id, segments=used)},
        segments={**now["segments"], **used},
        journeys={**now["journeys"], id: project.journeys[id]},
        templates={**now["templates"], **templates},
        layouts={**now["layouts"], **{name: text for name, text in project.layouts.items() if name in layouts}},
        snippets={**project.snippets, **now["snippets"]},
        actions={**now["actions"], **{name: text for name, text in project.actions.items() if name in actions}},
        assets={**now["assets"], **{name: asset for name, asset in project.assets.items() if name in shown}},
        places=project.places,
    )


def _events(
    project: Project, journey_id: str, segments: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """The derived events that a journey, or a segment that goes with it, says; and what they are made of."""
    ids = {name: id for id, document in project.events.items() for name in events.read(document).names}
    waiting = list(saying.named("journey", project.journeys[journey_id]))
    waiting += [name for document in segments.values() for name in saying.named("segment", document)]
    found: dict[str, Mapping[str, Any]] = {}
    while waiting:
        id = ids.get(waiting.pop())
        if id is not None and id not in found:
            found[id] = project.events[id]
            waiting += saying.named("event", found[id])
    return found


def _named(project: Project, names: frozenset[str]) -> dict[str, Mapping[str, Any]]:
    """The segments of these names, and those that they name."""
    found: dict[str, Mapping[str, Any]] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found or name not in project.segments:
            continue
        found[name] = project.segments[name]
        compiled = segments.read(project.segments[name]).compiled
        waiting += compiled.segments if compiled is not None else ()
    return found
