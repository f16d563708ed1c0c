"""The people and identifiers a batch has in hand: loaded in two queries, changed in memory, written by its commit."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from tidings.database.pool import Connection
from tidings.kernel.ids import home_of
from tidings.kernel.ids import read as read_id
from tidings.kernel.records import (
    Absorb,
    Alias,
    Built,
    Event,
    GroupChanged,
    Identifier,
    Identify,
    Merge,
    Record,
    Unmerge,
)
from tidings.people import links, passed, store
from tidings.people.document import Person, Time
from tidings.people.identity import claims, key_of
from tidings.people.standing import Stood
from tidings.people.store import DOCUMENT, WAKE, Owned, Row
from tidings.processor.force import Force
from tidings.processor.hand import Hand
from tidings.processor.replay import Replay

Named = tuple[Identifier, bytes | None]
"""An identifier and its key; a person's own id has none."""
_NOBODYS: Final = Owned(None, None, False)
"""An identifier that nobody ever had."""


class Crowd:
    """``people``: by id, as they are now; ``changed``: whose documents are to be written; ``into``: absorbed -> who carries on;
    ``took_in``, ``apart``: whom a survivor absorbed, and who parted, in this batch; ``stood`` and ``stand``: where runs of those who
    changed stood before it, and stand now; ``passed``: what builds counted of those they passed over, by counter."""

    def __init__(self, connection: Connection, force: Force) -> None:
        self.connection, self.force = connection, force
        self.people = Hand()
        self.owned: dict[bytes, Owned] = {}
        self.changed: set[bytes] = set()
        self.into: dict[bytes, bytes] = {}
        self.took_in: dict[bytes, list[bytes]] = {}
        self.apart: set[bytes] = set()
        self.stood: dict[bytes, Stood] = {}
        self.stand: dict[bytes, Stood] = {}
        self.passed: dict[bytes, dict[bytes, list[Time]]] = {}
        self._rows: dict[bytes, Row] = {}
        self._told: set[bytes] = set()
        self._newest: bytes | None = None
        self._soonest: int | None = None
        self._keys: dict[tuple[int, str, str], bytes] = {}

    def follow(self, before: "Crowd", keys: Iterable[bytes]) -> None:
        """Take over whom an earlier batch changed, and whose these identifiers are since."""
        self.people.take({id: before._rows[id][DOCUMENT] for id in before.changed})
        for key in keys:
            self.owned[key] = before.owned[key]

    async def load(self, connection: Connection, records: Iterable[Record], people: Iterable[bytes] = ()) -> None:
        """Load everybody the records name, and these people."""
        ids = set(people)
        keys: set[bytes] = set()
        for record in records:
            for kind, value in claims(record):
                if kind != "cio_id":
                    keys.add(self.key(record.workspace, kind, value))
                elif (id := read_id(value)) is not None:
                    ids.add(id)
            body = record.body
            if isinstance(body, Event | Identify):
                continue  # most are, and name nobody else
            if isinstance(body, GroupChanged):
                ids.update(body.people)
            elif isinstance(body, Built):
                ids.update(person for person, _ in body.people)
            elif isinstance(body, Absorb):
                ids.add(body.into)
            elif isinstance(body, Unmerge):
                ids.add(body.absorbed)
            elif isinstance(body, Alias):
                keys.update(self.key(record.workspace, kind, body.previous) for kind in ("id", "anonymous_id"))
            elif isinstance(body, Merge):
                if body.secondary[0] != "cio_id":
                    keys.add(self.key(record.workspace, *body.secondary))
                elif (id := read_id(body.secondary[1])) is not None:
                    ids.add(id)
        if keys:
            self.owned = await store.owners(connection, sorted(keys))
        owners = {owned.person for owned in self.owned.values() if owned.person is not None}
        await self.need(ids | owners, connection)
        if self.people.lacks(map(self._now, owners) if self.into else owners):
            raise Replay("somebody was deleted or joined while people were loaded")

    async def need(self, people: Iterable[bytes], connection: Connection | None = None) -> None:
        """Load people not yet in hand; those who were absorbed are followed to who carries on."""
        connection = connection or self.connection
        wanted = sorted(self.people.lacks(people) - self.into.keys())
        if not wanted:
            return
        found = await store.stored(connection, wanted)
        self.people.take({id: doc for id, doc, _, _ in found})
        number = self.force.number
        older = [id for id, _, workspace, built in found if built < number(home_of(id), workspace)]
        if older:
            self.passed |= await passed.of(connection, older)
        missing = self.people.lacks(wanted)
        if missing:
            followed = await links.followed(connection, sorted(missing))
            self.into |= followed
            await self.need(followed.values(), connection)

    def named(self, record: Record) -> list[Named]:
        """Give the identifiers of a record with their keys."""
        return [
            ((kind, value), None if kind == "cio_id" else self.key(record.workspace, kind, value))
            for kind, value in claims(record)
        ]

    def key(self, workspace: int, kind: str, value: str) -> bytes:
        """Give an identifier's key."""
        short = (workspace, kind, value)
        found = self._keys.get(short)
        if found is None:
            found = self._keys[short] = key_of(self.force.workspaces[workspace].secret, kind, value)
        return found

    def owner(self, identifier: Identifier, key: bytes | None) -> Person | None:
        """Give whose an identifier is."""
        if key is not None:
            owned = self.owned.get(key)
            return self.person(owned.person) if owned is not None and owned.person is not None else None
        id = read_id(identifier[1])
        return self.person(id) if id is not None else None

    def person(self, id: bytes) -> Person | None:
        """Give a person by id, merges followed."""
        found: Person | None = self.people.get(self._now(id))
        return found

    def _now(self, id: bytes) -> bytes:
        while self.into and (into := self.into.get(id)) is not None:
            id = into
        return id

    def holder(self, record: Record) -> Person | None:
        """Give whose the one identifier of a record is; None also where it ever was deleted or suppressed, or is a person's own id."""
        kind, value = record.who[0]
        if kind == "cio_id":
            return None
        owned = self.owned.get(self.key(record.workspace, kind, value))
        if owned is None or owned.person is None or owned.gone_at is not None or owned.suppressed:
            return None
        return self.people.get(owned.person) if not self.into else self.person(owned.person)

    def refuses(self, key: bytes | None, received: int) -> bool:
        """Whether an identifier is suppressed, or was deleted after something was received."""
        owned = self.owned.get(key) if key is not None else None
        return owned is not None and (owned.suppressed or (owned.gone_at is not None and received <= owned.gone_at))

    def give(self, key: bytes, person: bytes | None) -> None:
        """Say whose an identifier is now."""
        self.owned[key] = replace(self.owned.get(key, _NOBODYS), person=person)

    def bury(self, key: bytes, at: int, suppressed: bool, grave: bytes | None) -> None:
        """Say that an identifier is nobody's, and refuses what was received up to a moment."""
        known = self.owned.get(key, _NOBODYS)
        at = max(at, known.gone_at or at)
        self.owned[key] = Owned(None, at, suppressed or known.suppressed, known.grave or grave)

    def dig_up(self, keys: Iterable[bytes], graves: Collection[bytes]) -> None:
        """Say that identifiers are no longer suppressed, nor what was suppressed together with them."""
        together = {key for key, owned in self.owned.items() if owned.grave in graves}
        for key in together.union(key for key in keys if key in self.owned):
            self.owned[key] = replace(self.owned[key], suppressed=False, grave=None)

    def put(self, person: Person) -> None:
        """Keep a new version of a person."""
        known = self.people.get(person.id)
        if known is None or known.attributes is not person.attributes or known.identifiers is not person.identifiers:
            self._told.add(person.id)
        if person.id not in self.stood:
            stood = Stood(person.workspace, known.runs, known.dates) if known is not None else Stood(person.workspace)
            if stood.runs or stood.dates or person.runs or person.dates:
                self.stood[person.id] = stood
        self.people[person.id] = person
        self.changed.add(person.id)
        if self._newest != person.id:
            self._write()
            self._newest = person.id

    def _write(self) -> None:
        """Make the row of whoever was changed last, while their document is at hand, and let the document go: others are changed next,
        as a rule."""
        id, self._newest = self._newest, None
        if id is None or id not in self.changed:
            return
        person = self.people[id]
        row = self._rows[id] = store.row(person, id in self._told)
        if id in self.stood:
            self.stand[id] = Stood(person.workspace, person.runs, person.dates)
        if (wake := row[WAKE]) is not None and (self._soonest is None or wake < self._soonest):
            self._soonest = wake
        self.people.lay(id, row[DOCUMENT])

    def rows(self) -> list[Row]:
        """Give what is to be written of whoever changed, in the order of keys."""
        self._write()
        return [self._rows[id] for id in sorted(self.changed)]

    def late(self, until: int) -> list[bytes]:
        """Give those who changed whom time moves again up to a moment, in the order of keys."""
        self._write()
        if self._soonest is None or self._soonest > until:
            return []
        rows = self._rows
        return sorted(id for id in self.changed if (wake := rows[id][WAKE]) is not None and wake <= until)

    def absorb(self, old: bytes, new: bytes) -> None:
        """Say that somebody was absorbed."""
        self._leaves(old)
        self.people.drop(old)
        self.changed.discard(old)
        self.into[old] = new
        self.took_in.setdefault(new, []).extend([old, *self.took_in.pop(old, [])])
        for key, owned in self.owned.items():
            if owned.person == old:
                self.owned[key] = replace(owned, person=new)

    def remove(self, person: bytes) -> None:
        """Take somebody out of hand."""
        self._leaves(person)
        self.people.drop(person)
        self.changed.discard(person)

    def _leaves(self, id: bytes) -> None:
        person = self.people.get(id)
        if person is not None:
            self.stood.setdefault(id, Stood(person.workspace, person.runs, person.dates))
        self.stand.pop(id, None)

    async def whole(self, people: Sequence[bytes]) -> dict[bytes, list[bytes]]:
        """Give for each person all whose history is theirs: they themselves and whom they absorbed, in this batch or before. Somebody
        whose document another worker has sent off, and that has not arrived, is not yet theirs: what it says is not either."""
        trees = {person: [person, *self.took_in.get(person, [])] for person in people}
        before = await links.absorbed(
            self.connection, sorted({each for tree in trees.values() for each in tree}), met=True
        )
        return {
            person: [
                each
                for each in dict.fromkeys([*tree, *(old for each in tree for old in before.get(each, []))])
                if each not in self.apart or each == person
            ]
            for person, tree in trees.items()
        }
