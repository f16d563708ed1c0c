"""Which version of a journey is meant: as the drafts have it, as it is in force, an older version, or a document as it is sent."""

from dataclasses import replace
from typing import Any, Literal

from msgspec import Struct

from tidings.api.here import Here
from tidings.kernel.problems import Invalid, Problem
from tidings.project import drafts, rehearsal, store
from tidings.project.folder import Project
from tidings.project.rehearsal import SideOf


class SideMeant(Struct):
    """``what``: the workspace's drafts, what is in force, a ``version`` of it, or this ``document`` (with templates and segments as the
    drafts have them)."""

    what: Literal["draft", "live", "version", "document"] = "draft"
    version: int = 0
    document: dict[str, Any] | None = None


async def sides_of(here: Here, journey: str, side: SideMeant, against: SideMeant | None) -> list[SideOf]:
    """Give the sides of a rehearsal. Raises Invalid where one is faulty, or is not there."""
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, here.workspace.id)
        written = await store.drafts(connection, here.workspace.id)
    project = drafts.with_drafts(in_force, written, here.workspace.name)
    return [side_of(each, journey, in_force, project) for each in (side, against) if each is not None]


def side_of(meant: SideMeant, journey: str, in_force: store.InForce, project: Project) -> SideOf:
    """Give one side. ``project``: as the drafts have it."""
    if meant.what == "live":
        found = rehearsal.live(in_force, journey)
        if found is None:
            raise rehearsal.unknown(journey, in_force)
        return found
    if meant.what == "version":
        return rehearsal.of_version(in_force, journey, meant.version)
    if meant.what == "document":
        if meant.document is None:
            raise Invalid([Problem("`document` is missing", "send the journey as a plain document")])
        project = _with_document(project, journey, meant.document)
        return rehearsal.of_project(project, in_force, journey, "this document")
    if journey not in project.journeys:
        raise rehearsal.unknown(journey, in_force)
    return rehearsal.of_project(project, in_force, journey, "draft")


def _with_document(project: Project, journey: str, document: dict[str, Any]) -> Project:
    return replace(project, journeys={**project.journeys, journey: {**document, "journey": journey}})
