"""Delete, suppress, unsuppress: somebody is forgotten, and what was received before it is no longer accepted for their identifiers."""

from tidings.kernel.ids import home_of
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import Record, Suppress
from tidings.people.identity import key_of
from tidings.people.lookup import keys
from tidings.processor.batch import Batch
from tidings.processor.trust import forbids


async def forget(batch: Batch, partition: int, record: Record) -> None:
    """Delete the person, and with `Suppress` refuse the identifiers from now on."""
    reason = forbids(record, None)
    if reason:
        batch.reject(record, reason)
        return
    crowd, out = batch.crowd, batch.out
    suppressed = isinstance(record.body, Suppress)
    named = crowd.named(record)
    owners = [crowd.owner(identifier, key) for identifier, key in named]
    person = next((owner for owner in owners if owner is not None), None)
    if person is not None and home_of(person.id) not in batch.held:
        batch.forward(home_of(person.id), record)
        return
    buried = [
        key
        for (_, key), owner in zip(named, owners, strict=True)
        if key is not None and (owner is None or owner is person)
    ]
    if person is not None:
        await batch.settle(person.id)
        person = crowd.people[person.id]
        taken = [key for key, (_, holder) in out.taken.items() if holder == person.id]
        for key in taken:
            del out.taken[key]
        buried = list(dict.fromkeys([*buried, *taken]))
        out.deleted.append((person.id, record.received, suppressed))
        out.remove(person)
        secret = batch.force.workspaces[person.workspace].secret
        own = key_of(secret, "cio_id", show_id(person.id))
        out.forgotten.append((person.workspace, [own, *buried, *keys(secret, person.identifiers)]))
        batch.tally.forget(person.workspace)
        for key, owned in list(crowd.owned.items()):
            if owned.person == person.id:
                crowd.bury(key, record.received, suppressed)
        for each in (person.id, *crowd.took_in.get(person.id, ())):
            out.drop(each)
        crowd.remove(person.id)
    for key in buried:
        crowd.bury(key, record.received, suppressed)
    if buried:
        out.suppressed.append((record.workspace, buried, record.received, suppressed))


async def unsuppress(batch: Batch, partition: int, record: Record) -> None:
    """Accept the identifiers again."""
    reason = forbids(record, None)
    if reason:
        batch.reject(record, reason)
        return
    named = [key for _, key in batch.crowd.named(record) if key is not None]
    batch.crowd.dig_up(named)
    batch.out.suppressed.append((record.workspace, named, None, False))
