"""From a project to the body of a snapshot, and back: documents in canonical form, versions that grow only when something changed."""

from collections.abc import Mapping
from typing import Any

from tidings import journeys, segments
from tidings.project import overlay, workspace
from tidings.project.folder import Project, Source


def make_body(project: Project, before: Mapping[str, Any]) -> dict[str, Any]:
    """Give the body that puts the project in force after ``before``; raises Invalid where a document is faulty.

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
    return body | ({"gone": gone} if any(gone.values()) else {})


def canonical(project: Project) -> dict[str, dict[str, Any]]:
    """Give each kind's documents in canonical form; raises Invalid for the first faulty one (`check` lists them all)."""
    return {
        "settings": workspace.write(workspace.read(overlay.settings(project.settings))),
        "segments": {
            name: segments.write(segments.read(document)) for name, document in sorted(project.segments.items())
        },
        "journeys": {id: journeys.write(journeys.read(document)) for id, document in sorted(project.journeys.items())},
        "templates": dict(sorted(project.templates.items())),
        "layouts": dict(sorted(project.layouts.items())),
        "snippets": dict(sorted(project.snippets.items())),
    }


def documents_of(body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give each kind's documents as they are in force, in the form `canonical` gives."""
    formats = body.get("formats", {})
    return {
        "settings": dict(body.get("settings", {})),
        "segments": dict(body.get("segments", {})),
        "journeys": {id: entry["document"] for id, entry in body.get("journeys", {}).items()},
        "templates": {
            name: Source(entry["text"], entry.get("format", "html"))
            for name, entry in body.get("templates", {}).items()
        },
        "layouts": _sources(body.get("layouts", {}), formats.get("layouts", {}), "html"),
        "snippets": _sources(body.get("snippets", {}), formats.get("snippets", {}), "liquid"),
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
