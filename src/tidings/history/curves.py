"""Numbers by day, for charts: how many runs came and ended, how many messages were sent and opened, goals reached. Days are of UTC."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from tidings.database.pool import Connection
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.times import DAY

_BUCKETS: Final = list(range(PARTITIONS))


class Point(NamedTuple):
    """``day``: days since 1970. ``step`` "" is the journey itself."""

    journey: str
    version: int
    step: str
    what: str
    day: int
    times: int


async def daily(
    connection: Connection, workspace: int, since: int, whats: Sequence[str], *, journey: str | None = None
) -> list[Point]:
    """Give what was counted from the day ``since`` on, of all journeys or of one."""
    rows = await connection.fetch(
        "SELECT journey, version, step, what, (hour / $4)::integer AS day, sum(count)::bigint FROM step_numbers "
        "WHERE bucket = ANY($1::smallint[]) AND workspace = $2 AND hour >= $3 AND what = ANY($5::text[]) "
        "AND ($6::text IS NULL OR journey = $6) GROUP BY journey, version, step, what, day",
        _BUCKETS,
        workspace,
        since * DAY,
        DAY,
        list(whats),
        journey,
    )
    return [Point(*row) for row in rows]


async def goals(
    connection: Connection, workspace: int, since: int, wanted: Collection[bytes], *, journey: str | None = None
) -> list[Point]:
    """Give how many runs reached one of these goals, in the same way; ``step`` is "" and ``what`` converted."""
    rows = await connection.fetch(
        "SELECT journey, version, '', 'converted', (hour / $4)::integer AS day, sum(count)::bigint FROM goal_numbers "
        "WHERE bucket = ANY($1::smallint[]) AND workspace = $2 AND hour >= $3 AND step = '' "
        "AND ($5::text IS NULL OR journey = $5) AND goal = ANY($6::bytea[]) GROUP BY journey, version, day",
        _BUCKETS,
        workspace,
        since * DAY,
        DAY,
        journey,
        list(wanted),
    )
    return [Point(*row) for row in rows]
