"""What a batch leads to, gathered in memory, and the one transaction that writes it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from tidings import log
from tidings.calls import store as calls
from tidings.database.pool import Connection
from tidings.delivery import again
from tidings.delivery import store as deliveries
from tidings.delivery.delivery import Cancel, Noted, Plan
from tidings.delivery.parting import Parting, hand_back
from tidings.history import Entry, conversions
from tidings.history import delete as delete_history
from tidings.history import write as write_history
from tidings.history.conversions import Conversion
from tidings.history.kinds import PLANNED
from tidings.history.numbers import Numbers
from tidings.kernel.ids import home_of
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import Befell, Identifier, Record, encode, write_occasion
from tidings.log.leases import Move, advance
from tidings.people import catalog, imported, indexed, links, passed, rejected, standing
from tidings.people import store as people
from tidings.people.catalog import Tally
from tidings.people.document import Person
from tidings.people.links import Link
from tidings.people.rejected import Refusal
from tidings.processor import groups, seen
from tidings.processor.groups import Group
from tidings.processor.replay import Replay
from tidings.teams import audit


class Buried(NamedTuple):
    """Identifiers that refuse what was received up to a moment, and all if they are suppressed: as `people.bury` takes them."""

    workspace: int
    keys: list[bytes]
    at: int
    suppressed: bool
    grave: bytes | None


class DugUp(NamedTuple):
    """Identifiers that are no longer suppressed, with the graves of what was suppressed together with them."""

    workspace: int
    keys: list[bytes]
    graves: list[bytes]


class Forgotten(NamedTuple):
    """By what somebody who is deleted was known, in the workspace."""

    workspace: int
    keys: list[bytes]
    identifiers: list[Identifier]


class Outcome:
    """Everything to be written. A person that is deleted or absorbed takes what the batch held of them along."""

    def __init__(self) -> None:
        self.history: dict[bytes, list[Entry]] = defaultdict(list)
        self.memberships: dict[tuple[int, str, bytes], int | None] = {}
        self.plans: dict[int, list[Plan]] = defaultdict(list)
        self.asked: dict[bytes, Refusal] = {}
        """What would be said of records that ask to send a message again, by the id it would be sent under, if it may not."""
        self.calls: list[calls.Plan] = []
        self.cancels: dict[int, list[Cancel]] = defaultdict(list)
        self.moves: dict[int, list[tuple[bytes, bytes]]] = defaultdict(list)
        self.level: dict[bytes, int] = {}
        self.receipts: list[Noted] = []
        self.forwards: list[tuple[int, Record]] = []
        self.refusals: list[Refusal] = []
        self.seen: list[bytes] = []
        self.taken: dict[bytes, tuple[int, bytes]] = {}
        self.gone: dict[bytes, int] = {}
        self.released: set[bytes] = set()
        self.passed_on: list[tuple[bytes, bytes]] = []
        self.handed_back: list[tuple[list[bytes], bytes, bytes]] = []
        self.links: list[tuple[int, Link]] = []
        self.traces: list[tuple[bytes, bytes]] = []
        self.parted: list[tuple[bytes, int]] = []
        self.partings: dict[int, list[Parting]] = defaultdict(list)
        self.removed: set[bytes] = set()
        self.deleted: list[tuple[bytes, int, bytes | None]] = []
        self.buried: list[Buried | DugUp] = []
        self.forgotten: list[Forgotten] = []
        self.groups: dict[tuple[int, int, str, str], Group] = {}
        self.members: dict[tuple[int, int, str, str, bytes], bool] = {}
        self.occasions: list[tuple[int, int, Befell]] = []
        self.numbers: list[tuple[int, int, int, int]] = []
        self.built: list[tuple[int, int, int]] = []
        self.taken_up: set[bytes] = set()
        self.standing = standing.Change([], [], [], [])
        self.retold: list[tuple[int, int]] = []
        self.counted = Numbers()
        self.conversions: list[Conversion] = []
        self.there: set[bytes] = set()
        """People, of this worker or another, that must still be there when it is written."""

    def plan(self, plan: Plan) -> None:
        """Plan a message; behind whatever of the same person was cancelled before."""
        self.plans[self.level.get(plan.person, 0)].append(plan)

    def cancel(self, cancel: Cancel) -> None:
        """Cancel what was planned up to here."""
        level = self.level.get(cancel.person, 0)
        self.cancels[level].append(cancel)
        self.level[cancel.person] = level + 1

    def move(self, old: bytes, new: bytes) -> None:
        """Give the messages of somebody absorbed, planned up to here, to who carries on."""
        level = 1 + max(self.level.get(old, 0), self.level.get(new, 0))
        self.moves[level].append((old, new))
        self.level[new] = level

    def part(self, parting: Parting) -> None:
        """Give messages planned before a merge back to whom they were of; what is cancelled from here on stays so."""
        level = 1 + max(self.level.get(parting.survivor, 0), self.level.get(parting.person, 0))
        self.partings[level].append(parting)
        self.level[parting.survivor] = self.level[parting.person] = level

    def remove(self, person: Person) -> None:
        """Take somebody's row away, and them out of all segments: those their document names, and those the batch let them leave."""
        self.removed.add(person.id)
        left = [key for key in self.memberships if key[2] == person.id]
        left += [(person.workspace, segment, person.id) for segment in person.segments]
        self.memberships.update(dict.fromkeys(left))

    def drop(self, person: bytes) -> None:
        """Forget what the batch holds of somebody who is deleted."""
        self.history.pop(person, None)
        self.calls = [plan for plan in self.calls if plan.person != person]
        for level, plans in self.plans.items():
            self.plans[level] = [plan for plan in plans if plan.person != person]

    async def write(
        self,
        connection: Connection,
        moves: Sequence[Move],
        changed: Sequence[people.Row],
        slot: int,
        tally: Tally,
        buckets: Sequence[int],
    ) -> None:
        """Write everything in one transaction. Raises `Lost` where a lease has gone, `Replay` where somebody was quicker.

        Where it is plain the commit does not wait for the disk: what a crash may take is worked out again from the log, and nothing
        leaves on the strength of it before a later commit that does wait (decision 30).
        """
        try:
            async with connection.transaction():
                if self.plain:
                    await connection.execute("SET LOCAL synchronous_commit = off")
                await advance(connection, moves)
                await self._people(connection, changed)
                await self._identifiers(connection)
                missing = await self._became(connection)
                await self._aside(connection, slot)
                await write_history(connection, self._entries(missing))
                await self._deliveries(connection, missing)
                await self._erase(connection)
                await self.counted.write(connection, buckets[0])
                await conversions.write(connection, self.conversions, buckets[0])
                if len(tally):
                    await tally.write(connection, buckets)
                if self.forwards:
                    await log.append(
                        connection, [(partition, encode(record)) for partition, record in self.forwards], quiet=True
                    )
        except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError) as error:
            raise Replay(str(error)) from error

    @property
    def plain(self) -> bool:
        """Whether it only moves people on, names new ones and plans messages: the next batch needs not wait for it."""
        return not (
            self.there
            or self.removed
            or self.passed_on
            or self.handed_back
            or self.links
            or self.traces
            or self.parted
            or self.deleted
            or self.buried
            or self.forgotten
            or self.groups
            or self.members
            or self.occasions
            or self.numbers
            or self.built
            or self.retold
        )

    @property
    def sends(self) -> bool:
        """Whether messages were planned, or are again."""
        return any(self.partings.values()) or any(self.plans.values())

    async def _people(self, connection: Connection, changed: Sequence[people.Row]) -> None:
        if self.there:
            missing = self.there - await people.lock(connection, self.there)
            if missing:
                raise Replay("somebody to be joined is no longer there")
        await people.write(connection, changed)
        await indexed.write(connection, changed)
        await standing.write(connection, self.standing)
        if gone := self.taken_up | self.removed:
            await passed.forget(connection, sorted(gone))
        if self.removed:
            await people.remove(connection, sorted(self.removed))
            await indexed.remove(connection, sorted(self.removed))

    async def _identifiers(self, connection: Connection) -> None:
        if self.released:
            await people.release(connection, self.released)
        if self.passed_on:
            await people.pass_on(connection, self.passed_on)
        for person, at, grave in self.deleted:
            await people.entomb(connection, person, at, grave)
        for each in self.buried:
            if isinstance(each, Buried):
                await people.bury(connection, *each)
            else:
                await people.dig_up(connection, *each)
        if self.taken and not await people.take(connection, self.taken, self.gone):
            raise Replay("an identifier was taken or buried meanwhile")
        for keys, holder, person in self.handed_back:
            await people.hand_back(connection, keys, holder, person)
        for workspace, link in self.links:
            await links.join(connection, workspace, [link])
        if self.parted:
            await links.join(connection, 0, [], self.parted)
        for person, trace in self.traces:
            await links.keep_trace(connection, person, trace)

    async def _aside(self, connection: Connection, slot: int) -> None:
        if self.seen:
            await seen.write(connection, slot, self.seen)
        if self.memberships:
            await people.move(connection, self.memberships)
        if self.groups or self.members:
            await groups.write(connection, self.groups, self.members)
        if self.occasions:
            await connection.executemany(
                "INSERT INTO occasions (partition, workspace, at, id, body) VALUES ($1, $2, $3, $4, $5) "
                "ON CONFLICT DO NOTHING",
                [
                    (partition, workspace, befell.at, befell.occasion, write_occasion(befell))
                    for partition, workspace, befell in self.occasions
                ],
            )
        if self.refusals:
            await rejected.write(connection, self.refusals)
        if self.numbers:
            await connection.executemany(
                "INSERT INTO in_force (partition, workspace, number, since) VALUES ($1, $2, $3, $4) "
                "ON CONFLICT (partition, workspace) DO UPDATE SET number = excluded.number, since = excluded.since",
                self.numbers,
            )
            await connection.executemany(
                "INSERT INTO came_in_force (partition, workspace, number, since) VALUES ($1, $2, $3, $4) "
                "ON CONFLICT (partition, workspace, number) DO NOTHING",
                self.numbers,
            )
        for partition, workspace in self.retold:
            await groups.tell_all(connection, partition, workspace)
        if self.built:
            await connection.executemany(
                "UPDATE in_force SET built = greatest(built, $3) WHERE partition = $1 AND workspace = $2", self.built
            )
            await connection.executemany(
                "DELETE FROM came_in_force WHERE partition = $1 AND workspace = $2 AND number < $3", self.built
            )

    async def _became(self, connection: Connection) -> set[bytes]:
        """Write what became of messages, and then lay hold of those that are to be sent again; gives what is not, by the id it would
        have had. Whatever is known of one by now speaks against sending it again, in whatever order the two came."""
        if self.receipts:
            await deliveries.record(connection, self.receipts, self.counted)
        plans = [plan for level in self.plans.values() for plan in level if plan.effect.again is not None]
        if not plans:
            return set()
        refused = await again.hold(connection, plans)
        self.refusals += [self.asked[id]._replace(reason=why) for id, why in sorted(refused.items()) if why]
        return set(refused)

    def _entries(self, missing: set[bytes]) -> list[Entry]:
        """Give the rows of history, without messages that are not planned after all; one asked for twice stands there once."""
        rows = [entry for rows in self.history.values() for entry in rows]
        if not self.asked:
            return rows
        once: dict[bytes, Entry] = {}
        for entry in rows:
            if entry.kind == PLANNED and entry.id in self.asked and entry.id not in missing:
                once.setdefault(entry.id, entry)
        return [
            entry
            for entry in rows
            if entry.kind != PLANNED or entry.id not in self.asked or once.get(entry.id) is entry
        ]

    async def _deliveries(self, connection: Connection, missing: set[bytes]) -> None:
        for level in sorted({*self.plans, *self.cancels, *self.moves, *self.partings}):
            moved = [((home_of(old), old), (home_of(new), new)) for old, new in self.moves[level]]
            await deliveries.move(connection, moved)
            for parting in self.partings[level]:
                await hand_back(connection, parting, self.counted)
            await deliveries.plan(connection, [plan for plan in self.plans[level] if plan.effect.id not in missing])
            await deliveries.cancel(connection, self.cancels[level], self.counted)
        await calls.plan(connection, self.calls)
        await calls.cancel(connection, [each for level in self.cancels.values() for each in level])

    async def _erase(self, connection: Connection) -> None:
        everybody: list[bytes] = []
        for person, _, _ in self.deleted:
            gone = [person, *(await links.absorbed(connection, [person])).get(person, [])]
            everybody += gone
            who = [(home_of(each), each) for each in gone]
            await delete_history(connection, who)
            await groups.forget(connection, gone)
            await deliveries.delete(connection, who)
            await calls.delete(connection, who)
            await conversions.delete(connection, gone)
            await links.forget_links(connection, gone)
            for table in ("backtest_people", "backtest_samples"):
                await connection.execute(f"DELETE FROM {table} WHERE person = ANY($1::bytea[])", gone)
        for workspace, keys, identifiers in _together(self.forgotten):
            await rejected.forget(connection, workspace, keys)
            await imported.forget(connection, workspace, identifiers)
            await catalog.forget(connection, workspace, everybody)
            await audit.forget(connection, workspace, [show_id(each) for each in everybody])


def _together(gone: Sequence[Forgotten]) -> list[Forgotten]:
    """All of a workspace at once: each asks tables that are not by person."""
    found: dict[int, Forgotten] = {}
    for workspace, keys, identifiers in gone:
        whole = found.setdefault(workspace, Forgotten(workspace, [], []))
        whole.keys.extend(keys)
        whole.identifiers.extend(identifiers)
    return list(found.values())
