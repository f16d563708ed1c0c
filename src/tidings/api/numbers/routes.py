"""Who stands behind each number of a journey: entered, passed, left and why, sent, opened, and so on; and why messages were not sent."""

from typing import Annotated

from litestar import get
from litestar.params import Parameter
from msgspec import Struct

from tidings.api.here import Here, part
from tidings.api.moments import moment
from tidings.api.permit import may
from tidings.history.behind import Reason
from tidings.project.behind import PeopleBehind, people, reasons


class NotSent(Struct):
    """``reasons``: the most frequent first, 50 at most."""

    reasons: list[Reason]


@get("/journeys/{journey:str}/people", guards=[may("people:read")])
async def people_behind(
    journey: str,
    here: Here,
    what: str,
    step: str = "",
    version: int = 0,
    since: str = "",
    until: str = "",
    reason: str = "",
    after: str = "",
    limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    q: str = "",
    sort: str = "",
) -> PeopleBehind:
    """List those who were counted, the newest first. ``what``: a word of the numbers (entered, passed, left, sent, opened, …), or `inside`
    for who is there now. ``step`` left out: of the journey itself, at whatever step of it. ``since``, ``until``: hours that begin between
    these times. ``q``: only people it may mean, as in the list of people; of these the first 1,000. ``sort``: `-since`, `since` or
    `name`, where they are 1,000 at most."""
    async with here.pool.acquire() as connection:
        return await people(
            connection,
            here.workspace.id,
            part(journey),
            what,
            step,
            version=version or None,
            since=moment(since, "since"),
            until=moment(until, "until"),
            reason=reason,
            after=after,
            limit=limit,
            q=q,
            sort=sort,
        )


@get("/journeys/{journey:str}/not-sent", guards=[may("people:read")])
async def not_sent(
    journey: str, here: Here, step: str = "", version: int = 0, since: str = "", until: str = ""
) -> NotSent:
    """Say why messages were not sent, and how many for each reason: `dropped` (held back by policy, or taken back before they went out) or
    `failed`. ``step`` left out: of all steps. ``since``, ``until``: hours that begin between these times."""
    async with here.pool.acquire() as connection:
        found = await reasons(
            connection,
            here.workspace.id,
            part(journey),
            step,
            version=version or None,
            since=moment(since, "since"),
            until=moment(until, "until"),
        )
    return NotSent(found)
