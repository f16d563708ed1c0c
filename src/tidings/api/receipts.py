"""What strangers say became of a delivery: kept only where there is such a delivery, and only what its channel can report."""

from collections.abc import Sequence

from msgspec.structs import replace

from tidings.database.pool import Pool
from tidings.delivery.store import resolve
from tidings.ingest.metrics import BY_CHANNEL
from tidings.kernel.records import Receipt, Record


async def believable(pool: Pool, records: Sequence[Record]) -> list[Record]:
    """Give the receipts that may be kept, each with its workspace. The delivery's id is the secret; so nothing else is asked for."""
    named = {record.body.delivery for record in records if isinstance(record.body, Receipt)}
    async with pool.acquire() as connection:
        owners = await resolve(connection, named)
    kept = []
    for record in records:
        body = record.body
        owner = owners.get(body.delivery) if isinstance(body, Receipt) else None
        if owner is None or not isinstance(body, Receipt):
            continue
        if body.metric == "unsubscribed" or body.metric in BY_CHANNEL.get(owner.channel, ()):
            kept.append(replace(record, workspace=owner.workspace))
    return kept
