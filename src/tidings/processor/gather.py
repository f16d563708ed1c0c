"""Records about groups: the person's side in the person's home, the group's side in the group's."""

from msgspec.structs import replace

from tidings.kernel.ids import digest, partition_of
from tidings.kernel.ids import read as read_id
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import SYSTEM, Group, GroupChanged, Record, Ungroup
from tidings.processor import groups, occasions
from tidings.processor.batch import Batch
from tidings.processor.trust import forbids


async def group(batch: Batch, partition: int, record: Record) -> None:
    """A person joins or leaves a group, or the group changes."""
    body = record.body
    assert isinstance(body, Group | Ungroup)
    if record.trust == SYSTEM:
        await _group_side(batch, partition, record)
        return
    if not record.who:
        reason = forbids(record, None)
        if reason:
            batch.reject(record, reason)
            return
        await _send(batch, replace(record, trust=SYSTEM))
        return
    person = await batch.whose(partition, record)
    if person is None:
        return
    member = any((each.type, each.key) == (body.type, body.key) for each in person.groups)
    batch.give(person, record)
    if isinstance(body, Group) and body.member and not member:
        await batch.settle(person.id)
        joined = any((each.type, each.key) == (body.type, body.key) for each in batch.crowd.people[person.id].groups)
        record = replace(record, body=replace(body, member=joined))  # who has all they may is not of the group either
    if isinstance(body, Ungroup) or body.attributes or not member:
        who = (("cio_id", show_id(person.id)),)
        await _send(batch, replace(record, id=digest("group", record.id), trust=SYSTEM, who=who, hops=0, message_id=""))


async def _send(batch: Batch, record: Record) -> None:
    """Hand a record to the group's partition."""
    assert isinstance(record.body, Group | Ungroup)
    home = partition_of(record.workspace, "group:" + record.body.type, record.body.key)
    if home in batch.held:
        await _group_side(batch, home, record)
    else:
        batch.forward(home, record)


async def _group_side(batch: Batch, partition: int, record: Record) -> None:
    body = record.body
    assert isinstance(body, Group | Ungroup)
    key = (partition, record.workspace, body.type, body.key)
    out = batch.out
    found = out.groups.get(key) or (await groups.load(batch.connection, [key])).get(key)
    person = read_id(record.who[0][1]) if record.who else None
    now = batch.now(partition)
    if isinstance(body, Ungroup):
        if person is not None and not body.whole:
            out.members[*key, person] = False
        if found is not None and body.whole:
            out.groups[key] = groups.Group(found.version + 1, {}, found.created, b"", gone=True)
        return
    try:
        group, names = groups.changed(found, body.attributes, now)
    except ValueError as fault:
        batch.reject(record, str(fault))
        return
    batch.tally.see(record.workspace, body.type, "", body.attributes, now, b"")
    if names:
        before = found.attributes if found is not None and not found.gone else {}
        occasions.change(batch, key, record, before, group.attributes)
    named = batch.force.of(partition, record.workspace).group_attributes.get(body.type, frozenset())
    if not names.isdisjoint(named):
        group = replace(group, told=b"")
    out.groups[key] = group
    if person is not None and body.member:
        out.members[*key, person] = True
        for home, news in groups.news(key, group, named, [person], now):
            if home in batch.held:
                await changed(batch, home, news)
            else:
                batch.forward(home, news)


async def changed(batch: Batch, partition: int, record: Record) -> None:
    """A group's attributes reach members."""
    body = record.body
    assert isinstance(body, GroupChanged)
    await batch.crowd.need(body.people)
    for id in body.people:
        person = batch.crowd.person(id)
        if person is not None:
            one = replace(record, body=replace(body, people=[]), who=(("cio_id", show_id(person.id)),))
            if person.partition in batch.held:
                batch.step(person.id, one, batch.now(person.partition))
            else:
                batch.forward(person.partition, replace(one, body=replace(body, people=[person.id])))
