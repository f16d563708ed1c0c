"""Delete, suppress, unsuppress: somebody is forgotten, and what was received before it is no longer accepted for their identifiers."""

from tidings.kernel.ids import home_of
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import Record, Suppress
from tidings.people import lookup
from tidings.people.identity import key_of
from tidings.processor.batch import Batch
from tidings.processor.outcome import Buried, DugUp, Forgotten
from tidings.processor.trust import forbids


async def forget(batch: Batch, partition: int, record: Record) -> None:
    """Delete the person, and with `Suppress` refuse the identifiers from now on."""
    reason = forbids(record, None)
    if reason:
        batch.reject(record, reason)
        return
    crowd, out = batch.crowd, batch.out
    suppressed, grave = isinstance(record.body, Suppress), None
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
        secret = batch.force.workspaces[person.workspace].secret
        own = key_of(secret, "cio_id", show_id(person.id))
        grave = own if suppressed else None
        out.deleted.append((person.id, record.received, grave))
        out.remove(person)
        known = [own, *buried, *lookup.keys(secret, person.identifiers)]
        out.forgotten.append(Forgotten(person.workspace, known, person.identifiers))
        batch.tally.forget(person.workspace)
        for key, owned in list(crowd.owned.items()):
            if owned.person == person.id:
                crowd.bury(key, record.received, suppressed, grave)
        for each in (person.id, *crowd.took_in.get(person.id, ())):
            out.drop(each)
        crowd.remove(person.id)
    for key in buried:
        crowd.bury(key, record.received, suppressed, grave)
    if buried and person is None:  # of whom nothing could be applied something may still be listed
        unknown = [identifier for identifier, key in named if key in buried]
        out.forgotten.append(Forgotten(record.workspace, buried, unknown))
    if buried:
        out.buried.append(Buried(record.workspace, buried, record.received, suppressed, grave))


async def unsuppress(batch: Batch, partition: int, record: Record) -> None:
    """Accept the identifiers again, and all by which whom they named was suppressed."""
    reason = forbids(record, None)
    if reason:
        batch.reject(record, reason)
        return
    crowd = batch.crowd
    named = crowd.named(record)
    owners = [crowd.owner(identifier, key) for identifier, key in named]
    person = next((owner for owner in owners if owner is not None), None)
    if person is not None and home_of(person.id) not in batch.held:
        batch.forward(home_of(person.id), record)  # behind a suppression that may be on its way there
        return
    secret = batch.force.workspaces[record.workspace].secret
    keys = [key for _, key in named if key is not None]
    graves = [key_of(secret, *identifier) for identifier, key in named if key is None]
    graves += [grave for key in keys if key in crowd.owned and (grave := crowd.owned[key].grave) is not None]
    crowd.dig_up(keys, graves)
    batch.out.buried.append(DugUp(record.workspace, keys, graves))
