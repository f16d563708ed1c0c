"""Retention: what happened longer ago than a workspace keeps is forgotten, in small transactions, by whoever holds the partitions."""

from collections.abc import Collection
from typing import Final

from tidings.database.pool import Connection
from tidings.history import SLICES, forget_before
from tidings.kernel.ids import PARTITIONS
from tidings.processor.force import Force

PER_SLICE: Final = PARTITIONS // SLICES
CHUNK: Final = 5000


async def forget(connection: Connection, held: Collection[int], force: Force, now: int) -> int:
    """Forget one chunk of each slice whose first partition is held; gives how many rows went. More may be left where it is not 0."""
    gone = 0
    for partition in sorted(held):
        if partition % PER_SLICE:
            continue
        for workspace, kept in force.retentions(partition).items():
            gone += await forget_before(connection, partition // PER_SLICE, workspace, now - kept, chunk=CHUNK)
    return gone
