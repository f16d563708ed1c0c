"""Unmerge: somebody who was absorbed is a person of their own again, as if the two had never met."""

from collections import defaultdict

from tidings.calls import store as calls
from tidings.delivery import parting
from tidings.delivery.parting import Parting
from tidings.engine import Step
from tidings.history import kinds
from tidings.kernel.effects import Effect, Membership, Moved
from tidings.kernel.ids import digest, home_of
from tidings.kernel.records import SYSTEM, Absorb, Record, Unmerge
from tidings.people import document, links, lookup
from tidings.people.document import Person
from tidings.people.merge import part, read_trace
from tidings.processor.batch import Batch
from tidings.processor.trust import forbids


async def unmerge(batch: Batch, partition: int, record: Record) -> None:
    """Undo the merge that absorbed somebody."""
    assert isinstance(record.body, Unmerge)
    reason = forbids(record, None)
    id = record.body.absorbed
    link = None if reason else await links.link_of(batch.connection, id)
    if link is None:
        batch.reject(record, reason or "nobody of this id was absorbed by a merge")
        return
    if link.trace is None or id in batch.crowd.took_in.get(link.into, ()):
        batch.reject(record, "the merge is not finished yet; replay this in a moment")
        return
    person = batch.crowd.person(id)
    if person is None:
        batch.reject(record, "who carries on for this person is gone")
        return
    if home_of(person.id) not in batch.held:
        batch.forward(home_of(person.id), record)
        return
    now = batch.now(home_of(person.id))
    batch.step(person.id, None, now)
    await batch.settle(person.id)
    person, trace, absorbed = batch.crowd.people[person.id], read_trace(link.trace), document.decode(link.doc)
    at = trace.at or link.at
    runs = sorted({run.id for run in (*absorbed.runs, *trace.ended)}.union(*trace.twins))
    sent = await _sent(batch, person, runs, at)
    tree = await links.absorbed(batch.connection, [person.id, id])
    unasked = await calls.unasked(batch.connection, [person.id, *tree.get(person.id, [])])
    mine, theirs, back = part(person, absorbed, trace, sent, unasked)
    out, crowd = batch.out, batch.crowd
    gone = [id, *tree.get(id, [])]
    again = [run for run in (*theirs.runs, *back) if run.ended is None]
    twice = [(run.id, step) for run in again for step in run.barred]
    out.part(Parting(person.id, id, gone, at, [run.id for run in again], twice))
    keys = lookup.keys(batch.force.workspaces[person.workspace].secret, theirs.identifiers)
    out.handed_back.append((keys, person.id, id))
    out.parted.append((id, now))
    for key in keys:
        if crowd.owned.get(key) is not None:
            crowd.give(key, id)
    crowd.into.pop(id, None)
    crowd.apart.update(gone)
    batch.entry(mine, kinds.LINK, now, now, "parted", record.id, {"from": id})
    definitions = batch.force.of(home_of(mine.id), mine.workspace)
    told: list[Effect] = [
        *(Membership(name, False, now, quiet=True) for name in person.segments if name not in mine.segments),
        *(
            Moved(
                run.id,
                run.journey,
                run.version,
                run.step,
                "returned",
                now,
                "the merge that ended it was undone",
                key=run.key,
            )
            for run in back
        ),
    ]
    batch.done(definitions, Step(mine, told), None, now)
    await batch.recount(definitions, mine, now)
    if home_of(id) in batch.held:
        begin_again(batch, theirs)
    else:
        body = Absorb(id, id, document.encode(theirs))
        sent_on = Record(
            digest("part", record.id), person.workspace, record.source, SYSTEM, (), now, record.received, body
        )
        batch.forward(home_of(id), sent_on)


async def _sent(batch: Batch, person: Person, runs: list[bytes], since: int) -> dict[bytes, set[str]]:
    """Give the steps whose message runs planned since a moment, also in this batch."""
    found: defaultdict[bytes, set[str]] = defaultdict(set)
    for run, step in await parting.sent(batch.connection, person.id, runs, since):
        found[run].add(step)
    known = set(runs)
    for plans in batch.out.plans.values():
        for plan in plans:
            if plan.person == person.id and plan.effect.run in known:
                found[plan.effect.run].add(plan.effect.step)
    return found


def begin_again(batch: Batch, person: Person) -> None:
    """Let somebody who was absorbed be a person again; time moves them on from where they stood."""
    batch.crowd.put(person)
    for segment, since in person.segments.items():
        batch.out.memberships[person.workspace, segment, person.id] = since
