"""What will be sent, by day."""

from datetime import date
from typing import Annotated
from zoneinfo import available_timezones

from litestar import get
from litestar.params import Parameter

from tidings.api.here import Here
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.database.pool import one_moment
from tidings.journeys import clock
from tidings.project.upcoming import LONGEST, Upcoming, upcoming


@get("/upcoming", guards=[may("journeys:read")])
async def read_upcoming(
    here: Here, since: str = "", days: Annotated[int, Parameter(ge=1, le=LONGEST)] = 7, zone: str = "UTC"
) -> Upcoming:
    """Say what will be sent from a day on (``since``, ISO 8601, today if left out), with estimates. ``zone``: whose days, an IANA name."""
    if zone not in available_timezones():
        raise Refusal(400, f"`{zone}` is no time zone.", "Write for example Europe/Oslo.")
    first = clock.read_day(since) if since else date.min
    if first is None or first.year > 2090:
        raise Refusal(400, "`since` is a day.", "Write for example 2026-03-02.")
    async with one_moment(here.pool) as connection:
        return await upcoming(connection, here.workspace.id, zone, first, days)
