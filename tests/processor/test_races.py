"""Identity under races: several workers, several writers, every interleaving they happen to take; what must hold afterwards.

No event is lost, doubled, or with the wrong person; merges of one circle leave one person; documents, identifiers and segments agree with
history.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings.database.access import create_workspace
from tidings.kernel.records import Alias, Delete, Event, Identify, Merge, Record, Suppress, home
from tidings.people import document, links, lookup
from tidings.people.document import read_times
from tidings.processor.facts import unpack

IDS = [f"u{n}" for n in range(6)]
EMAIL = "a@x.test"
"""All claim one email, so it stays with whoever was first (and with whoever absorbs them)."""
BROWSERS = [f"b{n}" for n in range(6)]
SEEDS = int(os.environ.get("TIDINGS_SEEDS", "4"))
EACH: dict[str, Any] = {
    "journey": "each",
    "trigger": {"event": "E"},
    "reenter": "always",
    "run_per": "event.n",
    "steps": [{"id": "a", "send": "m"}],
}
STANDING: dict[str, Any] = {
    **EACH,
    "journey": "standing",
    "trigger": {"event": "E", "where": "n < 8"},
    "steps": [{"id": "w", "wait_until": 'did "Go" since entry'}, {"id": "a", "send": "m"}],
}
"""Runs that are carried through merges, and go on when told."""
SEGMENT = {"segment": "keen", "name": "Keen", "rule": 'did "E" at least 3 times'}


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database, workers=3, batch=7)
    await made.shared()
    yield made
    await made.close()


class World:
    """A fresh workspace, and what was sent to it."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.sent: dict[int, tuple[str, str]] = {}

    def event(self, *who: tuple[str, str]) -> Record:
        number = len(self.sent)
        self.sent[number] = who[0]
        return self.town.record(Event("E", {"n": number}), *who)

    def make(self, move: tuple[str, ...]) -> Record:
        match move:
            case ("event", id):
                return self.event(("id", id))
            case ("browser event", browser):
                return self.event(("anonymous_id", browser))
            case ("event of both", id, browser):
                return self.event(("id", id), ("anonymous_id", browser))
            case ("email event", id):
                return self.event(("email", EMAIL))
            case ("link", id, browser):
                return self.town.record(Identify({}), ("id", id), ("anonymous_id", browser))
            case ("email", id):
                return self.town.record(Identify({"email": EMAIL}), ("id", id))
            case ("alias", id, browser):
                return self.town.record(Alias(browser), ("id", id))
            case ("delete", id):
                return self.town.record(Delete(), ("id", id))
            case ("merge", one, two):
                return self.town.record(Merge(("id", two)), ("id", one))
        raise AssertionError(move)


async def begin(town: Town) -> World:
    async with town.database.pool.acquire() as connection:
        workspace = await create_workspace(connection, f"town {town.count}")
    town.workspace, town.secret, town.number, town.body = workspace.id, workspace.secret, 0, {}
    journeys = {each["journey"]: {"version": 1, "status": "live", "document": each} for each in (EACH, STANDING)}
    message = {"version": 1, "format": "html", "text": "---\nsubject: Hi\n---\nHi"}
    await town.define({"segments": {"keen": SEGMENT}, "journeys": journeys, "templates": {"m": message}})
    return World(town)


async def race(town: Town, records: list[Record], seed: int) -> None:
    """Append by four writers at once, in chunks of random size, while the workers run."""
    dice = random.Random(seed)
    lines: list[list[Record]] = [[] for _ in range(4)]
    for record in records:
        lines[dice.randrange(4)].append(record)

    async def write(line: list[Record]) -> None:
        while line:
            size = dice.randrange(1, 5)
            chunk, line = line[:size], line[size:]
            await town.append([(home(record), record) for record in chunk])

    await asyncio.gather(*map(write, lines))
    await town.rest()


