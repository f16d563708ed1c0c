"""Definitions come into force, and people who were built for them."""

import time
from collections.abc import Sequence
from typing import Final

import structlog

from tidings.database.pool import Connection
from tidings.engine import Facts
from tidings.kernel.ids import fresh, home_of
from tidings.kernel.records import SYSTEM, Built, Control, Record, encode
from tidings.log.postgres import append
from tidings.processor.batch import Batch
from tidings.processor.force import Unreadable

logger = structlog.get_logger(__name__)


async def control(batch: Batch, partition: int, record: Record) -> None:
    """A snapshot is in force in this partition from here on."""
    assert isinstance(record.body, Control)
    workspace, number = record.workspace, record.body.number
    if number <= batch.force.number(partition, workspace):
        return
    before = batch.force.of(partition, workspace)
    try:
        made = await batch.force.compiled(batch.connection, workspace, number)
    except Unreadable as fault:
        logger.error(
            "definitions are passed over; what was in force before stays so", why=str(fault), partition=partition
        )
        return
    batch.out.numbers.append((partition, workspace, number, batch.now(partition)))
    if made.group_attributes != before.group_attributes:
        batch.out.retold.append((partition, workspace))


async def built(batch: Batch, partition: int, record: Record) -> None:
    """Counters read from history, for people who have not been touched since the definitions came into force."""
    body = record.body
    assert isinstance(body, Built)
    counted = None if body.counted is None else frozenset(body.counted)
    for id, counters in body.people:
        person = batch.crowd.people.get(id)
        if person is None or person.workspace != record.workspace or home_of(id) != partition:
            continue
        if person.built >= body.number or person.built < 0:
            continue
        definitions = batch.force.of(partition, person.workspace)
        if definitions.number != body.number:
            continue  # others have come into force meanwhile; the next build covers these too
        found = dict(counters)
        times = {
            key: found.get(counter.key, [])
            for counter, key in definitions.newer(person.built).counters
            if counted is None or counter.key in counted
        }
        batch.step(id, None, batch.now(partition), Facts(times, {}))
    if body.done and batch.force.number(partition, record.workspace) == body.number:
        batch.out.built.append((partition, record.workspace, body.number))


async def repeat(connection: Connection, partitions: Sequence[int]) -> int:
    """Say once more what is newest, in partitions where it is not in force: another program passed it over that could not read it. Gives
    how often; where it is only still to be read, the second time changes nothing."""
    now = time.time_ns() // 1000
    rows = await connection.fetch(_BEHIND, list(partitions), now - _MINUTE)
    controls = [
        (
            partition,
            encode(Record(fresh(), workspace, 0, SYSTEM, (), now, now, Control(number))),
        )
        for partition, workspace, number in rows
    ]
    return await append(connection, controls)


_MINUTE: Final = 60_000_000
_BEHIND: Final = """
SELECT p, d.workspace, d.number
FROM (SELECT DISTINCT ON (workspace) workspace, number, made_at FROM definitions ORDER BY workspace, number DESC) d
CROSS JOIN unnest($1::smallint[]) AS p
LEFT JOIN in_force f ON f.partition = p AND f.workspace = d.workspace
WHERE coalesce(f.number, 0) < d.number AND d.made_at < $2
"""
