"""Runs that stand still at a fault: listed with what stopped them, counted by fault, and let try again."""

from typing import Annotated

from litestar import get, post
from litestar.params import Parameter
from msgspec import Struct

from tidings.api.here import Here
from tidings.api.permit import may
from tidings.people.standing import Which
from tidings.project import parked
from tidings.project.parked import FaultOf, ParkedRuns


class Faults(Struct):
    """What runs stand still at, the most frequent first."""

    faults: list[FaultOf]


class TryAgain(Struct):
    """Which runs of a journey try their step again: at this ``step``, stopped by this ``fault``, this ``run``; all where none is said."""

    journey: str
    step: str = ""
    fault: str = ""
    run: str = ""


class TryingAgain(Struct):
    """How many runs were asked to."""

    runs: int


@get("/parked", guards=[may("people:read")])
async def list_parked(
    here: Here,
    journey: str = "",
    step: str = "",
    fault: str = "",
    after: str = "",
    limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    oldest: bool = False,
    q: str = "",
) -> ParkedRuns:
    """List runs that a fault stopped, whoever came to the step last first (``oldest``: first): of a journey, at a step, by a fault; of
    people whom ``q`` may mean, as in the list of people, the first 1,000 of these."""
    async with here.pool.acquire() as connection:
        which = Which(journey, step, fault)
        return await parked.listed(connection, here.workspace.id, which, after=after, limit=limit, oldest=oldest, q=q)


@get("/parked/faults", guards=[may("people:read")])
async def list_faults(here: Here, journey: str = "", step: str = "") -> Faults:
    """Count runs that a fault stopped, by journey, step and fault."""
    async with here.pool.acquire() as connection:
        return Faults(await parked.faults(connection, here.workspace.id, Which(journey, step)))


@post("/parked/retry", guards=[may("journeys:publish")], status_code=202)
async def try_again(here: Here, data: TryAgain) -> TryingAgain:
    """Let runs that a fault stopped try their step again. The worker does it: they leave the list as they are worked off."""
    which = Which(data.journey, data.step, data.fault, parked.run_of(data.run))
    found = await parked.retry(here.pool, here.workspace.id, which, here.actor)
    return TryingAgain(sum(found.values()))
