"""From a project to the body of a snapshot, and back: documents in canonical form, versions that grow only when something changed."""

from collections.abc import Mapping
from typing import Any, Final

from tidings import events, journeys, segments
from tidings.content import pictures
from tidings.journeys import carrying
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.project import overlay, workspace
from tidings.project.folder import Project, Source

ROOMS: Final[Mapping[str, Any]] = {"event": events, "segment": segments, "journey": journeys}
"""The room that reads and writes each kind of document."""
Choices = Mapping[str, Mapping[str, str]]
NO_CHOICES: Final[Choices] = {}


def make_body(project: Project, before: Mapping[str, Any], choices: Choices = NO_CHOICES) -> dict[str, Any]:
    """Give the body that puts the project in force after ``before``; raises Invalid where a document is faulty, or a choice.

    ``choices``: what becomes of people inside, by journey and step, as it is written (``move nudge``).

    A journey that is new is live; one that was there keeps its status. What is removed leaves its last version behind, so that
    a thing of the same name never takes a number again.
    """
    documents = canonical(project)
    gone = {kind: dict(before.get("gone", {}).get(kind, {})) for kind in ("journeys", "templates")}
    for kind, versions in gone.items():
        for name, entry in before.get(kind, {}).items():
            if name not in documents[kind]:
                versions[name] = entry["version"]
    body = {
        "settings": documents["settings"],
        "segments": documents["segments"],
        "journeys": {
            id: _journey(document, before.get("journeys", {}).get(id), gone["journeys"].pop(id, 0))
            for id, document in documents["journeys"].items()
        },
        "templates": {
            name: _template(source, before.get("templates", {}).get(name), gone["templates"].pop(name, 0))
            for name, source in documents["templates"].items()
        },
        "layouts": {name: source.text for name, source in project.layouts.items()},
        "snippets": {name: source.text for name, source in project.snippets.items()},
        "formats": {
            "layouts": {name: source.format for name, source in project.layouts.items()},
            "snippets": {name: source.format for name, source in project.snippets.items()},
        },
    }
    if documents["events"]:
        body["events"] = documents["events"]
    if project.actions:
        body["actions"] = {name: source.text for name, source in sorted(project.actions.items())}
    if documents["assets"]:
        body["assets"] = {name: pictures.plain(asset) for name, asset in documents["assets"].items()}
    _choose(body["journeys"], before.get("journeys", {}), choices)
    return body | ({"gone": gone} if any(gone.values()) else {})


def _choose(after: dict[str, Any], before: Mapping[str, Any], choices: Choices) -> None:
    """Store choices with the versions they belong to."""
    problems: list[Problem] = []
    for id, chosen in choices.items():
        entry, old = after.get(id), before.get(id)
        if not chosen:
            continue
        if entry is None or old is None:
            message = f"the journey `{id}` is removed" if old is not None else f"nobody is in a journey `{id}` yet"
            hint = (did_you_mean(id, list(after)) if entry is None else "") or "leave its choices out"
            problems.append(Problem(f"{message}, so there is nothing to choose", hint, (id,)))
            continue
        if entry["version"] == old["version"]:
            hint = "choices belong to a new version: change the journey, or leave them out"
            problems.append(Problem(f"the journey `{id}` does not change, so there is nothing to choose", hint, (id,)))
            continue
        read: dict[str, carrying.Choice] = {}
        for step, text in chosen.items():
            try:
                read[step] = carrying.read_choice(text)
            except ValueError as error:
                message, _, hint = str(error).partition("; ")
                problems.append(Problem(message, hint, (id, step)))
        older = {str(number) for number in (*old.get("held", ()), old["version"])}
        versions = [journeys.read(entry["history"][number]) for number in sorted(older) if number in entry["history"]]
        problems += carrying.check(read, versions, journeys.read(entry["document"]))
        told = {step: choice.text for step, choice in sorted(read.items())}
        entry["carries"] = {**old.get("carries", {}), str(entry["version"]): told}
    if problems:
        raise Invalid(problems)


def canonical(project: Project) -> dict[str, dict[str, Any]]:
    """Give each kind's documents in canonical form; raises Invalid for the first faulty one (`check` lists them all)."""
    return {
        "settings": workspace.write(workspace.read(overlay.settings(project.settings))),
        "events": {name: events.write(events.read(document)) for name, document in sorted(project.events.items())},
        "segments": {
            name: segments.write(segments.read(document)) for name, document in sorted(project.segments.items())
        },
        "journeys": {id: journeys.write(journeys.read(document)) for id, document in sorted(project.journeys.items())},
        "templates": dict(sorted(project.templates.items())),
        "layouts": dict(sorted(project.layouts.items())),
        "snippets": dict(sorted(project.snippets.items())),
        "actions": dict(sorted(project.actions.items())),
        "assets": dict(sorted(project.assets.items())),
    }


def documents_of(body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give each kind's documents as they are in force, in the form `canonical` gives."""
    formats = body.get("formats", {})
    return {
        "settings": dict(body.get("settings", {})),
        "events": dict(body.get("events", {})),
        "segments": dict(body.get("segments", {})),
        "journeys": {id: entry["document"] for id, entry in body.get("journeys", {}).items()},
        "templates": {
            name: Source(entry["text"], entry.get("format", "html"))
            for name, entry in body.get("templates", {}).items()
        },
        "layouts": _sources(body.get("layouts", {}), formats.get("layouts", {}), "html"),
        "snippets": _sources(body.get("snippets", {}), formats.get("snippets", {}), "liquid"),
        "actions": _sources(body.get("actions", {}), {}, "python"),
        "assets": {name: pictures.of(document) for name, document in body.get("assets", {}).items()},
    }


def _sources(texts: Mapping[str, str], formats: Mapping[str, str], otherwise: str) -> dict[str, Source]:
    return {name: Source(text, formats.get(name, otherwise)) for name, text in texts.items()}


def _journey(document: dict[str, Any], before: Mapping[str, Any] | None, last: int) -> dict[str, Any]:
    if before is None:
        return {"version": last + 1, "status": "live", "document": document, "history": {str(last + 1): document}}
    if before["document"] == document:
        return dict(before)
    version = before["version"] + 1
    return {
        **before,
        "version": version,
        "document": document,
        "history": {**before.get("history", {}), str(version): document},
    }


def _template(source: Source, before: Mapping[str, Any] | None, last: int) -> dict[str, Any]:
    if before is not None and (before["text"], before.get("format")) == (source.text, source.format):
        return dict(before)
    return {"version": (before["version"] if before else last) + 1, "text": source.text, "format": source.format}
