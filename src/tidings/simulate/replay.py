"""Replay: a person, with everybody they absorbed, lives through their rows of history again, on each side.

Until a merge those who are one today are two, as they were; the merge is played at its date. What the journey itself caused is left out:
each side causes its own.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from tidings.delivery.policy import Sent
from tidings.engine import NOTHING, Needs, rejoin
from tidings.history import kinds
from tidings.kernel.effects import Called, Moved
from tidings.kernel.ids import digest, home_of, read_delivery
from tidings.kernel.records import SYSTEM, Answered, Body, Event, Identifier, Record, Touch
from tidings.kernel.times import parse_duration
from tidings.people.document import Person
from tidings.people.identity import ANONYMOUS_AGE, is_known
from tidings.people.merge import merge
from tidings.simulate.account import Account, Window
from tidings.simulate.actor import Actor, nobody
from tidings.simulate.occasions import INVENTED
from tidings.simulate.outside import NO_STUBS, Outside, Stubs
from tidings.simulate.post import Office, Post
from tidings.simulate.row import Row, absorbed, answered, body_of, caused, may_be_caused, moves, named, starts
from tidings.simulate.side import Side
from tidings.simulate.typed import typed


class Lives(Struct):
    """What history holds of somebody. ``rows``: by person, each in order; ``depth``: how many merges lie between them and who they are
    today. ``names``: identifiers of those whose rows do not tell when they gained them, with when they began. ``heard``: what befell their
    groups where history does not tell; ``anew``: by side, all that befell them of what is worked out anew (None: as it happened)."""

    root: bytes
    rows: dict[bytes, list[Row]]
    depth: dict[bytes, int]
    names: Mapping[bytes, tuple[int, Sequence[Identifier]]] = {}
    heard: Mapping[bytes, list[Row]] = {}
    anew: Sequence[frozenset[bytes]] | None = None


class Played(Struct):
    """``accounts``: one a side, in their order. ``real``: what runs of the journey really did. ``inputs``: handed over to each side.

    ``standing``: by side, the steps at which runs stand in the end.
    """

    accounts: list[Account]
    standing: list[list[str]]
    real: list[Moved]
    inputs: int
    engaged: int = 0
    dropped: int = 0
    recorded: int = 0
    stubbed: int = 0
    unanswered: int = 0


class Replay:
    """Plays one person after another. ``renders`` and ``suppressed`` as an `Office` takes them, by side."""

    def __init__(
        self, sides: Sequence[Side], window: Window, offices: Sequence[Office], stubs: Stubs = NO_STUBS
    ) -> None:
        self.sides, self.window, self.offices, self.stubs = sides, window, offices, stubs
        self.journey = sides[0].journey
        self.workspace = sides[0].definitions.workspace.id
        self.actors: list[dict[bytes, Actor]] = []
        """Of whom was played last, on each side: who they are in the end."""
        self._known = [parse_duration(side.snapshot.settings.get("start_age") or "24 hours") for side in sides]

    def play(self, lives: Lives, accounts: Sequence[Account] | None = None) -> Played:
        """Let them live through all of it, up to the end of the window. ``accounts``: which are told what happens, one a side."""
        script = [
            (row.received, -lives.depth[row.person], n, row)
            for person, rows in lives.rows.items()
            for n, row in enumerate([*rows, *lives.heard.get(person, ())])
        ]
        script.sort(key=lambda item: item[:3])
        real = moves(item[3] for item in script)
        members = {(move.time, move.why) for move in real if move.what == "passed"}
        own = caused(real) if any(may_be_caused(item[3]) for item in script) else frozenset()
        told_to = accounts or [Account(self.journey, self.window) for _ in self.sides]
        returned, said = _returned(script), starts(item[3] for item in script)
        casts = [
            _Cast(side, office, account, lives, returned, said)
            for side, office, account in zip(self.sides, self.offices, told_to, strict=True)
        ]
        self.actors = [cast.actors for cast in casts]
        mine = [move for move in real if move.journey == self.journey]
        played = Played(list(told_to), [], mine, 0)
        told = answered(item[3] for item in script)
        for cast in casts:
            cast.outside = typed(_Outside(told, self.stubs, played).answer, cast.side.body)
        for _, _, _, row in script:
            if row.kind in (kinds.MOVED, kinds.PLANNED, kinds.ANSWERED, kinds.STARTS) or row.id in own:
                continue
            if row.kind == kinds.MEMBERSHIP and (row.time, row.name) in members:
                continue  # a step put the person in, or took them out
            if row.kind == kinds.LINK:
                for cast in casts:
                    cast.link(row)
                continue
            body = body_of(row)
            if body is None:
                continue
            played.inputs += 1
            for number, (cast, known) in enumerate(zip(casts, self._known, strict=True)):
                if row.kind != kinds.BEFELL or _befalls(row, number, cast.side, lives):
                    cast.take(row, body, known, played)
        end = self.window.end
        for cast in casts:
            played.standing.append(cast.rest(end))
        return played


class _Outside:
    """Answers calls as they were answered, else as it was declared; and counts how."""

    def __init__(self, told: Mapping[bytes, tuple[int, Answered]], stubs: Stubs, played: Played) -> None:
        self.told, self.stubs, self.played = told, stubs, played

    def answer(self, called: Called) -> tuple[int, Answered] | None:
        """Answer one."""
        if (found := self.told.get(called.id)) is not None:
            self.played.recorded += 1
            return found
        found = self.stubs.answer(called)
        self.played.stubbed += found is not None
        self.played.unanswered += found is None
        return found


class _Cast:
    """The people of one replay on one side."""

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
        self.outside: Outside = nobody
        self.actors: dict[bytes, Actor] = {}
        self.leaving: dict[bytes, Actor] = {}
        """Those absorbed whose document has not arrived: time does not move them meanwhile."""
        self.fresh: dict[bytes, tuple[int, list[Identifier]]] = {}
        """Identifiers just gained: the record that brought them comes next, at the same moment."""
        for person, (began, identifiers) in lives.names.items():
            self.actors[person] = self._begin(person, began, identifiers)
            self.fresh[person] = (began, list(identifiers))

    def _begin(self, id: bytes, now: int, identifiers: Sequence[Identifier]) -> Actor:
        person = Person(
            id=id,
            workspace=self.side.definitions.workspace.id,
            partition=home_of(id),
            created=now,
            first=id,
            identifiers=list(identifiers),
        )
        post = Post(self.office, self.account.told, self.returned)
        return Actor(self.side.definitions, person, post, self.account.see, lambda called: self.outside(called))

    def take(self, row: Row, body: Body, known: int, played: Played) -> None:
        """Apply a row."""
        actor = self.actors.get(row.person)
        if actor is None:
            actor = self.actors[row.person] = self._begin(row.person, row.received, ())
        if isinstance(body, Event) and body.kind == "message" and not self._is_real(actor, row, body, played):
            return
        who = self._who(actor, row.received)
        limit = known if is_known(actor.person) else ANONYMOUS_AGE
        in_time = row.received - row.time <= limit or row.kind in (kinds.BEFELL, kinds.TAKEN)
        starts = self.starts.get(row.id, in_time)
        record = Record(row.id, actor.person.workspace, 1, SYSTEM, who, row.time, row.received, body, starts=starts)
        actor.give(record, row.received)

    def _who(self, actor: Actor, now: int) -> tuple[Identifier, ...]:
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
        actor.give(Record(id, actor.person.workspace, 1, SYSTEM, tuple(gained), now, now, Touch()), now)

    def _is_real(self, actor: Actor, row: Row, body: Event, played: Played) -> bool:
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
        played.engaged += happened
        played.dropped += not happened
        return happened and (body.kind, body.name) in self.side.events

    # Identity

    def link(self, row: Row) -> None:
        """Identifiers gained and lost; somebody absorbed."""
        if row.name == "named":
            self._named(row)
        elif row.name == "absorbed" and row.person in self.actors:
            old = self.leaving[row.person] = self.actors.pop(row.person)
            self._settle(old, row.received)
        elif row.name == "absorbs":
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

    def _settle(self, actor: Actor, now: int) -> None:
        """Bring somebody up to a moment."""
        if (fresh := self.fresh.pop(actor.person.id, None)) is not None:
            self._touch(actor, *fresh)
        actor.rest(now)

    def _absorb(self, row: Row, old: Actor) -> None:
        new = self.actors.get(row.person)
        if new is None:
            new = self.actors[row.person] = self._begin(row.person, row.received, ())
        self._settle(new, row.received)
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
            self._settle(actor, end)
        return [
            run.step
            for actor in (*self.actors.values(), *self.leaving.values())
            for run in actor.person.runs
            if run.journey == self.side.journey and run.ended is None
        ]


def _befalls(row: Row, number: int, side: Side, lives: Lives) -> bool:
    """Whether what befell a group did so on a side."""
    if lives.anew is None or row.name not in side.anew:
        return row.place != INVENTED
    really = row.place != INVENTED and ("track", row.name) not in side.definitions.derived
    return really or row.id in lives.anew[number]


def _returned(script: Sequence[tuple[int, int, int, Row]]) -> frozenset[bytes]:
    """Give the deliveries of which it is known when they were received."""
    found = set()
    for _, _, _, row in script:
        if row.kind == kinds.MESSAGE and row.name.startswith("received "):
            said = msgspec.msgpack.decode(memoryview(row.body)[1:])
            delivery = read_delivery(str(said.get("delivery")))
            if delivery is not None:
                found.add(delivery[1])
    return frozenset(found)
