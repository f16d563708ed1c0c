"""Pause, resume, close and stop journeys: a change of status is a change of definitions, and comes into force like one."""

from typing import Final

from tidings.database.pool import Pool
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.project import store
from tidings.project.apply import Applied, Overtaken, put

MOVES: Final = {
    "pause": (("live",), "paused"),
    "resume": (("paused", "closed"), "live"),
    "close": (("live", "paused"), "closed"),
    "stop": (("live", "paused", "closed"), "stopped"),
}
"""Each command with the statuses it starts from and the one it leads to."""
_TRIES = 5


async def pause(pool: Pool, workspace: int, journey: str) -> Applied:
    """Let nobody in and send nothing, while time goes on."""
    return await move(pool, workspace, journey, "pause")


async def resume(pool: Pool, workspace: int, journey: str) -> Applied:
    """Let people in and send again."""
    return await move(pool, workspace, journey, "resume")


async def close(pool: Pool, workspace: int, journey: str) -> Applied:
    """Let nobody in; those inside finish."""
    return await move(pool, workspace, journey, "close")


async def stop(pool: Pool, workspace: int, journey: str) -> Applied:
    """End every run. A stopped journey stays stopped; apply it under another id to begin anew."""
    return await move(pool, workspace, journey, "stop")


async def move(pool: Pool, workspace: int, journey: str, command: str) -> Applied:
    """Change the status of a journey; raises Invalid where there is none, or where it can't be moved so from where it is."""
    for last in (*[False] * (_TRIES - 1), True):
        try:
            return await _move(pool, workspace, journey, command)
        except Overtaken:
            if last:
                raise
    raise AssertionError


async def statuses(pool: Pool, workspace: int) -> dict[str, tuple[int, str, str]]:
    """Give (version, status, name) of every journey."""
    async with pool.acquire() as connection:
        in_force = await store.newest(connection, workspace)
    return {
        id: (entry["version"], entry["status"], entry["document"].get("name", id))
        for id, entry in sorted(in_force.body.get("journeys", {}).items())
    }


async def _move(pool: Pool, workspace: int, journey: str, command: str) -> Applied:
    async with pool.acquire() as connection:
        before = await store.newest(connection, workspace)
    journeys = before.body.get("journeys", {})
    if journey not in journeys:
        hint = did_you_mean(journey, list(journeys)) or f"there are: {', '.join(sorted(journeys)) or 'none'}"
        raise Invalid([Problem(f"there is no journey `{journey}`", hint)])
    known, status = MOVES[command]
    now = journeys[journey]["status"]
    if now == status:
        return Applied(before.number, changed=False)
    if now not in known:
        raise Invalid(
            [
                Problem(
                    f"`{journey}` is {now}, so it can't be {_PAST[command]}", "apply it under another id to begin anew"
                )
            ]
        )
    body = {key: value for key, value in before.body.items() if key != "since"}
    body["journeys"] = {**journeys, journey: {**journeys[journey], "status": status}}
    return await put(pool, before, body)


_PAST = {"pause": "paused", "resume": "resumed", "close": "closed", "stop": "stopped"}