async def check(world: World, gone: frozenset[int] = frozenset()) -> None:
    town = world.town
    await town.built()  # which touches once more whoever absorbed others
    rows = await town.database.fetch(
        "SELECT h.person, h.body FROM history h WHERE kind = 1 AND name = 'E' AND EXISTS "
        "(SELECT FROM people p WHERE p.workspace = $1 AND p.id = h.person) OR EXISTS "
        "(SELECT FROM links l WHERE l.workspace = $1 AND l.person = h.person AND h.kind = 1)",
        town.workspace,
    )
    people = await town.database.fetch("SELECT id, doc FROM people WHERE workspace = $1", town.workspace)
    documents = {row[0]: document.decode(row[1]) for row in people}
    async with town.database.pool.acquire() as connection:
        followed = await links.followed(connection, sorted({row[0] for row in rows}))
        owner = {}
        counts: Counter[int] = Counter()
        for person, body in rows:
            number = unpack(body)["n"]
            counts[number] += 1
            owner[number] = followed.get(person, person)
        assert [n for n, times in counts.items() if times > 1] == [], "doubled"
        assert sorted(set(world.sent) - set(counts) - gone) == [], "lost"
        for number, (kind, value) in world.sent.items():
            if number not in gone:
                found = await lookup.find(connection, town.workspace, kind, value)
                assert found is not None
                assert owner[number] == found[1], f"event {number} of {kind} {value} went to somebody else"
        of_person = Counter(owner.values())
        for id, person in documents.items():
            assert min(of_person[id], 4) == sum(len(read_times(kept)) for kept in person.counters.values()), "counted"
            assert ("keen" in person.segments) == (of_person[id] >= 3), "in the segment"
            named = await town.database.fetchval("SELECT count(*) FROM identifiers WHERE person = $1", id)
            assert named == len(person.identifiers), (named, person.identifiers)
        members = await town.database.fetch(
            "SELECT person FROM memberships WHERE workspace = $1 AND segment = 'keen'", town.workspace
        )
        assert {row[0] for row in members} == {id for id, times in of_person.items() if times >= 3 and id in documents}
    for reason in await town.rejected():
        assert "fault of ours" not in reason, reason


async def check_messages(world: World) -> None:
    """Each event began one run of each journey, and each run sent its message once, whoever its person was meanwhile."""
    town = world.town
    names = [("email", EMAIL), *(("id", id) for id in IDS), *(("anonymous_id", browser) for browser in BROWSERS)]
    await race(town, [town.record(Event("Go", {}), who) for who in names], 0)
    moves = await town.database.fetch(
        "SELECT h.body FROM history h WHERE h.kind = 21 AND EXISTS (SELECT FROM identifiers i WHERE i.workspace = $1)",
        town.workspace,
    )
    keys = {(move["journey"], move["run"]): move["key"] for move in map(unpack, (row[0] for row in moves))}
    rows = await town.database.fetch("SELECT journey, run FROM deliveries WHERE workspace = $1", town.workspace)
    sent = Counter((row[0], keys[row[0], row[1]]) for row in rows)
    wanted = {("each", str(n)) for n in world.sent} | {("standing", str(n)) for n in world.sent if n < 8}
    assert sent == Counter(dict.fromkeys(wanted, 1))


async def test_links_merges_and_events_in_any_order(town: Town) -> None:
    for seed in range(12):
        dice = random.Random(seed)
        world = await begin(town)
        await race(town, [town.record(Identify({}), ("id", id)) for id in IDS], seed)
        for _ in range(2):
            kinds = [draw(dice) for _ in range(60)]
            await race(town, [world.make(move) for move in kinds], seed)
        await check(world)
        await check_messages(world)


def draw(dice: random.Random) -> tuple[str, ...]:
    """One thing that happens; merges are rarer than events."""
    kind = dice.choices(
        ["event", "browser event", "event of both", "email event", "link", "email", "alias", "merge"],
        [8, 8, 4, 3, 4, 3, 1, 1],
    )[0]
    id, other, browser = dice.choice(IDS), dice.choice(IDS), dice.choice(BROWSERS)
    match kind:
        case "event" | "email event" | "email":
            return kind, id
        case "browser event":
            return kind, browser
        case "merge":
            return kind, id, other
    return kind, id, browser


async def test_two_merge_into_each_other(town: Town) -> None:
    for seed in range(6):
        world = await begin(town)
        await race(town, [town.record(Identify({}), ("id", id)) for id in IDS], seed)
        storm = [world.make(("merge", one, two)) for one, two in [("u0", "u1"), ("u1", "u0")] * 3]
        storm += [world.make(("event", id)) for id in ("u0", "u1") * 5]
        await race(town, storm, seed)
        await check(world)
        one, two = await town.person("id", "u0"), await town.person("id", "u1")
        assert one is not None
        assert one == two


