"""A cast: the people of one life, or of several until they merge, who live through rows of history on one side."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from tidings.delivery.policy import Sent
from tidings.engine import NOTHING, Needs, rejoin
from tidings.history import kinds
from tidings.kernel.ids import digest, home_of, read_delivery
from tidings.kernel.records import SYSTEM, Body, Event, Identifier, Record, Touch
from tidings.people.document import Person
from tidings.people.identity import ANONYMOUS_AGE, is_known
from tidings.people.merge import merge
from tidings.simulate.account import Account
from tidings.simulate.actor import Actor, nobody
from tidings.simulate.admissions import Doorkeeper, open_door
from tidings.simulate.outside import Outside
from tidings.simulate.post import Office, Post
from tidings.simulate.row import Row, absorbed, absorbs, is_named, named
from tidings.simulate.side import Side


class Lives(Struct):
    """What history holds of somebody. ``rows``: by person, each in order; ``depth``: how many merges lie between them and who they are
    today. ``names``: identifiers of those whose rows do not tell when they gained them, with when they began. ``older``: those
    who are older than what history tells, as they were when it ``begins``. ``heard``: what befell their groups where history does not tell;
    ``anew``: by side, all that befell them of what is worked out anew (None: as it happened)."""

    root: bytes
    rows: dict[bytes, list[Row]]
    depth: dict[bytes, int]
    names: Mapping[bytes, tuple[int, Sequence[Identifier]]] = {}
    older: Mapping[bytes, Person] = {}
    begins: int = 0
    heard: Mapping[bytes, list[Row]] = {}
    anew: Sequence[frozenset[bytes]] | None = None

    def script(self) -> list[Row]:
        """Give all rows in the order in which they were applied; of one moment, first those of whom others absorb."""
        rows = [
            (row.received, -self.depth[person], n, row)
            for person, own in self.rows.items()
            for n, row in enumerate([*own, *self.heard.get(person, ())])
        ]
        rows.sort(key=lambda item: item[:3])
        return [row for _, _, _, row in rows]


class Cast:
    """``returned``: ids of messages of which it is known when they were received; ``starts``: which records might start journeys, or not,
    otherwise than their times tell. ``engaged``, ``dropped``: what people did with messages that this side sent, and did not."""

    def __init__(
        self,
        side: Side,
        office: Office,
        account: Account,
        lives: Lives,
        returned: frozenset[bytes],
        starts: Mapping[bytes, bool],
    ) -> None:
        self.side, self.office, self.account, self.lives, self.returned = side, office, account, lives, returned
        self.starts = starts
        self.engaged = self.dropped = 0
        self.outside: Outside = nobody
        self.door: Doorkeeper = open_door
        self.actors: dict[bytes, Actor] = {}
        self.leaving: dict[bytes, Actor] = {}
        """Those absorbed whose document has not arrived: time does not move them meanwhile."""
        self.fresh: dict[bytes, tuple[int, list[Identifier]]] = {}
        """Identifiers just gained: the record that brought them comes next, at the same moment."""
        for person, (began, identifiers) in lives.names.items():
            self.actors[person] = self._begin(person, began, identifiers)
            self.fresh[person] = (began, list(identifiers))
        for id, then in lives.older.items():
            by_hand = {name: since for name, since in then.segments.items() if name in side.by_hand}
            self.actors[id] = self._actor(msgspec.structs.replace(then, segments=by_hand))
            self.fresh[id] = (lives.begins, list(then.identifiers))

    def actor(self, id: bytes, now: int) -> Actor:
        """Give somebody; who was not met yet begins now."""
        found = self.actors.get(id)
        if found is None:
            found = self.actors[id] = self._begin(id, now, ())
        return found

    def _begin(self, id: bytes, now: int, identifiers: Sequence[Identifier]) -> Actor:
        person = Person(
            id=id,
            workspace=self.side.definitions.workspace.id,
            partition=home_of(id),
            created=now,
            first=id,
            identifiers=list(identifiers),
        )
        return self._actor(person)

    def _actor(self, person: Person) -> Actor:
        post = Post(self.office, self.account.told, self.returned)
        actor = Actor(self.side.definitions, person, post, self.account.see, lambda called: self.outside(called))
        actor.door = lambda queued, now: self.door(queued, now)
        return actor

    def take(self, row: Row, body: Body, known: int) -> None:
        """Apply a row. ``known``: how old what somebody known did may be and still start journeys."""
        actor = self.actor(row.person, row.received)
        if isinstance(body, Event) and body.kind == "message" and not self._is_real(actor, row, body):
            return
        who = self.who(actor, row.received)
        limit = known if is_known(actor.person) else ANONYMOUS_AGE
        in_time = row.received - row.time <= limit or row.kind in (kinds.BEFELL, kinds.TAKEN)
        starts = self.starts.get(row.id, in_time)
        record = Record(row.id, actor.person.workspace, 1, SYSTEM, who, row.time, row.received, body, starts=starts)
        actor.give(record, row.received)

    def who(self, actor: Actor, now: int) -> tuple[Identifier, ...]:
        """Give the identifiers that the record of this moment brought; what was gained before is said first."""
        id = actor.person.id
        fresh = self.fresh.pop(id, None)
        if fresh is None:
            return ()
        if fresh[0] == now:
            return tuple(fresh[1])
        self._touch(actor, *fresh)
        return ()

    def _touch(self, actor: Actor, now: int, gained: list[Identifier]) -> None:
        id = digest("touch", actor.person.id, now)
        starts = actor.person.id not in self.lives.older or now > self.lives.begins
        actor.give(Record(id, actor.person.workspace, 1, SYSTEM, tuple(gained), now, now, Touch(), starts=starts), now)

    def _is_real(self, actor: Actor, row: Row, body: Event) -> bool:
        """Whether what became of a message happens on this side too: of other journeys always, of this one where the step sent it."""
        properties = body.properties
        journey = str(properties.get("journey"))
        sent = (journey, str(properties.get("step")), str(properties.get("template")))
        post = actor.post
        assert post is not None
        if journey not in self.side.played:
            if body.name.startswith("received "):
                channel = body.name.removeprefix("received ")
                post.count(Sent(row.id, row.received, channel, str(properties.get("topic") or "")), sent[2])
            return (body.kind, body.name) in self.side.events
        actor.rest(row.received - 1)
        delivery = read_delivery(str(properties.get("delivery")))
        happened = (
            delivery is not None and delivery[1] in post.sent
            if body.name.startswith("received ")
            else sent in self.account.steps
        )
        self.engaged += happened
        self.dropped += not happened
        return happened and (body.kind, body.name) in self.side.events

    # Identity

    def link(self, row: Row) -> None:
        """Identifiers gained and lost; somebody absorbed."""
        if is_named(row):
            self._named(row)
        elif row.name == "absorbed" and row.person in self.actors:
            old = self.leaving[row.person] = self.actors.pop(row.person)
            self.settle(old, row.received)
        elif absorbs(row):
            gone = absorbed(row)
            arrived = self.leaving.pop(gone) if gone in self.leaving else self.actors.pop(gone, None)
            if arrived is not None:
                self._absorb(row, arrived)

    def _named(self, row: Row) -> None:
        take, release = named(row)
        actor = self.actors.get(row.person)
        if actor is None:
            actor = self.actors[row.person] = self._begin(row.person, row.received, take)
        else:
            if row.person in self.fresh and self.fresh[row.person][0] != row.received:
                self._touch(actor, *self.fresh.pop(row.person))
            actor.rest(row.received - 1)
            kept = [own for own in actor.person.identifiers if own not in release]
            actor.person = msgspec.structs.replace(actor.person, identifiers=[*kept, *take])
        _, before = self.fresh.get(row.person, (0, []))
        self.fresh[row.person] = (row.received, [*before, *take])

    def settle(self, actor: Actor, now: int) -> None:
        """Bring somebody up to a moment."""
        if (fresh := self.fresh.pop(actor.person.id, None)) is not None:
            self._touch(actor, *fresh)
        actor.rest(now)

    def _absorb(self, row: Row, old: Actor) -> None:
        new = self.actor(row.person, row.received)
        self.settle(new, row.received)
        definitions = self.side.definitions
        manual = [name for name in old.person.segments if name not in new.person.segments and name in self.side.by_hand]
        person, ended, _ = merge(new.person, old.person)
        person.built = min(new.person.built, old.person.built) if old.person.place else new.person.built
        new.past.join(old.past)
        assert new.post is not None
        assert old.post is not None
        new.post.join(old.post)
        now = row.received
        starts = self.starts.get(row.id, True)
        cause = Record(row.id, person.workspace, 1, SYSTEM, (), now, now, Touch(), starts=starts)
        facts = NOTHING
        while isinstance(result := rejoin(definitions, person, ended, manual, cause, now, facts), Needs):
            facts = facts.joined(new.past.answer(result))
        new.person = result.person
        new.take(result.effects)

    def rest(self, end: int) -> list[str]:
        """Let time go on to the end; gives the steps at which runs stand."""
        for actor in self.actors.values():
            self.settle(actor, end)
        return [
            run.step
            for actor in (*self.actors.values(), *self.leaving.values())
            for run in actor.person.runs
            if run.journey == self.side.journey and run.ended is None
        ]
