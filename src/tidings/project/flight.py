"""People in flight: how many are inside each journey, and what a plan means for them."""

from collections.abc import Mapping

from tidings import journeys
from tidings.database.pool import Pool
from tidings.journeys.step import every
from tidings.people import standing
from tidings.project.plan import Change, Plan
from tidings.project.read_yaml import read_yaml


async def inside(pool: Pool, workspace: int) -> dict[str, int]:
    """Count the people inside each journey."""
    async with pool.acquire() as connection:
        return await standing.inside(connection, workspace)


async def carried(pool: Pool, workspace: int, plan: Plan) -> dict[str, str]:
    """Say what becomes of the people inside the journeys that a plan changes or removes, by journey, in words."""
    touched = [change for change in plan.changes if change.kind == "journey" and change.what != "added"]
    if not touched:
        return {}
    said = {}
    async with pool.acquire() as connection:
        for change in touched:
            steps = await standing.counts(connection, workspace, change.name)
            if steps:
                said[change.name] = _becomes(change, {step: sum(found.values()) for step, found in steps.items()})
    return said


def _becomes(change: Change, steps: Mapping[str, int]) -> str:
    count = sum(steps.values())
    if change.what == "removed":
        return f"{_people(count)} inside: their runs end"
    data, _ = read_yaml(change.after)
    known = {step.id for step in every(journeys.read(data).steps)}
    gone = {step: people for step, people in steps.items() if step not in known}
    lost = sum(gone.values())
    said = [f"{_people(count - lost)} inside: they go on in the new version"] if count > lost else []
    if gone:
        names = ", ".join(f"`{step}`" for step in sorted(gone))
        said.append(f"{_people(lost)} at {names}, which is gone: they finish in the version they are on")
    return "; ".join(said)


def _people(count: int) -> str:
    return "1 person is" if count == 1 else f"{count} people are"
