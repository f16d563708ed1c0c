"""People in flight: how many are inside each journey, and what a plan means for them."""

from collections import Counter
from collections.abc import Mapping

from tidings import journeys
from tidings.database.pool import Pool
from tidings.journeys.step import every
from tidings.people.everyone import everyone
from tidings.project.plan import Change, Plan
from tidings.project.read_yaml import read_yaml

Standing = Mapping[str, Mapping[str, int]]
"""Journey -> step -> people who stand there."""


async def standing(pool: Pool, workspace: int) -> Standing:
    """Count the people inside each journey by step; it looks at everybody, a chunk at a time."""
    found: dict[str, Counter[str]] = {}
    async with pool.acquire() as connection:
        async for people in everyone(connection, workspace):
            for run in (run for person in people for run in person.runs if run.ended is None):
                found.setdefault(run.journey, Counter())[run.step] += 1
    return found


async def inside(pool: Pool, workspace: int) -> dict[str, int]:
    """Count the people inside each journey."""
    return {journey: sum(steps.values()) for journey, steps in (await standing(pool, workspace)).items()}


async def carried(pool: Pool, workspace: int, plan: Plan) -> dict[str, str]:
    """Say what becomes of the people inside the journeys that a plan changes or removes, by journey, in words."""
    touched = [change for change in plan.changes if change.kind == "journey" and change.what != "added"]
    if not touched:
        return {}
    where = await standing(pool, workspace)
    return {change.name: _becomes(change, where[change.name]) for change in touched if change.name in where}


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
