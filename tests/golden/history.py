"""A golden history: definitions (and those published over them with people inside), the records people were given and when, and every
effect and message that came of them.

What is compared leaves out fields that hold their defaults: structs gain fields at their end, and a history recorded before says nothing
of those. Where a later engine does something else on purpose, the file says so: the decision that allows it, and what happens now.
"""

import json
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import NODEFAULT, Struct, field

from tidings.delivery.workspaces import Snapshot
from tidings.engine import NOTHING, Definitions, Needs, rejoin, seal
from tidings.kernel.effects import Called, Cancelled, Changed, Happened, Membership, Moved, Planned, Rejected
from tidings.kernel.ids import digest
from tidings.kernel.records import FORMAT as RECORDS
from tidings.kernel.records import SYSTEM, Absorb, Record, Touch, decode, encode
from tidings.people.document import FORMAT as DOCUMENTS
from tidings.people.document import Person
from tidings.people.document import decode as decode_person
from tidings.people.merge import merge
from tidings.simulate.actor import Actor
from tidings.simulate.admissions import Doors
from tidings.simulate.given import happen
from tidings.simulate.outside import NO_STUBS, Stubs
from tidings.simulate.post import Letter
from tidings.simulate.story import Story
from tidings.simulate.world import World

FOLDER: Final = Path(__file__).parent
EFFECTS: Final = (Moved, Planned, Membership, Changed, Happened, Called, Cancelled, Rejected)


class Change(Struct):
    """What a later engine does instead, and the number of the decision that allows it."""

    decision: int
    effects: list[str]


class Golden(Struct):
    """``engine``: the version that recorded it. ``people``: (id, since, identifiers); ``inputs``: (moment, whose, record), ids and records
    in base64. ``effects``: one line each, in order; ``changes``: later ones, the newest last. ``publishes``: (moment, body), each in force
    before the inputs of its moment; ``formats``: of the records and documents in it."""

    engine: str
    about: str
    body: dict[str, Any]
    answers: dict[str, Any]
    failures: dict[str, str]
    people: list[tuple[str, int, list[tuple[str, str]]]]
    inputs: list[tuple[int, str, str]]
    until: int
    effects: list[str]
    changes: list[Change] = field(default_factory=list)
    publishes: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    formats: dict[str, int] = field(default_factory=dict)

    @property
    def wanted(self) -> list[str]:
        """What the engine of today is to do."""
        return self.changes[-1].effects if self.changes else self.effects


class Flown(World):
    """A world in which other definitions come into force, and people are joined."""

    def publish(self, now: int, body: dict[str, Any]) -> None:
        """Put a body in force; whoever is inside is carried at once."""
        self.rest(now - 1)
        number, own = self.definitions.number + 1, self.definitions.workspace
        self.definitions = Definitions(own, number, seal(own, number, body, self.definitions.body))
        name = self.office.snapshot.name
        self.office.snapshot = Snapshot(own.id, name, own.secret, number, self.definitions.body)
        self.doors = Doors(self.definitions, self._inside)
        for id, actor in self.actors.items():
            actor.definitions, actor.door = self.definitions, self.doors.ask
            if actor.person.place:
                actor.give(Record(digest("carry", id, number), own.id, 0, SYSTEM, (), now, now, Touch()), now)

    def hand(self, actor: Actor, record: Record, now: int) -> None:
        """Hand a finished record to somebody; with the document of somebody absorbed, they are one from then on."""
        if not isinstance(record.body, Absorb):
            super().hand(actor, record, now)
            return
        self.rest(now - 1)
        gone = self.actors.pop(record.body.absorbed)
        person, ended, _ = merge(actor.person, decode_person(record.body.document))
        actor.past.join(gone.past)
        facts = NOTHING
        while isinstance(result := rejoin(self.definitions, person, ended, [], record, now, facts), Needs):
            facts = facts.joined(actor.past.answer(result))
        actor.person = result.person
        actor.take(result.effects)


