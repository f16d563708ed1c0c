"""A golden history: definitions, the records people were given and when, and every effect and message that came of them.

What is compared leaves out fields that hold their defaults: structs gain fields at their end, and a history recorded before says nothing
of those. Where a later engine does something else on purpose, the file says so: the decision that allows it, and what happens now.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import NODEFAULT, Struct, field

from tidings.kernel.effects import Called, Cancelled, Changed, Happened, Membership, Moved, Planned, Rejected
from tidings.kernel.records import Record, decode, encode
from tidings.people.document import Person
from tidings.simulate.actor import Actor
from tidings.simulate.given import happen
from tidings.simulate.outside import Stubs
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
    in base64. ``effects``: one line each, in order; ``changes``: later ones, the newest last."""

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

    @property
    def wanted(self) -> list[str]:
        """What the engine of today is to do."""
        return self.changes[-1].effects if self.changes else self.effects


class _Recorder(World):
    """A world that keeps what it hands over."""

    def __init__(self, body: Mapping[str, Any], stubs: Stubs) -> None:
        super().__init__(body, stubs=stubs)
        self.inputs: list[tuple[int, bytes, Record]] = []

    def hand(self, actor: Actor, record: Record, now: int) -> None:
        """Hand a finished record to somebody."""
        self.inputs.append((now, actor.person.id, record))
        super().hand(actor, record, now)


def record(engine: str, about: str, body: Mapping[str, Any], story: Story) -> Golden:
    """Play a story, and write down what was given and what came of it."""
    if story.journeys is not None:
        body = {**body, "journeys": {name: body["journeys"][name] for name in story.journeys}}
    world = _Recorder(body, Stubs(story.answers, story.failures))
    cast = {}
    for name, attributes in story.people.items():
        email = attributes.get("email")
        names = (("id", str(attributes.get("id", name))), *((("email", email),) if isinstance(email, str) else ()))
        cast[name] = world.let_in(attributes, story.start, names)
    people = [(_text(a.person.id), story.start, list(a.person.identifiers)) for a in cast.values()]
    for entry in story.given:
        assert not happen(entry, world, cast[entry.who])
    world.rest(story.until)
    inputs = [(at, _text(who), _text(encode(each))) for at, who, each in world.inputs]
    plain = json.loads(json.dumps(body))
    golden = Golden(engine, about, plain, dict(story.answers), dict(story.failures), people, inputs, story.until, [])
    golden.effects = replay(golden)
    return golden


def replay(golden: Golden) -> list[str]:
    """Hand the same to the engine of today; gives what comes of it, a line each."""
    world = World(golden.body, stubs=Stubs(golden.answers, golden.failures))
    actors: dict[str, Actor] = {}
    for id, since, identifiers in golden.people:
        own = b64decode(id)
        names = [(kind, value) for kind, value in identifiers]
        person = Person(own, world.definitions.workspace.id, own[0] % 64, since, own, names)
        actors[id] = world.admit(person)
    for at, who, said in golden.inputs:
        world.hand(actors[who], decode(b64decode(said)), at)
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
