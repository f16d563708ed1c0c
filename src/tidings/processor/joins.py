"""Merge, alias: people who turn out to be one.

Whoever holds the absorbed person's partition closes it: the row goes, a dated link with the document stays, identifiers and messages
pass to the survivor, all in one commit that finds both there. Where the survivor lives with another worker, the document travels as
a record. So a race of two merges has one winner; the other works its batch out again and finds itself done.
"""

from msgspec.structs import replace

from tidings.delivery.delivery import Cancel
from tidings.engine import NOTHING, Needs, rejoin
from tidings.history import kinds
from tidings.kernel.effects import RUN_ENDED, Moved
from tidings.kernel.ids import digest, home_of
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import SECRET, SYSTEM, Absorb, Alias, Identify, Merge, Record
from tidings.people import document
from tidings.people.document import Person
from tidings.people.identity import Verdict, is_known
from tidings.people.links import Link
from tidings.people.merge import Trace, write_trace
from tidings.people.merge import merge as merged
from tidings.processor.batch import Batch
from tidings.processor.parting import begin_again
from tidings.processor.trust import forbids


async def merge(batch: Batch, partition: int, record: Record) -> None:
    """The person of ``secondary`` is the one the record names."""
    assert isinstance(record.body, Merge)
    reason = forbids(record, None)
    if reason:
        batch.reject(record, reason)
        return
    crowd, (kind, value) = batch.crowd, record.body.secondary
    key = None if kind == "cio_id" else crowd.key(record.workspace, kind, value)
    named = crowd.named(record)
    if crowd.refuses(key, record.received) or any(crowd.refuses(own, record.received) for _, own in named):
        return
    old = crowd.owner((kind, value), key)
    new = next((owner for identifier, own in named if (owner := crowd.owner(identifier, own)) is not None), None)
    if old is None:
        if kind != "anonymous_id":
            batch.reject(record, f"there is no person with the {kind} {value!r} to merge")
    elif old is new or (kind == "anonymous_id" and is_known(old)):
        return
    elif home_of(old.id) not in batch.held:
        batch.forward(home_of(old.id), record)
    elif new is None:
        if kind != "anonymous_id":
            batch.reject(record, "there is no such person to merge into")
    else:
        await join(batch, new, old, record)


async def alias(batch: Batch, partition: int, record: Record) -> None:
    """The record's person was called ``previous`` before."""
    assert isinstance(record.body, Alias)
    crowd, previous = batch.crowd, record.body.previous
    named = crowd.named(record)
    if any(value == previous for (_, value), _ in named):
        return
    keys = {kind: crowd.key(record.workspace, kind, previous) for kind in ("id", "anonymous_id")}
    if any(crowd.refuses(key, record.received) for key in (*keys.values(), *(own for _, own in named))):
        return
    known = {kind: crowd.owner((kind, previous), key) for kind, key in keys.items()}
    person = next((owner for identifier, own in named if (owner := crowd.owner(identifier, own)) is not None), None)
    others = [other for other in known.values() if other is not None and other is not person]
    if record.trust < SECRET and any(is_known(other) for other in others):
        batch.reject(record, "a public key can't merge known people")
        return
    if person is None and others:
        first = others[0]
        if home_of(first.id) not in batch.held:
            batch.forward(home_of(first.id), record)
            return
        await batch.settle(first.id)
        free = tuple(identifier for identifier, own in named if own is not None)
        person = batch._name(crowd.people[first.id], Verdict(take=free), named, record.context)
    else:
        person = await batch.whose(partition, record)
    if person is None:
        return
    for other in others:
        if other.id != person.id:
            who = (("cio_id", show_id(person.id)),)
            id = digest("alias", record.id, other.id)
            body = Merge(("cio_id", show_id(other.id)))
            await merge(batch, partition, replace(record, id=id, trust=SYSTEM, who=who, body=body))
    survivor = crowd.person(person.id)
    assert survivor is not None
    free = tuple(
        (kind, previous)
        for kind, key in keys.items()
        if crowd.owner((kind, previous), key) is None and (kind == "anonymous_id" or record.trust >= SECRET)
    )
    if free and home_of(survivor.id) in batch.held:
        await batch.settle(survivor.id)
        pairs = [((kind, previous), keys[kind]) for kind, _ in free]
        person = batch._name(crowd.people[survivor.id], Verdict(take=free), pairs, record.context)
        still = [own for own in person.identifiers if own not in free]
        crowd.put(replace(person, identifiers=[*free, *still]))  # former names come first: the last of a kind is in use


