"""Definitions come into force, and people who were built for them."""

from tidings.engine import Facts, query_key
from tidings.kernel.ids import home_of
from tidings.kernel.records import Built, Control, Record
from tidings.processor.batch import Batch


async def control(batch: Batch, partition: int, record: Record) -> None:
    """A snapshot is in force in this partition from here on."""
    assert isinstance(record.body, Control)
    workspace, number = record.workspace, record.body.number
    if number <= batch.force.number(partition, workspace):
        return
    before = batch.force.of(partition, workspace)
    made = await batch.force.compiled(batch.connection, workspace, number)
    batch.out.numbers.append((partition, workspace, number, batch.now(partition)))
    if made.group_attributes != before.group_attributes:
        batch.out.retold.append((partition, workspace))


async def built(batch: Batch, partition: int, record: Record) -> None:
    """Counters read from history, for people who have not been touched since the definitions came into force."""
    body = record.body
    assert isinstance(body, Built)
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
        counted = definitions.counters if body.counted is None else body.counted
        times = {
            query_key(counter): found.get(key, [])
            for key in counted
            if (counter := definitions.counters.get(key)) is not None and definitions.counter_since[key] > person.built
        }
        batch.step(id, None, batch.now(partition), Facts(times, {}))
    if body.done and batch.force.number(partition, record.workspace) == body.number:
        batch.out.built.append((partition, record.workspace, body.number))
