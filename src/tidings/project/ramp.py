"""Ramps of journeys in force: begun with a publish, taken on by hand, and stopped by what becomes of the messages.

A ramp that is stopped pauses its journey: nobody comes in and nothing is sent until somebody has looked and resumes it.
"""

import time
from collections.abc import Mapping
from typing import Any, Final

import structlog

from tidings.database.access import list_workspaces
from tidings.database.looking import apart
from tidings.database.pool import Pool
from tidings.journeys import ramp as ramps
from tidings.journeys.pauses import ended, paused
from tidings.journeys.ramp import Ramp, Stage
from tidings.kernel.actor import NOBODY, Actor
from tidings.kernel.problems import Invalid, Problem
from tidings.kernel.share import parse_share, show_share
from tidings.project import store
from tidings.project.apply import Applied, Overtaken, put
from tidings.project.begun import COUNTED, counted

logger = structlog.get_logger(__name__)
WATCHED: Final[Mapping[str, tuple[float, str]]] = {
    "bounced": (0.05, "came back"),
    "complained": (0.003, "brought a complaint"),
    "failed": (0.05, "could not be made or handed over"),
}
"""What stops a ramp: the part of the messages tried since it began that may, and what that is in words."""
LEAST: Final = 3
"""Fewer than so many are chance."""
_WATCHER: Final = Actor("the ramp")
_TRIES: Final = 5


async def go_on(pool: Pool, workspace: int, journey: str, to: str = "", actor: Actor = NOBODY) -> Applied:
    """Take a ramp on: to its next stage, or to a share that then stays until somebody goes on (``100%``: everybody). Raises Invalid."""
    try:
        wanted = parse_share(to) if to else 0.0
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        raise Invalid([Problem(message, hint)]) from error

    def change(entry: dict[str, Any], now: int, number: int) -> dict[str, Any]:
        ramp = _ramp(entry, journey)
        if ramp.stopped:
            hint = f"look why, then `tidings journey ramp {journey} --resume`"
            raise Invalid([Problem(f"the ramp of `{journey}` was stopped: {ramp.why}", hint)])
        stage, _ = ramps.now_at(ramp, now)
        if not to:
            if stage + 1 == len(ramp.stages):
                raise Invalid([Problem(f"`{journey}` lets everybody in already", "there is nothing to go on to")])
            return entry | {"ramp": ramps.write(ramp._replace(stage=stage + 1, since=now))}
        later = tuple(each for each in ramp.stages if each.share > wanted) if wanted < 1 else ()
        made = ramp._replace(stages=(Stage(wanted, 0), *later), stage=0, since=now)
        return entry | {"ramp": ramps.write(made)}

    return await _change(pool, workspace, journey, change, actor)


async def resume(pool: Pool, workspace: int, journey: str, actor: Actor = NOBODY) -> Applied:
    """Go on where a ramp was stopped: its journey lets people in and sends again, and what went wrong before is not counted any more."""
    async with pool.acquire() as connection:
        before = await counted(connection, workspace, journey)

    def change(entry: dict[str, Any], now: int, number: int) -> dict[str, Any]:
        ramp = _ramp(entry, journey)
        if not ramp.stopped:
            raise Invalid([Problem(f"the ramp of `{journey}` was not stopped", "`--next` takes it on")])
        going = ended(entry, "live", number, now, "send", 0) if entry["status"] == "paused" else entry
        return resumed(going, before, now)

    return await _change(pool, workspace, journey, change, actor)


def resumed(entry: dict[str, Any], before: Mapping[str, int], now: int) -> dict[str, Any]:
    """Give a journey's entry with its ramp going on, if that was stopped. ``before``: the journey's numbers now, which count no more."""
    ramp = ramps.read(entry)
    if ramp is None or not ramp.stopped:
        return entry
    stage, since = ramps.now_at(ramp, now)
    made = ramp._replace(stage=stage, since=now - (ramp.stopped - since), before=before, stopped=0, why="")
    return entry | {"ramp": ramps.write(made)}


async def watch(pool: Pool) -> list[str]:
    """Look at every ramp once, and stop those of whose messages too many went wrong; gives their journeys."""
    stopped = []
    async with pool.acquire() as connection:
        workspaces = await list_workspaces(connection)
    for workspace in workspaces:
        with apart("the ramps of a workspace could not be looked at", workspace=workspace.name):
            for id, why in (await _failing(pool, workspace.id)).items():
                with apart("a ramp could not be stopped", workspace=workspace.name, journey=id, why=why):
                    await _stop(pool, workspace.id, id, why)
                    logger.warning("a ramp is stopped", workspace=workspace.name, journey=id, why=why)
                    stopped.append(id)
    return stopped


async def _failing(pool: Pool, workspace: int) -> dict[str, str]:
    """The journeys whose ramp is to be stopped, with why."""
    found = {}
    async with pool.acquire() as connection:
        in_force = await store.newest(connection, workspace)
        for id, entry in in_force.body.get("journeys", {}).items():
            ramp = ramps.read(entry)
            if ramp is None or ramp.stopped or entry["status"] != "live":
                continue
            if why := verdict(ramp.before, await counted(connection, workspace, id)):
                found[id] = why
    return found


async def _stop(pool: Pool, workspace: int, journey: str, why: str) -> None:
    def change(entry: dict[str, Any], now: int, number: int) -> dict[str, Any]:
        return _stopped(entry, now, why)

    await _change(pool, workspace, journey, change, _WATCHER, urgent=True)


def verdict(before: Mapping[str, int], now: Mapping[str, int]) -> str:
    """Say why a ramp is to be stopped, or "". Numbers by what they count: as it began, and now."""
    since = {what: now.get(what, 0) - before.get(what, 0) for what in COUNTED}
    tried = max(since["sent"], since["bounced"]) + since["failed"]
    for what, (part, words) in WATCHED.items():
        count = since[what]
        if count >= LEAST and count > part * tried:
            return f"{count} of {tried} messages {words}, more than {show_share(part)}"
    return ""


def says(entry: Mapping[str, Any], now: int) -> dict[str, Any] | None:
    """Give a ramp as plain data: ``stages``, the ``share`` let in now, when it goes ``on``, and why it was ``stopped``."""
    ramp = ramps.read(entry)
    if ramp is None:
        return None
    return {
        "stages": ramps.show(ramp.stages),
        "share": show_share(ramps.share(ramp, now)),
        "on": ramps.goes_on(ramp, now),
        "stopped": ramp.why,
    }


def _stopped(entry: dict[str, Any], now: int, why: str) -> dict[str, Any]:
    ramp = ramps.read(entry)
    if ramp is None or ramp.stopped or entry["status"] != "live":
        return entry
    return paused(entry, now) | {"ramp": ramps.write(ramp._replace(stopped=now, why=why))}


def _ramp(entry: Mapping[str, Any], journey: str) -> Ramp:
    found = ramps.read(entry)
    if found is None:
        raise Invalid([Problem(f"`{journey}` has no ramp", f'publish it with `--ramp "{ramps.EXAMPLE}"`')])
    return found


async def _change(pool: Pool, workspace: int, journey: str, change: Any, actor: Actor, urgent: bool = False) -> Applied:
    for last in (*[False] * (_TRIES - 1), True):
        async with pool.acquire() as connection:
            before = await store.newest(connection, workspace)
        entry = change(dict(before.journey(journey)), time.time_ns() // 1000, before.number + 1)
        body = {**before.told, "journeys": {**before.body["journeys"], journey: entry}}
        try:
            return await put(pool, before, body, actor=actor, urgent=urgent)
        except Overtaken:
            if last:
                raise
    raise AssertionError
