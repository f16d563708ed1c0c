"""The switch that stops all sending of a workspace, and resumes it."""

from typing import Literal

from litestar import get, post
from msgspec import Struct

from tidings.api.here import Here
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.delivery import stopping
from tidings.delivery.clock import wall_clock
from tidings.kernel.times import show_iso
from tidings.teams import audit


class Sending(Struct):
    """Whether messages go out. ``held``: how many are due and wait (10,001: more than 10,000)."""

    stopped: bool
    at: str | None = None
    by: str = ""
    reason: str = ""
    held: int = 0


class StopSending(Struct):
    """``reason``: why, for everybody who sees it; whoever is in a hurry leaves it out."""

    reason: str = ""


class ResumeSending(Struct):
    """``held``: what becomes of messages that waited."""

    held: Literal["send", "drop"]


@get("/sending", guards=[may("deliveries:read")])
async def read_sending(here: Here) -> Sending:
    """Say whether all sending is stopped, by whom and why, and how much waits."""
    return await _standing(here)


@post("/sending/stop", guards=[may("sending:stop")], status_code=200)
async def stop_sending(data: StopSending, here: Here) -> Sending:
    """Stop all sending at once: what is claimed is put back, what becomes due waits. What a provider has can't be called back."""
    reason = data.reason.strip()[:500]
    async with here.pool.acquire() as connection:
        async with connection.transaction():
            if not await stopping.stop(connection, here.workspace.id, wall_clock(), here.actor.name, reason):
                raise Refusal(409, "All sending is stopped already.", code="stopped")
            await audit.note(
                connection, here.workspace.id, here.actor, "stopped", "sending", "all", after={"reason": reason}
            )
        await stopping.tell(connection)
    return await _standing(here)


@post("/sending/resume", guards=[may("sending:stop")], status_code=200)
async def resume_sending(data: ResumeSending, here: Here) -> Sending:
    """Resume sending; what waited is sent, or dropped as not sent."""
    async with here.pool.acquire() as connection:
        async with connection.transaction():
            if not await stopping.resume(connection, here.workspace.id, wall_clock(), here.actor.name, data.held):
                raise Refusal(409, "Sending was not stopped.", code="running")
            await audit.note(
                connection, here.workspace.id, here.actor, "resumed", "sending", "all", after={"held": data.held}
            )
        await stopping.tell(connection)
    return Sending(stopped=False)


async def _standing(here: Here) -> Sending:
    async with here.pool.acquire() as connection:
        found = await stopping.standing(connection, here.workspace.id)
        if found is None:
            return Sending(stopped=False)
        waits = await stopping.held(connection, here.workspace.id, wall_clock())
    return Sending(True, show_iso(found.at), found.by, found.reason, waits)
