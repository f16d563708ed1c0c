"""What is asked for somebody (to come into a journey, to get a message again) reaches only who exists."""

from tidings.kernel.records import Record
from tidings.processor.batch import Batch
from tidings.processor.trust import forbids


async def invite(batch: Batch, partition: int, record: Record) -> None:
    """Hand it to the person it names; nobody begins by it."""
    reason = forbids(record, None)
    if reason:
        batch.reject(record, reason)
        return
    person = await batch.whose(partition, record, create=False)
    if person is not None:
        batch.give(person, record)
