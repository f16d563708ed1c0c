"""Histories for the examples: people made up by a seed, who live through months under a real worker.

Who they are and what they do by the way is drawn as a simulation draws it; what hangs together in a life (a trial and its end, a cart
and its order) each example tells itself, in `histories/`. What they do with messages can't be known before it is known which they get: so
they live in a `World` first, which says what was sent when, and its records, with those of messages received, opened and clicked, are the
log that the worker reads. Nothing of it depends on when or where it is made.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from importlib import import_module
from itertools import count, groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.conftest import Database
from tests.processor.town import Town
from tidings.engine import Workspace as Secret
from tidings.kernel.effects import Called, Effect
from tidings.kernel.ids import digest, partition_of, person_id
from tidings.kernel.records import SECRET, Answered, Body, Group, Identifier, Record, encode, home
from tidings.kernel.times import DAY, HOUR, MINUTE, SECOND
from tidings.people.document import Person
from tidings.project.body import make_body
from tidings.project.folder import read_folder
from tidings.simulate.actor import Actor
from tidings.simulate.model import Model, lives, reaction
from tidings.simulate.outside import Stubs
from tidings.simulate.outside import record as back
from tidings.simulate.post import Letter, event, said
from tidings.simulate.world import World

EXAMPLES: Final = sorted(path.parent for path in (Path(__file__).parents[2] / "examples").glob("*/tidings.toml"))
START: Final = 1_704_067_200_000_000
"""Monday 2024-01-01, 00:00 UTC."""
OWN: Final = b"examples".ljust(32, b".")
"""The secret of their workspace, by which everything is drawn."""

_STAMPED: Final = (
    "CREATE TABLE here AS SELECT 0::bigint AS now",
    "CREATE FUNCTION here() RETURNS bigint LANGUAGE sql AS 'SELECT now FROM here'",
    "ALTER TABLE log ALTER stamp SET DEFAULT here()",
)
"""What the worker appends itself is stamped by the history's clock."""

Lived = Iterator[tuple[int, Body]]
"""(when, what) of one life."""


def nothing(step: str, dice: random.Random) -> Any:
    """Answer nothing."""
    raise LookupError(f"the history has no answer for {step}")


class History(NamedTuple):
    """``says``: what it is, in a sentence for the page. ``days`` long, of which the last ``window`` are backtested. ``known``: how people
    are, and what they do by the way; ``story(n, dice, begin, end)``: what hangs together in the life of the nth.

    ``answers(step, dice)``: what the outside world answers; an OSError is a failure. ``parts``: the worker is handed it piece by piece, so
    that news of groups reach members in their time (only where nothing waits: time goes on between two pieces)."""

    says: str
    people: int
    days: int
    window: int
    known: Model
    story: Callable[[int, random.Random, int, int], Lived]
    answers: Callable[[str, random.Random], Any] = nothing
    parts: bool = False

    @property
    def end(self) -> int:
        """When it ends."""
        return START + self.days * DAY


def of(example: str) -> History:
    """Give the history of an example, by its name."""
    found: History = import_module(f"tests.examples.histories.{example.replace('-', '_')}").HISTORY
    return found


async def live(database: Database, folder: Path) -> Town:
    """Let an example's people live; gives the town they live in, its worker at rest. Close it."""
    history = of(folder.name)
    town = await Town.make(database, workers=0)
    await database.execute("UPDATE workspaces SET secret = $1 WHERE id = $2", OWN, town.workspace)
    town.secret = OWN
    rows = await town.control(make_body(read_folder(folder), {}), START - HOUR)
    await database.execute("UPDATE definitions SET made_at = $1", START - HOUR)
    log = Made(town, history).log()
    rows += [(record.received, home(record), encode(record)) for record in log]
    breaks = [record.received for record in log if isinstance(record.body, Group)] if history.parts else []
    for statement in _STAMPED:
        await database.execute(statement)
    await town.hire()
    for at, piece in groupby(rows, lambda row: next((at for at in breaks if row[0] <= at), history.end + DAY)):
        async with database.pool.acquire() as connection:
            await connection.execute("UPDATE here SET now = $1", at)
            await connection.copy_records_to_table("log", columns=("stamp", "partition", "body"), records=list(piece))
        await town.rest()
        while await database.fetchval(
            "SELECT EXISTS (SELECT FROM occasions) OR EXISTS (SELECT FROM groups WHERE told IS NOT NULL)"
        ):
            await town.rest()
    return town


