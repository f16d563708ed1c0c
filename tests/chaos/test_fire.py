"""Everything is killed at random moments under load; afterwards people, events, memberships, runs and mails are what they must be."""

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass, field
from secrets import randbelow
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope

from tests.chaos.installation import Installation, Process, crash, cut, installation, jump
from tests.chaos.lives import TEMPLATES, Crowd, Life, definitions, draw
from tests.delivery.post import Post, taking
from tidings.people.document import Person, decode
from tidings.processor.facts import unpack

TRACK, MOVED = 1, 21
PAUSE = 0.6
"""Seconds between two faults, on average."""
SEED = int(os.environ.get("TIDINGS_TEST_SEED", "0")) or randbelow(1 << 30)


@dataclass
class Tally:
    """What was found. ``faults``: what was done to whom."""

    seed: int
    people: int = 0
    events: int = 0
    members: int = 0
    runs: int = 0
    mails: int = 0
    unknown: int = 0
    lost: int = 0
    doubled: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in self.faults.items())
        answers = ", ".join(f"{name}: {count}" for name, count in sorted(self.answers.items()))
        return (
            f"\nseed {self.seed}; faults: {counts}; answers: {answers}\n"
            f"{self.people} people, {self.events} events, {self.members} memberships, {self.runs} runs, {self.mails} mails: all as they "
            f"must be\nunknown window: {self.unknown} deliveries left unknown ({self.lost} of them never arrived), {self.doubled} mails "
            f"that may come twice did"
        )


class Slow(Post):
    """A mail server that thinks for a moment, so that a kill may well hit it in between."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.dice = dice

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        await asyncio.sleep(self.dice.random() / 10)
        return await super().handle_DATA(server, session, envelope)


async def test_killed_at_random(record_property: Any, capsys: pytest.CaptureFixture[str]) -> None:
    tally = await under_fire(SEED, people=60, rounds=2, workers=1)
    record_property("tally", str(tally))
    with capsys.disabled():
        print(tally)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("round", range(3))
async def test_killed_at_random_for_long(round: int, record_property: Any, capsys: pytest.CaptureFixture[str]) -> None:
    tally = await under_fire(SEED + round, people=500, rounds=12, workers=2)
    record_property("tally", str(tally))
    with capsys.disabled():
        print(tally)


async def under_fire(seed: int, people: int, rounds: int, workers: int) -> Tally:
    dice = random.Random(seed)
    tally = Tally(seed)
    lives = [draw(dice, number, rounds) for number in range(people)]
    async with installation() as made, taking(Slow(random.Random(dice.random()))) as post:
        await made.define(definitions(post.settings | {"timeout": 30.0}))
        await made.start("api")
        for number in range(workers):
            await made.start("worker", f"worker {number}")
        await made.start("deliver")
        await made.up()
        lasts = (4 + workers) * PAUSE
        crowd = Crowd(made.url, made.write_key, lives, random.Random(dice.random()), lasts)
        living = asyncio.create_task(crowd.live())
        breaking = asyncio.create_task(break_things(made, random.Random(dice.random()), rounds, crowd, tally))
        try:
            await asyncio.gather(living, breaking)
            await rest(made)
            tally.answers = crowd.statuses
            await compare(made, lives, post, tally)
        except BaseException:
            print(tally, made.words())
            raise
        finally:
            living.cancel()
            breaking.cancel()
        for process in made.processes.values():
            await till_it_works(made, process)
            assert await process.stop() == 0, f"{process.name}\n{made.words()}"
    return tally


async def till_it_works(made: Installation, process: Process) -> None:
    async def works() -> bool:
        return process.works

    await made.until(works, f"{process.name} works", 180)


async def break_things(made: Installation, dice: random.Random, rounds: int, crowd: Crowd, tally: Tally) -> None:
    """In each round kill everything once, in some order, at some moment, and start it again. A round begins when all works, and its
    people with it: so a slow machine does no less between two faults than a fast one."""
    for round in range(rounds):
        for process in made.processes.values():
            await till_it_works(made, process)
        await made.up()
        for begun in crowd.rounds[round : round + 1]:
            begun.set()
        victims = [*made.processes, "postgres", "sessions", "clock"]
        dice.shuffle(victims)
        for victim in victims:
            await asyncio.sleep(dice.random() * 2 * PAUSE)
            tally.faults[victim] += 1
            if victim == "sessions":
                await cut(made, 0.7, dice.random)
            elif victim == "clock":
                await jump(made, dice.choice([-4, -1, 2, 4]))
            elif victim == "postgres":
                crash(made.postgres)
                await asyncio.sleep(dice.random() / 2)
                await asyncio.to_thread(made.postgres.restart)  # calls go on meanwhile
            else:
                process = made.processes[victim]
                await process.kill()
                await asyncio.sleep(dice.random() / 2)
                await process.start()
            for process in made.processes.values():
                assert process.runs, f"{process.name} has ended by itself"


async def rest(made: Installation) -> None:
    """Wait until all is applied, every run has ended, and every mail is out."""

    async def done() -> bool:
        return not await made.unread() and not any((await made.ask(LEFT))[0])

    try:
        await made.until(done, "all is applied and sent", 180)
    except AssertionError as late:
        raise AssertionError(f"{await made.unread()} rows unread; {dict((await made.ask(LEFT))[0])}; {late}") from None


LEFT = """
SELECT (SELECT count(*) FROM people_times WHERE wake_at IS NOT NULL) AS timers,
       (SELECT count(*) FROM deliveries WHERE state = 'planned') AS planned,
       (SELECT count(*) FROM deliveries WHERE state = 'attempting') AS attempting
