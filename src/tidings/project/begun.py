"""How a ramp begins: its stages, and what was counted of the journey before it."""

import time
from collections.abc import Mapping
from typing import Any, Final

from tidings.database.pool import Connection
from tidings.history import numbers
from tidings.journeys import ramp as ramps
from tidings.journeys.ramp import Ramp, Stage
from tidings.kernel.problems import Invalid, Problem

COUNTED: Final = ("sent", "bounced", "complained", "failed")
"""Outcomes of messages that a ramp watches."""


def check(text: str) -> tuple[Stage, ...]:
    """Read the stages of a ramp. Raises Invalid."""
    try:
        return ramps.parse(text)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        raise Invalid([Problem(message, hint)]) from error


async def begun(connection: Connection, workspace: int, journey: str, text: str) -> dict[str, Any]:
    """Give what an entry says whose journey begins a ramp now. Raises Invalid."""
    stages = check(text)
    now = time.time_ns() // 1000
    return ramps.write(Ramp(stages, now, 0, now, await counted(connection, workspace, journey)))


async def begun_later(
    connection: Connection,
    workspace: int,
    journey: str,
    former: Mapping[str, Any],
    entry: Mapping[str, Any],
    waited: int,
) -> Mapping[str, Any]:
    """Give an entry that was asked for earlier: where it begins a ramp or takes one on, that happens now. ``former``: the entry in force;
    ``waited``: microseconds since it was asked for."""
    was, ramp = ramps.read(former), ramps.read(entry)
    if ramp is None or ramp == was:
        return entry
    anew = was is None or was.began != ramp.began
    made = ramp._replace(since=ramp.since + waited, began=ramp.began + waited * anew)
    if anew or (was is not None and was.stopped):
        made = made._replace(before=await counted(connection, workspace, journey))
    return {**entry, "ramp": ramps.write(made)}


async def counted(connection: Connection, workspace: int, journey: str) -> dict[str, int]:
    """Add up what a ramp watches."""
    found: dict[str, int] = {}
    for number in await numbers.read(connection, workspace, journey):
        if number.what in COUNTED:
            found[number.what] = found.get(number.what, 0) + number.count
    return found
