"""Retention: what happened longer ago than a workspace keeps is forgotten, in small transactions, by whoever holds the partitions."""

from collections.abc import Collection
from typing import Final

from tidings.database.pool import Connection
from tidings.delivery import copies
from tidings.history import SLICES, conversions, forget_before
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.times import DAY
from tidings.processor.force import Force

PER_SLICE: Final = PARTITIONS // SLICES
CHUNK: Final = 5000
LINGER: Final = 7 * DAY
"""How much longer than history it is kept which runs reached a goal: no recount may still find a run that nothing says was counted."""


async def forget(connection: Connection, held: Collection[int], force: Force, now: int) -> int:
    """Forget one chunk of each slice whose first partition is held; gives how many rows went. More may be left where it is not 0.

    Of conversions nothing is forgotten while older history is still there."""
    gone = 0
    for partition in sorted(held):
        if partition % PER_SLICE:
            continue
        for workspace, kept in force.retentions(partition).items():
            rows = await forget_before(connection, partition // PER_SLICE, workspace, now - kept, chunk=CHUNK)
            if rows < CHUNK:
                own = range(partition, partition + PER_SLICE)
                rows += await conversions.forget(connection, own, workspace, now - kept - LINGER, chunk=CHUNK)
                rows += await copies.forget_before(connection, own, workspace, now - kept, chunk=CHUNK)
            gone += rows
    return gone