class Made(World):
    """The world in which a history is made. ``made``: all its records, in no order."""

    def __init__(self, town: Town, history: History) -> None:
        self.history, self.town, self.made, self.number = history, town, list[Record](), count()
        self.line: list[tuple[int, int, Actor, Body | Letter, str]] = []
        answers = Drawn(history=history)
        super().__init__(town.body, Secret(town.workspace, town.secret), lambda planned: False, answers)
        self.office.hears = lambda name: (
            False
        )  # that a message was received is told here, as a provider would: a moment later
        self.dice: dict[bytes, random.Random] = {}

    def log(self) -> Sequence[Record]:
        """Let everybody live; gives what must be in the log, in its order."""
        history, end = self.history, self.history.end
        for n, life in enumerate(lives(history.known, history.people, 1, START, end)):
            dice = random.Random(f"1/story/{n}")
            story = history.story(n, dice, START + HOUR, end)
            inputs = sorted([*life.inputs, *((at, body) for at, body in story if at < end)], key=lambda each: each[0])
            numbers = [next(self.number) for _ in inputs]
            actor = self._begin(life.identifiers, inputs[0][0], numbers[0])
            self.dice[actor.person.id] = random.Random(f"1/reaction/{n}")
            self.line += [(at, number, actor, body, "") for number, (at, body) in zip(numbers, inputs, strict=True)]
        heapify(self.line)
        while self.line:
            at = self.line[0][0]
            due, _, first = min((each.next or end, id, each) for id, each in self.actors.items())
            if due < min(at, end):  # which may send something that is reacted to before the next input
                if self._reaches:
                    self.rest(due)
                else:
                    first.rest(due)
                continue
            _, number, who, what, verb = heappop(self.line)
            if at < end:
                record = self._record(who, number, at, what, verb)
                self.made.append(record)
                self.hand(who, record, at)
        self.rest(end - 1)
        return sorted(self.made, key=lambda record: record.received)

    def _begin(self, identifiers: tuple[Identifier, ...], now: int, first: int) -> Actor:
        """Let somebody be there, with the id that the worker will give them at the first of their records."""
        workspace = self.town.workspace
        partition = partition_of(workspace, *identifiers[0])
        id = person_id(partition, workspace, *identifiers[0], _id(first))
        return self.admit(Person(id, workspace, partition, now, id, list(identifiers)))

    def _record(self, actor: Actor, number: int, at: int, what: Body | Letter, verb: str) -> Record:
        if not isinstance(what, Letter):
            who = tuple(actor.person.identifiers)
            return Record(_id(number), self.town.workspace, 1, SECRET, who, at, at, what)
        planned = what.planned
        about = said(planned, self.office.topic(planned.template), actor.person)
        return event(actor.person, f"{verb} {planned.channel}", about, digest(verb, planned.id), at)

    def witness(self, actor: Actor, effect: Effect) -> None:
        """Write down what the world outside answers."""
        super().witness(actor, effect)
        if isinstance(effect, Called) and (answer := self.outside(effect)) is not None:
            self.made.append(back(answer[1], actor.person, answer[0]))

    def told(self, person: Person, letter: Letter) -> None:
        """Draw what comes of a message."""
        super().told(person, letter)
        if letter.fate == "sent":
            drawn = reaction(self.history.known, letter.planned.channel, self.dice[person.id])
            for verb, later in [("received", 2 * SECOND), *((verb, MINUTE + later) for verb, later in drawn)]:
                heappush(self.line, (letter.time + later, next(self.number), self.actors[person.id], letter, verb))


def _id(number: int) -> bytes:
    return digest("history", number)


class Drawn(Stubs, frozen=True, kw_only=True):
    """Answers of the outside world, drawn for each call."""

    history: History

    def answer(self, called: Called) -> tuple[int, Answered]:
        """Answer one, a second later."""
        dice = random.Random(called.id)
        try:
            return called.due + SECOND, Answered(called.id, True, self.history.answers(called.step, dice))
        except OSError as error:
            return called.due + SECOND, Answered(called.id, False, None, str(error))