async def test_a_chain_of_five(town: Town) -> None:
    for seed in range(6):
        world = await begin(town)
        await race(town, [town.record(Identify({"n": id}), ("id", id)) for id in IDS], seed)
        chain = [world.make(("merge", IDS[n + 1], IDS[n])) for n in range(5)]
        events = [world.make(("event", id)) for id in IDS * 3]
        storm = [*chain, *events]
        random.Random(seed).shuffle(storm)
        await race(town, storm, seed)
        await check(world)
        await check_messages(world)
        found = [await town.person("id", id) for id in IDS]
        assert found[0] is not None
        assert all(person == found[0] for person in found)


async def test_two_claim_one_email_at_once(town: Town) -> None:
    for seed in range(6):
        world = await begin(town)
        claims = [world.town.record(Identify({"email": "a@x.test"}), ("id", id)) for id in ("u0", "u1")]
        await race(town, [*claims, world.make(("event", "u0")), world.make(("event", "u1"))], seed)
        await check(world)
        one, two = await town.person("id", "u0"), await town.person("id", "u1")
        assert one is not None
        assert two is not None
        assert sorted([one.attributes.get("email", ""), two.attributes.get("email", "")]) == ["", "a@x.test"]


async def test_deletions_in_the_middle_of_merges(town: Town) -> None:
    """Who is deleted depends on what came first: with the whole circle, or before it met. Either way nothing of them is left, and nobody
    else is touched."""
    for seed in range(SEEDS):
        dice = random.Random(seed)
        world = await begin(town)
        await race(town, [town.record(Identify({}), ("id", id)) for id in IDS], seed)
        moves = [move for move in (draw(dice) for _ in range(40)) if move[0] not in ("email", "email event")]
        for gone in dice.sample(IDS, 2):
            other = dice.choice([id for id in IDS if id != gone])
            storm = [("delete", gone), ("merge", other, gone), ("merge", gone, other), ("event", gone)]
            place = dice.randrange(len(moves))
            moves[place:place] = dice.sample(storm, len(storm))
        await race(town, [world.make(move) for move in moves], seed)
        await check(world, met(world, moves))
        orphans = await town.database.fetch(
            "SELECT kind, name FROM history h WHERE NOT EXISTS (SELECT FROM people p WHERE p.id = h.person) "
            "AND NOT EXISTS (SELECT FROM links l WHERE l.person = h.person)"
        )
        assert [tuple(row) for row in orphans] == []
        named = "SELECT count(*) FROM identifiers i WHERE NOT EXISTS (SELECT FROM people p WHERE p.id = i.person) AND i.person IS NOT NULL"
        assert await town.database.fetchval(named) == 0
        circles = "SELECT count(*) FROM links l WHERE NOT EXISTS (SELECT FROM people p WHERE p.id = l.into_person) "
        circles += "AND NOT EXISTS (SELECT FROM links o WHERE o.person = l.into_person)"
        assert await town.database.fetchval(circles) == 0
        before = frozenset(world.sent)
        await race(town, [world.make(("event", id)) for id in IDS], seed)
        await check(world, before)


def met(world: World, moves: list[tuple[str, ...]]) -> frozenset[int]:
    """Give the events of all who may have been one with somebody deleted."""
    circles = {name: {name} for name in [*IDS, *BROWSERS]}
    for move in moves:
        if len(move) == 3:
            both = circles[move[1]] | circles[move[2]]
            circles.update(dict.fromkeys(both, both))
    gone = {name for move in moves if move[0] == "delete" for name in circles[move[1]]}
    return frozenset(number for number, (_, name) in world.sent.items() if name in gone)


@pytest.mark.parametrize("body", [Delete(), Suppress()])
async def test_deletion_races_with_forwards(town: Town, body: Delete | Suppress) -> None:
    for seed in range(6):
        dice = random.Random(seed)
        world = await begin(town)
        await race(town, [town.record(Identify({"email": EMAIL}), ("id", "u4"))], seed)
        before = [world.make(("event of both", "u4", browser)) for browser in BROWSERS[:3]] + [
            world.make(("email event", "u4")) for _ in range(6)
        ]
        gone = frozenset(world.sent)
        delete = town.record(body, ("id", "u4"))
        storm = [*before, delete]
        dice.shuffle(storm)
        await race(town, storm, seed)
        assert await town.person("id", "u4") is None
        assert await town.person("email", EMAIL) is None
        await race(town, before, seed)  # late copies of what was received before
        assert await town.person("id", "u4") is None
        after = [world.make(("event", "u4")) for _ in range(2)]
        await race(town, after, seed)
        if isinstance(body, Delete):
            await check(world, gone)
        else:
            assert await town.person("id", "u4") is None
