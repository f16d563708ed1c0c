"""Pause, resume, close and stop journeys: a change of status is a change of definitions, and comes into force like one."""

import time
from typing import Final

from tidings.database.pool import Pool
from tidings.delivery.listing import waiting_of
from tidings.delivery.policy import parse_pace
from tidings.journeys.pauses import HELD, Held, ended, paused
from tidings.kernel.actor import NOBODY, Actor
from tidings.kernel.problems import Invalid, Problem
from tidings.project import ramp, store
from tidings.project.apply import Applied, Overtaken, put
from tidings.project.begun import counted

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


async def resume(pool: Pool, workspace: int, journey: str, held: Held = "send", rate: str = "") -> Applied:
    """Let people in and send again. ``held``: what becomes of what became due in the pause; ``rate``: how fast that is sent, such as
    ``100 per minute``. Raises Invalid."""
    return await move(pool, workspace, journey, "resume", held, rate)


async def close(pool: Pool, workspace: int, journey: str) -> Applied:
    """Let nobody in; those inside finish, and what became due in a pause is sent."""
    return await move(pool, workspace, journey, "close")


async def stop(pool: Pool, workspace: int, journey: str) -> Applied:
    """End every run. A stopped journey stays stopped; apply it under another id to begin anew."""
    return await move(pool, workspace, journey, "stop")


async def move(
    pool: Pool,
    workspace: int,
    journey: str,
    command: str,
    held: str = "send",
    rate: str = "",
    actor: Actor = NOBODY,
) -> Applied:
    """Change the status of a journey; ``held`` and ``rate`` as for `resume`. Raises Invalid where there is no such journey, or it can't
    be moved so from where it is."""
    chosen, every = _choice(command, held, rate)
    for last in (*[False] * (_TRIES - 1), True):
        try:
            return await _move(pool, workspace, journey, command, chosen, every, actor)
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


async def held_back(pool: Pool, workspace: int, journey: str) -> int:
    """Count the messages that are held because a journey is paused."""
    async with pool.acquire() as connection:
        return await waiting_of(connection, workspace, journey)


def _choice(command: str, held: str, rate: str) -> tuple[Held, int]:
    """Read what the publisher chose; gives it with the microseconds between two messages (0: at once)."""
    problems = []
    if held not in HELD:
        problems.append(Problem(f"`{held}` is not known of what is held", f"choose one of {', '.join(HELD)}"))
    elif command != "resume" and (held != "send" or rate):
        problems.append(Problem(f"`{command}` does not ask what becomes of what is held", "`resume` does"))
    elif rate and held != "send":
        problems.append(Problem(f"nothing is sent at a rate where what is held is to {held}", "leave the rate out"))
    every = 0
    if rate and not problems:
        every = parse_pace(rate) or 0
        if not every:
            problems.append(Problem(f"{rate!r} is no rate", 'write for example "10 per second"'))
    if problems:
        raise Invalid(problems)
    return next(each for each in HELD if each == held), every


async def _move(
    pool: Pool, workspace: int, journey: str, command: str, held: Held, every: int, actor: Actor
) -> Applied:
    async with pool.acquire() as connection:
        before = await store.newest(connection, workspace)
        numbers = await counted(connection, workspace, journey) if command == "resume" else {}
    entry = before.journey(journey)
    known, status = MOVES[command]
    now = entry["status"]
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
    moment = time.time_ns() // 1000
    if command == "pause":
        entry = paused(entry, moment)
    else:
        waiting = await held_back(pool, workspace, journey) if every else 0
        entry = ended(entry, status, before.number + 1, moment, held, every, waiting)
        entry = ramp.resumed(entry, numbers, moment) if command == "resume" else entry
    body = {**before.told, "journeys": {**before.body["journeys"], journey: entry}}
    return await put(pool, before, body, urgent=command == "pause", actor=actor)


_PAST = {"pause": "paused", "resume": "resumed", "close": "closed", "stop": "stopped"}
