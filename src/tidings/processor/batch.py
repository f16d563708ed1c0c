"""One batch: records in order, each to its person, and what follows.

A record is dropped where its id was seen or its identifiers refuse it, forwarded where its person lives in a partition of another worker,
and applied by `engine.step` otherwise. A person whose step asks history waits with everything behind it; the questions of all
who wait are answered by one query. Whatever looks at a document rather than only handing a record to it (merges, deletion) lets
everybody go on first.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from tidings.database.pool import Connection
from tidings.delivery.delivery import Owner
from tidings.delivery.store import resolve as whose_deliveries
from tidings.engine import NOTHING, Definitions, Facts, Needs, Step, step, upgrade
from tidings.history import kinds
from tidings.kernel.ids import digest, home_of, person_id
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import (
    SYSTEM,
    Befell,
    Built,
    Device,
    Enter,
    Event,
    Identify,
    Member,
    Merge,
    Receipt,
    Record,
    TakeIn,
    Ungroup,
)
from tidings.people.catalog import Tally
from tidings.people.document import Person
from tidings.people.identity import (
    ANONYMOUS_AGE,
    KNOWN,
    Verdict,
    is_known,
    removes_email,
    resolve,
    without_email,
)
from tidings.processor import seen
from tidings.processor.consequences import Consequences
from tidings.processor.crowd import Crowd, Named
from tidings.processor.facts import Asked, answer
from tidings.processor.feed import Item
from tidings.processor.force import Force
from tidings.processor.trust import forbids

_READY: Final = frozenset((Built, Receipt))
"""Bodies whose handlers ask nothing of the database that was not loaded."""
_TIMELESS: Final = frozenset((Befell, TakeIn))
"""Bodies whose rows are never too late by their times."""
_BREATH: Final = 50
"""Records after which others get their turn. Shorter turns let a commit go on sooner, but cost the work on people more than they bring."""


class Batch(Consequences):
    """Works on what it loads; `out` and `crowd` are the result. ``clocks``: partition -> now there; moved on as records are applied.

    ``handlers``: what is done with bodies that are not simply handed to a person, by type.
    """

    def __init__(
        self,
        connection: Connection,
        force: Force,
        held: frozenset[int],
        clocks: dict[int, int],
        tally: Tally,
        slot: int,
        handlers: Mapping[type, "Handler"],
    ) -> None:
        super().__init__(Crowd(connection, force), clocks, tally)
        self.connection, self.force, self.held = connection, force, held
        self.slot, self.handlers = slot, handlers
        self._seen: set[bytes] = set()
        self._owners: dict[str, Owner] = {}
        self._waiting: dict[bytes, list[tuple[Record | None, int]]] = {}
        self._needs: dict[bytes, Needs] = {}
        self._born: set[bytes] = set()
        self.barrier: Callable[[], Awaitable[None]] = _nothing
        """Waits until the batch before is written. Whatever is asked of the database after `load` comes behind it."""

    def follow(self, before: "Batch") -> None:
        """Go on from what an earlier batch led to, which was perhaps not written yet when this one was loaded."""
        self._seen.update(before.out.seen)
        self.crowd.follow(before.crowd, [*before.out.taken, *before.out.released])

    # Records

    async def apply(self, items: Sequence[Item]) -> None:
        """Apply rows in their order."""
        known, fresh, workspaces = self._seen, self.out.seen, self.force.workspaces
        for index, item in enumerate(items):
            if index % _BREATH == 0:
                await asyncio.sleep(0)  # what is read and written meanwhile goes on
            record = item.record
            if record.workspace == 0:
                record = self._of_delivery(record)
            self.at = item.clock
            if record.workspace not in workspaces:
                continue  # the workspace was removed, or a stranger reports a delivery that does not exist
            if _may_repeat(record):
                if record.id in known:
                    continue
                known.add(record.id)
                fresh.append(record.id)
            if not self._at_once(record):
                await self.take(item.partition, record)
        await self.settle()

    async def load(self, items: Sequence[Item], connection: Connection) -> None:
        """Load what the rows name."""
        records = [item.record for item in items]
        receipts = [record.body.delivery for record in records if type(record.body) is Receipt]
        if receipts:
            self._owners = await whose_deliveries(connection, receipts)
            records = [self._of_delivery(record) for record in records]
        await self.force.know(connection, {record.workspace for record in records})
        workspaces = self.force.workspaces
        records = [record for record in records if record.workspace in workspaces]
        fresh = [record.id for record in records if _may_repeat(record)]
        if fresh:
            self._seen = await seen.known(connection, self.slot, fresh)
        people = [owner.person for owner in self._owners.values()]
        await self.crowd.load(connection, records, people)

    def _of_delivery(self, record: Record) -> Record:
        """A receipt that came without a key is of the delivery's workspace."""
        if record.workspace == 0 and isinstance(record.body, Receipt) and record.body.delivery in self._owners:
            return replace(record, workspace=self._owners[record.body.delivery].workspace)
        return record

    def _at_once(self, record: Record) -> bool:
        """Hand over what most records are: what somebody did or is, who is known by the one name it gives and lives here. False where
        `whose` has more to think of; where it has not, it comes to the same."""
        body = record.body
        if type(body) is not Event and not (type(body) is Identify and "email" not in body.attributes):
            return False
        person = self.crowd.holder(record) if len(record.who) == 1 else None
        if person is None or person.partition not in self.held:
            return False
        self.give(person, record)
        return True

    async def take(self, partition: int, record: Record) -> None:
        """Apply a record that was read in a held partition."""
        handler = self.handlers.get(type(record.body))
        if handler is not None:
            if type(record.body) not in _READY:
                await self.barrier()
            await handler(self, partition, record)
        else:
            await self.personal(partition, record)

    async def personal(self, partition: int, record: Record) -> Person | None:
        """Apply a record to the person it names; gives who that is, None where it went elsewhere or nowhere."""
        person = await self.whose(partition, record)
        if person is not None:
            self.give(person, record)
        return person

    async def whose(self, partition: int, record: Record, *, create: bool = True) -> Person | None:
        """Find or make the person, and let the identifiers be theirs; None where the record is refused, dropped or forwarded."""
        crowd = self.crowd
        create = create and _may_begin(record)
        named = crowd.named(record)
        if any(crowd.refuses(key, record.received) for _, key in named):
            return None
        owners = [crowd.owner(identifier, key) for identifier, key in named]
        first = owners[0] if owners else None
        if first is not None and all(owner is first for owner in owners):
            verdict = Verdict(first)
        else:
            verdict = resolve([identifier for identifier, _ in named], owners, record.trust, record.received)
        if removes_email(record) and not verdict.refuse:
            verdict = without_email(verdict, record.trust)
        reason = verdict.refuse or forbids(record, verdict.person)
        person = verdict.person
        if not reason and not named:
            reason = "it names nobody"
        if not reason and not create and (person is None or _becomes_known(person, verdict, named)):
            if isinstance(record.body, Enter) and record.body.quiet:
                return None
            reason = "there is no such person"
        if reason:
            self.reject(record, reason)
            return None
        absorbs = list(verdict.absorb)
        if person is not None and home_of(person.id) not in self.held:
            if not self._begins_here(record, verdict, named, create):
                self.forward(home_of(person.id), record)
                return None
            absorbs.append(next((i for i, _ in named if i in person.identifiers), ("cio_id", show_id(person.id))))
            person, verdict = None, Verdict(None, verdict.take, note=verdict.note)
        if verdict.note:
            self.reject(record, verdict.note)
        if person is None:
            person = self._make(partition, record, verdict, named)
        elif verdict.take or verdict.release:
            await self.settle(person.id)
            person = self._name(crowd.people[person.id], verdict, named)
        for absorbed in absorbs:
            id = digest("absorb", record.id, *absorbed)
            who = (("cio_id", show_id(person.id)),)
            await self.take(partition, replace(record, id=id, who=who, body=Merge(absorbed), context={}))
        return crowd.person(person.id)

    def _begins_here(self, record: Record, verdict: Verdict, named: Sequence[Named], create: bool) -> bool:
        """Whether somebody begins here who absorbs the one in the other worker's partition, rather than the record going there: its
        first name is free until then, and whatever says it next would come first."""
        first = named[0][0]
        return create and first[0] in KNOWN and first in verdict.take and not verdict.release and not verdict.absorb

    def _make(self, partition: int, record: Record, verdict: Verdict, named: Sequence[Named]) -> Person:
        """Let somebody new begin."""
        now = self.now(partition)
        id = person_id(partition, record.workspace, *verdict.take[0], record.id)
        person = Person(id=id, workspace=record.workspace, partition=partition, created=now, first=id)
        self._born.add(id)
        return self._name(person, verdict, named)

    def _name(
        self, person: Person, verdict: Verdict, named: Sequence[Named], context: Mapping[str, Any] | None = None
    ) -> Person:
        """Write down which identifiers the person gains and loses. ``context``: of the record, where it leads to nothing else."""
        keys = {identifier: key for identifier, key in named if key is not None}
        person = replace(
            person,
            identifiers=[*(own for own in person.identifiers if own not in verdict.release), *verdict.take],
        )
        for kind, value in verdict.release:
            key = self.crowd.key(person.workspace, kind, value)
            self.crowd.give(key, None)
            self.out.taken.pop(key, None)
            self.out.released.add(key)
        for identifier in verdict.take:
            self.crowd.give(keys[identifier], person.id)
            if (gone := self.crowd.owned[keys[identifier]].gone_at) is not None:
                self.out.gone[keys[identifier]] = gone
            self.out.taken[keys[identifier]] = (person.workspace, person.id)
        self.crowd.put(person)
        said = {"take": verdict.take, "release": verdict.release}
        id = digest("named", person.id, person.place, *(part for each in verdict.take for part in each))
        now = self.now(home_of(person.id))
        self.entry(person, kinds.LINK, now, now, "named", id, said, context)
        return person

    def give(self, person: Person, record: Record) -> None:
        """Hand a record to a person of a held partition."""
        now = self.now(person.partition)
        if not record.starts or now > record.time:
            limit = self.force.age(person.partition, person.workspace) if is_known(person) else ANONYMOUS_AGE
            if record.starts and record.received - record.time > limit:
                record = replace(record, starts=False)
            in_time = now - record.time <= limit or type(record.body) in _TIMELESS
            if record.starts != in_time:  # history does not keep when it was received
                self.entry(person, kinds.STARTS, now, now, "", record.id, record.starts)
        self.step(person.id, record, now)

    async def first(self, ids: Sequence[bytes]) -> set[bytes]:
        """Give those ids that come for the first time; as long as ids are remembered, they do not again."""
        new = set(ids) - self._seen
        if new:
            new -= await seen.known(self.connection, self.slot, sorted(new))
        self._seen |= new
        self.out.seen += sorted(new)
        return new

    def owner(self, delivery: str) -> Owner | None:
        """Give whose a delivery is."""
        return self._owners.get(delivery)

    # Steps

    def step(self, id: bytes, record: Record | None, now: int, facts: Facts = NOTHING) -> None:
        """Move a person; one that asks history waits."""
        waiting = self._waiting.get(id)
        if waiting is not None and facts is NOTHING:
            waiting.append((record, now))
            return
        person = self.crowd.people[id]
        home = person.partition
        definitions = self.force.of(home, person.workspace)
        since, result = None, None
        if person.built < definitions.number:
            since = self.force.since(home, person.workspace)
            if person.place:
                for passed, came, until in self.force.passed(home, person):
                    known = self._counted(passed, person).joined(facts)
                    result = step(passed, person, None, until, known, since=came)
                    if isinstance(result, Needs):
                        self._ask(id, result, record, now)
                        return
                    self.done(passed, result, None, until)
                    person = result.person
                facts = self._counted(definitions, person).joined(facts)
        result = step(definitions, person, record, now, facts, since=since)
        if isinstance(result, Needs):
            self._ask(id, result, record, now)
            return
        self.done(definitions, result, record, now)

    def _ask(self, id: bytes, needs: Needs, record: Record | None, now: int) -> None:
        """Let a person wait for what history says."""
        self._needs[id] = needs
        if id not in self._waiting:
            self._waiting[id] = [(record, now)]

    def _counted(self, definitions: Definitions, person: Person) -> Facts:
        """What history says is known beforehand where the whole partition has been built: it stands aside of whoever was passed over,
        and who has nothing there never did any of it."""
        built = self.force.built(home_of(person.id), person.workspace)
        if person.built < 0:
            return NOTHING
        found = self.crowd.passed.get(person.id, {})
        return Facts(
            {
                key: found.get(counter.key, ())
                for counter, key in definitions.newer(person.built).counters
                if definitions.counter_since[counter.key] <= built
            }
        )

    def done(self, definitions: Definitions, result: Step, record: Record | None, now: int) -> None:
        """Keep what a step answered."""
        person = result.person
        self.crowd.put(person)
        if person.id in self.crowd.passed:
            self.out.taken_up.add(person.id)
        effects = list(enumerate(result.effects))
        for index, effect in effects[: result.early]:
            self.effect(definitions, person, effect, record, now, index)
        if record is not None:
            self.remember(person, record, now, result.applied)
        for index, effect in effects[result.early :]:
            self.effect(definitions, person, effect, record, now, index)

    async def settle(self, *only: bytes) -> None:
        """Answer everybody who waits (or none, where those named do not) until all have gone on."""
        if only and not any(person in self._waiting for person in only):
            return
        known: dict[bytes, Facts] = {}
        if self._waiting:
            await self.barrier()
        while self._waiting:
            people = list(self._waiting)
            whole = await self.crowd.whole(people)
            asked = [
                Asked(
                    whole[id],
                    self._needs[id],
                    [entry for each in whole[id] for entry in self.out.history.get(each, ())],
                )
                for id in people
            ]
            answers = await answer(self.connection, asked)
            for id, facts in zip(people, answers, strict=True):
                known[id] = known[id].joined(facts) if id in known else facts
                line = self._waiting[id]
                del self._needs[id]
                record, now = line[0]
                self.step(id, record, now, known[id])
                if id in self._needs:
                    continue
                del self._waiting[id], known[id]
                for record, now in line[1:]:
                    self.step(id, record, now)

    async def facts(self, id: bytes, needs: Needs) -> Facts:
        """Answer one person's question at once."""
        whole = (await self.crowd.whole([id]))[id]
        pending = [entry for each in whole for entry in self.out.history.get(each, ())]
        return (await answer(self.connection, [Asked(whole, needs, pending)]))[0]

    async def recount(self, definitions: Definitions, person: Person, now: int) -> None:
        """Read a person's counters from history and ask every rule anew, quietly."""
        facts = NOTHING
        while isinstance(result := upgrade(definitions, person, now, facts), Needs):
            facts = facts.joined(await self.facts(person.id, result))
        self.done(definitions, result, None, now)

    # Timers

    async def wake(self, people: Sequence[bytes], until: int) -> None:
        """Let time move people up to a moment."""
        await self.crowd.need(people)
        for index, id in enumerate(people):
            if index % _BREATH == 0:
                await asyncio.sleep(0)
            person = self.crowd.people.get(id)
            if person is None or (wake := person.wake_at) is None or wake > until:
                continue
            home = home_of(id)
            self.clocks[home] = max(self.clocks[home], until)
            self.touched.add(home)
            self.step(id, None, until)
        await self.settle()

    def late(self, until: int) -> list[bytes]:
        """Give people this batch changed whom time moves again up to a moment."""
        return self.crowd.late(until)

    def is_new(self, person: bytes) -> bool:
        """Whether the person began in this batch, and is not in the database yet."""
        return person in self._born


def _may_repeat(record: Record) -> bool:
    """Whether its id says something: a sender's own or one of ours, and not looked up before by who forwarded it."""
    return record.hops == 0 and (bool(record.message_id) or record.trust == SYSTEM)


def _may_begin(record: Record) -> bool:
    """Whether somebody nobody knows may begin by it."""
    body = record.body
    if isinstance(body, Identify):
        return record.begins and body.create
    parts = isinstance(body, Member | Ungroup) or (isinstance(body, Device) and body.gone)
    return record.begins and not parts


def _becomes_known(person: Person, verdict: Verdict, named: Sequence[Named]) -> bool:
    """Whether a visitor would begin to be somebody known, whom the record names by that alone."""
    gains = any(kind in KNOWN for kind, _ in verdict.take) and all(kind != "cio_id" for (kind, _), _ in named)
    return gains and not is_known(person)


async def _nothing() -> None:
    return


Handler = Callable[[Batch, int, Record], Awaitable[None]]
"""(batch, partition the record was read in, record)."""
