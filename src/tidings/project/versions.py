"""The versions of a journey: listed, compared in words, and brought back as the newest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidings import journeys
from tidings.database.pool import Pool, one_moment
from tidings.journeys.difference import Difference, difference
from tidings.kernel.actor import NOBODY, Actor
from tidings.kernel.problems import Invalid, Problem
from tidings.people import standing
from tidings.project import store
from tidings.project.apply import Applied, Overtaken, put
from tidings.project.body import NO_CHOICES, Choices, documents_of, make_body
from tidings.project.check import check
from tidings.project.folder import Project
from tidings.project.store import NOBODY_IN, InForce


@dataclass(frozen=True)
class Published:
    """One version: the definitions it came with, when (microseconds, 0: not known), who published and approved it and what for, how
    many runs are on it now, and what it is."""

    version: int
    number: int
    at: int
    author: str
    approver: str
    note: str
    inside: int
    is_newest: bool
    document: Mapping[str, Any]


async def versions(pool: Pool, workspace: int, journey: str) -> list[Published]:
    """List a journey's versions, the newest first. Raises Invalid where there is no such journey."""
    async with one_moment(pool) as connection:
        entry = (await store.newest(connection, workspace)).journey(journey)
        published = {int(version): number for version, number in entry.get("published", {}).items()}
        heads = await store.heads(connection, workspace, list(published.values()))
        counts = await standing.counts(connection, workspace, journey)
    found = []
    for version in sorted(map(int, entry["history"]), reverse=True):
        number = published.get(version, 0)
        head = heads.get(number, InForce(workspace))
        inside = sum(each.get(version, 0) for each in counts.values())
        told = version, number, head.made_at, head.author, head.approver, head.note, inside, version == entry["version"]
        found.append(Published(*told, entry["history"][str(version)]))
    return found


async def compare(pool: Pool, workspace: int, journey: str, old: int, new: int) -> list[Difference]:
    """Say in words what changed from one version to another. Raises Invalid where there is no such journey or version."""
    async with pool.acquire() as connection:
        entry = (await store.newest(connection, workspace)).journey(journey)
    return difference(journeys.read(_document(entry, journey, old)), journeys.read(_document(entry, journey, new)))


def rolled_back(in_force: InForce, journey: str, version: int, choices: Choices = NO_CHOICES) -> dict[str, Any]:
    """Give the body in which an older version's document is the newest version. Raises Invalid where it can't be in force any more,
    for example because a template it sends is gone."""
    document = _document(in_force.journey(journey), journey, version)
    documents: dict[str, Any] = documents_of(in_force.body)
    documents["journeys"][journey] = document
    project = Project(**documents)
    faults = [problem for problem in check(project) if not problem.warning]
    if faults:
        raise Invalid(faults)
    return make_body(project, in_force.body, choices)


async def roll_back(
    pool: Pool,
    workspace: int,
    journey: str,
    version: int,
    *,
    over: int,
    actor: Actor = NOBODY,
    choices: Choices = NO_CHOICES,
    take_in: Mapping[str, str] = NOBODY_IN,
) -> Applied:
    """Publish an older version anew. ``over``: the definitions its plan was made against; ``take_in``: as for `put`. Raises
    Invalid, and Overtaken."""
    async with pool.acquire() as connection:
        before = await store.newest(connection, workspace)
    if before.number != over:
        raise Overtaken(over, before.number)
    note = f"{journey} back to version {version}"
    body = rolled_back(before, journey, version, choices)
    return await put(pool, before, body, actor=actor, note=note, take_in=take_in)


def _document(entry: Mapping[str, Any], journey: str, version: int) -> Mapping[str, Any]:
    found: Mapping[str, Any] | None = entry["history"].get(str(version))
    if found is None:
        known = ", ".join(sorted(entry["history"], key=int))
        raise Invalid([Problem(f"`{journey}` has no version {version}", f"it has: {known}")])
    return found