class Recorder(Flown):
    """A world that keeps what it hands over."""

    def __init__(self, body: Mapping[str, Any], stubs: Stubs = NO_STUBS) -> None:
        super().__init__(body, stubs=stubs)
        self.inputs: list[tuple[int, bytes, Record]] = []
        self.published: list[tuple[int, dict[str, Any]]] = []

    def hand(self, actor: Actor, record: Record, now: int) -> None:
        """Hand a finished record to somebody."""
        self.inputs.append((now, actor.person.id, record))
        super().hand(actor, record, now)

    def publish(self, now: int, body: dict[str, Any]) -> None:
        """Put a body in force."""
        self.published.append((now, body))
        super().publish(now, body)


def record(engine: str, about: str, body: Mapping[str, Any], story: Story) -> Golden:
    """Play a story, and write down what was given and what came of it."""
    if story.journeys is not None:
        body = {**body, "journeys": {name: body["journeys"][name] for name in story.journeys}}
    world = Recorder(body, Stubs(story.answers, story.failures))
    cast = {}
    for name, attributes in story.people.items():
        email = attributes.get("email")
        names = (("id", str(attributes.get("id", name))), *((("email", email),) if isinstance(email, str) else ()))
        cast[name] = world.let_in(attributes, story.start, names)
    people = [begun(actor, story.start) for actor in cast.values()]
    for entry in story.given:
        assert not happen(entry, world, cast[entry.who])
    world.rest(story.until)
    return written(engine, about, world, people, story.until, body, Stubs(story.answers, story.failures))


def begun(actor: Actor, now: int) -> tuple[str, int, list[tuple[str, str]]]:
    """Somebody as they began, as it is written down."""
    return _text(actor.person.id), now, list(actor.person.identifiers)


def written(
    engine: str, about: str, world: Recorder, people: list[Any], until: int, body: Mapping[str, Any], stubs: Stubs
) -> Golden:
    """What a world kept, as it is written down. ``body``: of the definitions it began with."""
    inputs = [(at, _text(who), _text(encode(each))) for at, who, each in world.inputs]
    plain, publishes = json.loads(json.dumps([body, world.published]))
    formats = {"document": DOCUMENTS, "record": RECORDS}
    golden = Golden(engine, about, plain, dict(stubs.answers), dict(stubs.failures), people, inputs, until, [])
    golden.publishes, golden.formats = publishes, formats
    golden.effects = replay(golden)
    return golden


def replay(golden: Golden) -> list[str]:
    """Hand the same to the engine of today; gives what comes of it, a line each."""
    world = Flown(golden.body, stubs=Stubs(golden.answers, golden.failures))
    coming = deque(golden.publishes)
    actors: dict[str, Actor] = {}
    for id, since, identifiers in golden.people:
        own = b64decode(id)
        names = [(kind, value) for kind, value in identifiers]
        person = Person(own, world.definitions.workspace.id, own[0] % 64, since, own, names)
        actors[id] = world.admit(person)
    for at, who, said in golden.inputs:
        while coming and coming[0][0] <= at:
            world.publish(*coming.popleft())
        world.hand(actors[who], decode(b64decode(said)), at)
    for each in coming:
        world.publish(*each)
    world.rest(golden.until)
    return [
        f"{_text(line.person)} {line.time} {_said(line.cause)}"
        for line in world.lines
        if isinstance(line.cause, (*EFFECTS, Letter))
    ]


def files() -> Iterator[Path]:
    """Give every file there is."""
    return iter(sorted(FOLDER.glob("*/*.json")))


def read(path: Path) -> Golden:
    """Read one."""
    return msgspec.json.decode(path.read_bytes(), type=Golden)


def write(path: Path, golden: Golden) -> None:
    """Write one, a line an input and an effect."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(golden), indent=1) + b"\n")


def _said(cause: Any) -> str:
    if isinstance(cause, Letter):
        own = {"step": cause.planned.step, "fate": cause.fate, "reason": cause.reason, "subject": cause.subject}
        return f"Letter {_json(own | {'text': cause.text})}"
    return f"{type(cause).__name__} {_json(_plain(cause))}"


def _plain(value: Any) -> Any:
    """As plain data, without what holds its default."""
    if isinstance(value, Struct):
        found = {}
        for each in msgspec.structs.fields(value):
            own = getattr(value, each.name)
            usual = each.default if each.default_factory is NODEFAULT else each.default_factory()
            if own != usual:
                found[each.name] = _plain(own)
        return found
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(own) for key, own in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(own) for own in value]
    return value


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _text(value: bytes) -> str:
    return b64encode(value).decode()
