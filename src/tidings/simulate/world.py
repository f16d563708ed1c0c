"""A world: people on one virtual clock, what happens to them, and what came of it, line by line."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from tidings.delivery.workspaces import Snapshot
from tidings.engine import Definitions, Workspace
from tidings.engine.door import is_before
from tidings.kernel.effects import Called, Changed, Effect, Happened, Membership, Moved, Planned, Rejected, Spread
from tidings.kernel.ids import PARTITIONS, digest, person_id
from tidings.kernel.records import SECRET, SYSTEM, Befell, Body, Group, Identifier, Identify, Record, Ungroup
from tidings.people.document import Person
from tidings.simulate.actor import Actor
from tidings.simulate.admissions import Doors
from tidings.simulate.groups import Groups, Told
from tidings.simulate.outside import NO_STUBS, Stubs
from tidings.simulate.post import Letter, Office, Post
from tidings.simulate.typed import typed

SECRET_OF_A_REHEARSAL: Final = b"rehearsal".ljust(32, b".")


class Line(Struct, frozen=True):
    """Something that came of an input or of time. ``cause``: an input; an effect; or what became of a message."""

    time: int
    person: bytes
    cause: Body | Effect | Letter


class World:
    """``body``: of a snapshot of definitions, as the table ``definitions`` holds it. ``lines``: what happened so far, in order.

    ``stubs``: what the outside world answers. ``workspace``: whose ids and draws they are; left out, of a workspace that is nowhere.
    """

    def __init__(
        self,
        body: Mapping[str, Any],
        workspace: Workspace | None = None,
        renders: Callable[[Planned], bool] | None = None,
        stubs: Stubs = NO_STUBS,
    ) -> None:
        own = workspace or Workspace(1, SECRET_OF_A_REHEARSAL)
        name = str((body.get("settings") or {}).get("workspace") or "rehearsal")
        self.definitions = Definitions(own, 1, body)
        self.office = Office(Snapshot(own.id, name, own.secret, 1, body), renders or (lambda planned: True))
        self.outside = typed(stubs.answer, body)
        self.unanswered: list[tuple[bytes, Called]] = []
        """Calls that nothing was declared for, and whose they are."""
        self.lines: list[Line] = []
        self.actors: dict[bytes, Actor] = {}
        self.doors = Doors(self.definitions, self._inside)
        self._groups = Groups(self.definitions)
        self._news: deque[tuple[int, Told]] = deque()
        self._count = 0
        self._reaches = bool(self.definitions.starts_by_group) or any(
            version.journey.limits.at_once or version.journey.limits.in_all or version.journey.limits.rate
            for version in self.definitions.journeys.values()
        )
        """Whether one person's time reaches others: through groups, or at a door."""

    def let_in(self, attributes: Mapping[str, Any], now: int, identifiers: tuple[Identifier, ...]) -> Actor:
        """Let somebody begin, with attributes; their first identifier tells them apart in draws."""
        partition = digest(*identifiers[0])[0] % PARTITIONS
        id = person_id(partition, self.definitions.workspace.id, *identifiers[0])
        person = Person(
            id=id,
            workspace=self.definitions.workspace.id,
            partition=partition,
            created=now,
            first=id,
            identifiers=list(identifiers),
        )
        actor = self.admit(person)
        self.give(actor, Identify(dict(attributes)), now)
        return actor

    def admit(self, person: Person) -> Actor:
        """Let somebody be there, as they are."""
        actor = self.actors[person.id] = Actor(
            self.definitions, person, Post(self.office, self.told), self.witness, self.outside
        )
        actor.door = self.doors.ask
        return actor

    def give(self, actor: Actor, body: Body, now: int) -> None:
        """Let something happen to somebody."""
        self._count += 1
        person = actor.person
        who = tuple(person.identifiers)
        self.hand(actor, Record(digest("world", self._count), person.workspace, 1, SECRET, who, now, now, body), now)

    def hand(self, actor: Actor, record: Record, now: int) -> None:
        """Hand a finished record to somebody."""
        if self._reaches:
            self.rest(now - 1)  # what others cause up to now may reach this person
        actor.rest(now - 1)
        self.lines.append(Line(now, actor.person.id, record.body))
        actor.give(record, now)
        if isinstance(record.body, Group | Ungroup):
            self._news += [(now, told) for told in self._groups.say(actor.person.id, record.id, record.body, now)]
        self._tell()

    def rest(self, now: int) -> None:
        """Let time go on for everybody up to a moment, in its order where one person's time reaches others."""
        while self._reaches:
            due = [
                (at, any(map(is_before, actor.person.runs)), actor.person.id)
                for actor in self.actors.values()
                if (at := actor.next) is not None and at <= now
            ]
            if not due:
                break
            at, _, first = min(due)  # of one moment, who goes makes room for who stands at the door
            self.actors[first].rest(at)
            self._tell()
        for actor in self.actors.values():
            actor.rest(now)

    def _tell(self) -> None:
        """Let members hear what happened to their groups."""
        while self._news:
            now, (person, body) = self._news.popleft()
            actor = self.actors[person]
            self._count += 1
            id = body.occasion if isinstance(body, Befell) else digest("world", self._count)
            if isinstance(body, Befell):
                self.lines.append(Line(now, person, body))
            who = tuple(actor.person.identifiers)
            actor.give(Record(id, actor.person.workspace, 0, SYSTEM, who, now, now, body), now)

    def _inside(self, journey: str, _: int) -> int:
        """Count the runs at a step of a journey. Everybody has come to the moment, since time goes on in its order."""
        return sum(
            run.journey == journey and run.ended is None and not is_before(run)
            for actor in self.actors.values()
            for run in actor.person.runs
        )

    def witness(self, actor: Actor, effect: Effect) -> None:
        """Write an effect down."""
        if isinstance(effect, Called) and self.outside(effect) is None:
            self.unanswered.append((actor.person.id, effect))
        if isinstance(effect, Spread):
            self._news += [(effect.time, told) for told in self._groups.spread(effect, effect.time)]
            return
        time = moment(effect) or (self.lines[-1].time if self.lines else 0)
        self.lines.append(Line(time, actor.person.id, effect))

    def told(self, person: Person, letter: Letter) -> None:
        """Write down what became of a message."""
        self.lines.append(Line(letter.time, person.id, letter))


def moment(effect: Effect) -> int:
    """Give when an effect was; 0 where it does not say."""
    match effect:
        case Planned() | Called():
            return effect.due
        case Happened() | Changed() | Membership() | Moved():
            return effect.time
        case Rejected():
            return 0
        case _:
            return effect.time