async def join(batch: Batch, new: Person, old: Person, record: Record) -> None:
    """Absorb ``old``, who lives here, into ``new``."""
    out, crowd = batch.out, batch.crowd
    if old.id in crowd.apart:  # a commit that lets them part can't join them again
        batch.forward(home_of(old.id), record)
        return
    now = batch.now(home_of(old.id))
    here = home_of(new.id) in batch.held
    if here:
        now = max(now, batch.now(home_of(new.id)))
    for each in (old, new) if here else (old,):
        batch.step(each.id, None, now)
        await batch.settle(each.id)
    old = crowd.people[old.id]
    out.there.update(each for each in (old.id, new.id) if not batch.is_new(each))
    for key, (workspace, person) in out.taken.items():
        if person == old.id:
            out.taken[key] = (workspace, new.id)
    out.passed_on.append((old.id, new.id))
    out.move(old.id, new.id)
    out.remove(old)
    batch.entry(old, kinds.LINK, now, now, "absorbed", record.id, {"into": new.id}, record.context)
    crowd.absorb(old.id, new.id)
    trace = None
    body = Absorb(old.id, new.id, document.encode(old))
    id = digest("absorb", record.id, old.id)  # what follows has the same ids, whether or not the document travels
    sent = Record(id, old.workspace, record.source, SYSTEM, (), now, record.received, body, depth=record.depth)
    sent = replace(sent, starts=record.starts)
    if here:
        trace = write_trace(await _unite(batch, crowd.people[new.id], old, sent, now))
    else:
        batch.forward(home_of(new.id), sent)
    out.links.append((old.workspace, Link(old.id, new.id, now, body.document, trace)))


async def absorb(batch: Batch, partition: int, record: Record) -> None:
    """A document arrives: of somebody absorbed elsewhere, or (``into`` is the same) of somebody who is a person of their own again."""
    body = record.body
    assert isinstance(body, Absorb)
    old = document.decode(body.document)
    if body.into == body.absorbed:
        begin_again(batch, old)
        return
    new = batch.crowd.person(body.into)
    if new is None:
        return  # deleted meanwhile, and the absorbed with it
    if home_of(new.id) not in batch.held:
        batch.forward(home_of(new.id), replace(record, body=replace(body, into=new.id)))
        return
    now = batch.now(home_of(new.id))
    batch.step(new.id, None, now)
    await batch.settle(new.id)
    batch.crowd.took_in.setdefault(new.id, []).append(old.id)
    trace = await _unite(batch, batch.crowd.people[new.id], old, record, now)
    batch.out.traces.append((old.id, write_trace(trace)))


async def _unite(batch: Batch, new: Person, old: Person, record: Record, now: int) -> Trace:
    """Join the documents, and work out what follows."""
    definitions = batch.force.of(home_of(new.id), new.workspace)
    manual = [
        name
        for name in old.segments
        if name not in new.segments and (segment := definitions.segments.get(name)) is not None and segment.rule is None
    ]
    person, ended, trace = merged(new, old)
    if left := {name: value for name, value in old.attributes.items() if name not in person.attributes}:
        who = (("cio_id", show_id(new.id)), *person.identifiers[-1:])
        lost = replace(record, id=digest("left", record.id), who=who, body=Identify(left))
        batch.reject(lost, f"the person's attributes would take more than {document.ATTRIBUTES // 1024} kB")
    person.built = min(new.built, old.built) if old.place else new.built
    facts = NOTHING
    while isinstance(result := rejoin(definitions, person, ended, manual, record, now, facts), Needs):
        facts = facts.joined(await batch.facts(new.id, result))
    batch.done(definitions, result, None, now)
    batch.entry(result.person, kinds.LINK, now, now, "absorbs", record.id, {"absorbed": old.id})
    if not record.starts:
        batch.entry(result.person, kinds.STARTS, now, now, "", record.id, False)
    own = {run.id: run for run in new.runs if run.ended is None}
    for run in ended:
        if run.id not in own:  # what it asked for is kept with whom it was of
            batch.out.cancel(Cancel(home_of(old.id), old.id, run.id, f"{RUN_ENDED}merged", now))
    trace.at = now
    trace.ended = [
        own[effect.run]
        for effect in result.effects
        if isinstance(effect, Moved) and effect.what in ("merged", "exited") and effect.run in own
    ]
    trace.lists = {name: since for name in manual if (since := result.person.segments.get(name)) is not None}
    return trace
