"""Shadow: a journey that does everything but hand its messages over. A flag beside its status; decision 0025."""

from tidings.database.pool import Pool
from tidings.kernel.actor import NOBODY, Actor
from tidings.project import store
from tidings.project.apply import Applied, put


async def shadow(pool: Pool, workspace: int, journey: str, on: bool, actor: Actor = NOBODY) -> tuple[Applied, str]:
    """Put a journey in force into shadow, or let it send from now on; gives its status, which stays, too. Raises Invalid where there is
    none, Overtaken where another change came in between."""
    async with pool.acquire() as connection:
        before = await store.newest(connection, workspace)
    now = before.journey(journey)
    if bool(now.get("shadow")) == on:
        return Applied(before.number, changed=False), now["status"]
    entry = {key: value for key, value in now.items() if key != "shadow"} | ({"shadow": True} if on else {})
    body = {**before.told, "journeys": {**before.body["journeys"], journey: entry}}
    return await put(pool, before, body, actor=actor), now["status"]
