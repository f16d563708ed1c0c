"""Let runs that a fault stopped try their step again: one record for each person, through the log."""

import time

from tidings import log
from tidings.database.pool import Pool
from tidings.kernel.ids import fresh
from tidings.kernel.ids import show as show_id
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.records import SYSTEM, Record, Retry, encode
from tidings.people import standing
from tidings.people.document import decode
from tidings.project import store


async def retry(pool: Pool, workspace: int, journey: str) -> dict[str, int]:
    """Ask for it, and give how many runs by the fault that stopped them. Raises Invalid for an unknown journey."""
    async with pool.acquire() as connection:
        known = (await store.newest(connection, workspace)).body.get("journeys", {})
    if journey not in known:
        raise Invalid([Problem(f"there is no journey `{journey}`", did_you_mean(journey, list(known)))])
    faults: dict[str, int] = {}
    after = (-1, b"")
    while True:
        async with pool.acquire() as connection:
            page = await standing.documents(connection, workspace, journey, after)
            rows = []
            for partition, person, data in page:
                stopped = [run for run in decode(data).runs if run.journey == journey and run.parked]
                for run in stopped:
                    faults[run.parked] = faults.get(run.parked, 0) + 1
                if stopped:
                    rows.append((partition, _record(workspace, person, journey)))
            await log.append(connection, rows)
        if not page:
            return faults
        after = page[-1][:2]


def _record(workspace: int, person: bytes, journey: str) -> bytes:
    now = time.time_ns() // 1000
    who = (("cio_id", show_id(person)),)
    return encode(Record(fresh(), workspace, 0, SYSTEM, who, now, now, Retry(journey)))
