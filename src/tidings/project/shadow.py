"""Shadow: a journey that does everything but hand its messages over. A flag beside its status; decision 0025."""

from tidings.database.pool import Pool
from tidings.kernel.actor import NOBODY, Actor
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.project import store
from tidings.project.apply import Applied, put


async def shadow(pool: Pool, workspace: int, journey: str, on: bool, actor: Actor = NOBODY) -> Applied:
    """Put a journey in force into shadow, or let it send from now on. Raises Invalid where there is none, Overtaken where another
    change came in between."""
    async with pool.acquire() as connection:
        before = await store.newest(connection, workspace)
    journeys = before.body.get("journeys", {})
    if journey not in journeys:
        hint = did_you_mean(journey, list(journeys)) or f"there are: {', '.join(sorted(journeys)) or 'none'}"
        raise Invalid([Problem(f"there is no journey `{journey}`", hint)])
    if bool(journeys[journey].get("shadow")) == on:
        return Applied(before.number, changed=False)
    body = {key: value for key, value in before.body.items() if key != "since"}
    entry = {key: value for key, value in journeys[journey].items() if key != "shadow"}
    body["journeys"] = {**journeys, journey: entry | ({"shadow": True} if on else {})}
    return await put(pool, before, body, actor=actor)