"""


async def compare(made: Installation, lives: list[Life], post: Post, tally: Tally) -> None:
    people = {row[0]: decode(row[1]) for row in await made.ask("SELECT id, doc FROM people")}
    links = {row[0]: row[1] for row in await made.ask("SELECT person, into_person FROM links")}
    by_email = {dict(person.identifiers).get("email", ""): person for person in people.values()}
    assert sorted(by_email) == sorted(life.email for life in lives)
    assert len(people) == len(lives)

    def whose(person: bytes) -> bytes:
        while person in links:
            person = links[person]
        return person

    events: dict[bytes, list[tuple[str, int, int, bytes]]] = {id: [] for id in people}
    moves: dict[bytes, list[Any]] = {id: [] for id in people}
    rows = await made.ask("SELECT person, kind, name, received, place, id, body FROM history ORDER BY place")
    for person, kind, name, received, place, id, body in rows:
        if kind == TRACK:
            events[whose(person)].append((name, received, place, id))
        elif kind == MOVED:
            moves[whose(person)].append(unpack(body))
    ids = Counter(id for found in events.values() for _, _, _, id in found)
    assert [id for id, times in ids.items() if times > 1] == [], "an event was applied twice"
    members: dict[bytes, set[str]] = {id: set() for id in people}
    for person, segment in await made.ask("SELECT person, segment FROM memberships"):
        members[person].add(segment)
        tally.members += 1
    deliveries: dict[tuple[bytes, str], Any] = {}
    for row in await made.ask("SELECT person, template, state, sure, attempts, recipient, reason FROM deliveries"):
        assert (row[0], row[1]) not in deliveries, "planned twice"
        deliveries[row[0], row[1]] = row
    mails = Counter((mail["To"], mail["Subject"]) for mail in post.mails)
    tally.people = len(people)
    faults = []
    for life in lives:
        person = by_email[life.email]
        found = Found(
            person,
            events[person.id],
            members[person.id],
            moves[person.id],
            {template: row for (owner, template), row in deliveries.items() if owner == person.id},
            {template: mails[life.email, template] for template in TEMPLATES},
        )
        try:
            judge(life, found, tally)
        except AssertionError as fault:
            faults.append(f"{life.name}: {fault}\n  {life}\n  {found}")
    assert not faults, "\n".join(faults)
    assert sum(mails.values()) == tally.mails + tally.doubled, "a mail nobody had planned"


@dataclass
class Found:
    """What one person came to. ``events``: (name, when the log took it, place, id)."""

    person: Person
    events: list[tuple[str, int, int, bytes]]
    members: set[str]
    moves: list[Any]
    deliveries: dict[str, Any]
    mails: dict[str, int]

    def __str__(self) -> str:
        moves = [(move["journey"], move["what"], move["time"]) for move in self.moves]
        events = [(name, at, place) for name, at, place, _ in self.events]
        return (
            f"{self.person}\n  {events}\n  {moves}\n  {[dict(row) for row in self.deliveries.values()]}\n  {self.mails}"
        )


def judge(life: Life, found: Found, tally: Tally) -> None:
    """Hold one life against what was found of it."""
    counts = Counter(name for name, _, _, _ in found.events if name != "Perhaps")
    assert counts == life.events, f"{counts} happened instead of {life.events}"
    perhaps = sum(1 for name, _, _, _ in found.events if name == "Perhaps")
    assert sum(life.perhaps.values()) <= perhaps <= len(life.perhaps), "what was sent once"
    assert found.members == set(found.person.segments) == life.segments, found.members
    wanted = life.mails([(name, at) for name, at, _, _ in found.events])
    assert set(found.deliveries) == wanted, f"{set(found.deliveries)} planned instead of {wanted}"
    entered = Counter(move["journey"] for move in found.moves if move["what"] == "entered")
    assert entered == Counter({"welcome": 1, **({"regulars": 1} if "loyal" in wanted else {})}), "runs"
    assert Counter(move["journey"] for move in found.moves if move["what"] == "done") == entered, "runs that ended"
    tally.events += len(found.events)
    tally.runs += entered.total()
    for template in wanted:
        weigh(found.deliveries[template], found.mails[template], tally)


def weigh(row: Any, arrived: int, tally: Tally) -> None:
    """Hold a delivery's state against the mails that came."""
    says = f"{dict(row)}: {arrived} mails"
    if row["sure"]:
        assert row["state"] == "sent", says
        assert 1 <= arrived <= row["attempts"], says
        tally.doubled += arrived - 1
    elif row["state"] == "unknown":
        assert arrived <= 1, says
        tally.unknown += 1
        tally.lost += 1 - arrived
    else:
        assert row["state"] == "sent", says
        assert arrived == 1, says
    tally.mails += min(arrived, 1)
