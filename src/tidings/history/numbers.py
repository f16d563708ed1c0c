"""Numbers per step: how many runs came, passed and left, how many messages were sent, opened and clicked, by version and by hour.

They are counted in the commit that makes them true, so they are exact: what is rolled back is not counted, what is worked out again is
counted once. Each worker adds in rows of a partition it holds (the *bucket*), so two never wait for each other; readers add buckets up.

What is older than `ROLLED` is added up by the day.

``what`` is a move of a run (``kernel.effects.Moved``) or an outcome of a delivery (sent, delivered, opened, …), each delivery counted once.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from tidings.database.pool import Connection
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.times import DAY, HOUR

ROLLED: Final = 90 * DAY
"""After which hours are added up into days (UTC)."""
_BUCKETS: Final = list(range(PARTITIONS))
Key: TypeAlias = tuple[int, str, int, str, str, int]
"""(workspace, journey, version, step, what, hour); ``hour``: its beginning in microseconds."""


class Number(Struct, frozen=True):
    """``step`` "" is the journey itself (entered, refused). ``hour``: its beginning, or that of its day where hours were rolled up; 0 where
    all were added up."""

    version: int
    step: str
    what: str
    hour: int
    count: int


class Numbers:
    """What one commit adds."""

    def __init__(self) -> None:
        self._counts: Counter[Key] = Counter()

    def add(self, workspace: int, journey: str, version: int, step: str, what: str, at: int, by: int = 1) -> None:
        """Count one; ``by`` -1 takes it back."""
        self._counts[workspace, journey, version, step, what, at - at % HOUR] += by

    async def write(self, connection: Connection, bucket: int) -> None:
        """Add to what stands there, inside the transaction of the commit. ``bucket``: a partition only this worker holds."""
        if not self._counts:
            return
        keys = sorted(self._counts)
        await connection.execute(
            "INSERT INTO step_numbers AS n (bucket, workspace, journey, version, step, what, hour, count) "
            "SELECT $1, * FROM unnest($2::smallint[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::bigint[], $8::bigint[]) "
            "ON CONFLICT (bucket, workspace, journey, version, step, what, hour) DO UPDATE SET count = n.count + excluded.count",
            bucket,
            *map(list, zip(*keys, strict=True)),
            [self._counts[key] for key in keys],
        )


async def read(
    connection: Connection,
    workspace: int,
    journey: str,
    *,
    version: int | None = None,
    since: int | None = None,
    until: int | None = None,
    hourly: bool = False,
) -> list[Number]:
    """Add up a journey's numbers, by version, step and what; ``hourly``: also by hour. ``since`` and ``until`` are instants; whole hours
    (days, where hours were rolled up) that begin within them count."""
    hour = "hour" if hourly else "0::bigint"
    rows = await connection.fetch(
        f"SELECT version, step, what, {hour} AS h, sum(count)::bigint FROM step_numbers WHERE bucket = ANY($1::smallint[]) "
        "AND workspace = $2 AND journey = $3 AND ($4::integer IS NULL OR version = $4) AND ($5::bigint IS NULL OR hour >= $5) "
        "AND ($6::bigint IS NULL OR hour < $6) GROUP BY version, step, what, h ORDER BY version, step, what, h",
        _BUCKETS,
        workspace,
        journey,
        version,
        since,
        until,
    )
    return [Number(*row) for row in rows]


async def roll(connection: Connection, buckets: Iterable[int], now: int) -> int:
    """Add hours that are older than `ROLLED` up into days, in buckets that only this worker holds; gives how many rows went."""
    gone = 0
    for bucket in buckets:
        gone += int(await connection.fetchval(_ROLL, bucket, rolled(now), DAY))
    return gone


def span(hour: int, now: int | None = None) -> int:
    """Give how long the time lasts that is counted together from ``hour`` on: an hour, or a day where hours are or will soon be rolled
    up."""
    return DAY if hour < rolled(time.time_ns() // 1000 if now is None else now) else HOUR


def rolled(now: int) -> int:
    """Give the moment before which hours are, or will soon be, added up into days."""
    return (now - ROLLED) // DAY * DAY


async def totals(connection: Connection, workspace: int, whats: Iterable[str]) -> Mapping[str, dict[str, int]]:
    """Add up all versions and hours of every journey, for a list of them: journey -> what -> count."""
    rows = await connection.fetch(
        "SELECT journey, what, sum(count)::bigint FROM step_numbers WHERE bucket = ANY($1::smallint[]) AND workspace = $2 "
        "AND what = ANY($3::text[]) GROUP BY journey, what",
        _BUCKETS,
        workspace,
        list(whats),
    )
    found: dict[str, dict[str, int]] = {}
    for journey, what, count in rows:
        found.setdefault(journey, {})[what] = count
    return found


_ROLL: Final = """
WITH gone AS (
    DELETE FROM step_numbers WHERE bucket = $1 AND hour < $2 AND hour % $3 <> 0
    RETURNING workspace, journey, version, step, what, hour, count
), added AS (
    INSERT INTO step_numbers AS n (bucket, workspace, journey, version, step, what, hour, count)
    SELECT $1, workspace, journey, version, step, what, hour - hour % $3, sum(count) FROM gone GROUP BY 2, 3, 4, 5, 6, 7
    ON CONFLICT (bucket, workspace, journey, version, step, what, hour) DO UPDATE SET count = n.count + excluded.count
)
SELECT count(*) FROM gone
"""
