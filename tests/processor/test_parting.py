"""A merge that is undone: both people are as if they had never met, with what happened since kept by the survivor.

Each life is lived twice: by two who are merged and part again, and by two who never met, where what happened in between happens to the
survivor alone. What stands in the documents and tables afterwards must be the same. (What is said once more since, word for word as the
absorbed had it, goes with them: it changed nothing then. So what happens since is drawn apart.)
"""

import os
import random
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings import log
from tidings.kernel.ids import show
from tidings.kernel.records import (
    Body,
    Consent,
    Device,
    Event,
    Group,
    Identify,
    Member,
    Merge,
    Record,
    Unmerge,
    encode,
    home,
)
from tidings.kernel.times import DAY
from tidings.people.document import Person, read_times

LISTS = {name: {"segment": name, "name": name, "manual": True} for name in ("vip", "beta")}
RULES = {
    "keen": 'did "E" at least 3 times',
    "chosen": 'in segment "vip" or in segment "beta"',
    "rich": "a > 5 or company.seats > 5",
}
TRIAL = {
    "journey": "j",
    "trigger": {"event": "Go"},
    "exit": 'did "Paid"',
    "steps": [
        {"id": "hello", "send": "note"},
        {"id": "used", "wait_until": 'did "Used" since entry'},
        {"id": "praise", "send": "note"},
        {"id": "rest", "wait": "30 days"},
    ],
}
NUDGE = {
    "journey": "nudge",
    "trigger": {"event": "Began"},
    "exit": 'did "Paid"',
    "steps": [{"id": "settle", "wait": "1 day"}, {"id": "nudge", "send": "note"}, {"id": "rest", "wait": "30 days"}],
}
BODY = {
    "segments": LISTS | {name: {"segment": name, "name": name, "rule": rule} for name, rule in RULES.items()},
    "journeys": {
        document["journey"]: {"version": 1, "status": "live", "document": document, "history": {"1": document}}
        for document in (TRIAL, NUDGE)
    },
    "templates": {"note": {"text": "---\nsubject: A note\n---\nHello"}},
}


SEEDS = int(os.environ.get("TIDINGS_SEEDS", "5"))


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database, workers=3, batch=7)
    yield made
    await made.close()


def draw(dice: random.Random, since: bool = False) -> Body:
    """One thing that happens to somebody, before they are merged or ``since``."""
    value = dice.randrange(10) + 10 * since
    match dice.randrange(7):
        case 0 | 1:
            return Identify({dice.choice("abc"): value})
        case 2:
            return Member("vip" if since else dice.choice(["vip", "beta"]), not since)
        case 3:
            return Group("company", f"g{dice.randrange(2) + 2 * since}")
        case 4:
            return Device(f"token {value}", "ios")
        case 5:
            return Event(dice.choice(["Go", "Used", "Paid"] if since else ["Go", "Go", "Used", "Paid"]), {})
    return Event("E", {"n": value})


async def test_both_are_as_if_they_had_never_met(town: Town) -> None:
    await town.define(BODY)
    companies = [town.record(Group("company", f"g{n}", {"seats": n * 4}), ("id", "somebody")) for n in range(4)]
    await town.send(*companies)
    for seed in range(SEEDS):
        dice = random.Random(seed)
        before = [[draw(dice) for _ in range(6)] for _ in range(2)]
        for who in dice.choice([[0], [1], [0, 1]]):
            before[who].insert(dice.randrange(len(before[who]) + 1), Event("Go", {}))
        before[1].append(Member("beta", seed % 2 == 1))
        if dice.random() < 0.5:
            before[dice.randrange(2)].append(Consent(unsubscribed=True, topics={"news": False}))
        since = [(dice.randrange(2), draw(dice, since=True)) for _ in range(dice.randrange(6))]
        parted, apart = [await live(town, f"{seed} {merged}", before, since, merged) for merged in (True, False)]
        assert parted == apart, seed
    assert await town.rejected() == []


async def live(town: Town, life: str, before: list[list[Body]], since: list[Any], merged: bool) -> list[Any]:
    names = [("id", f"ann {life}"), ("id", f"ben {life}")]
    for number in (1, 0):  # so who is absorbed began earlier
        await town.send(*(town.record(thing, names[number]) for thing in (Identify({}), *before[number])))
    ann, ben = [await town.person(*who) for who in names]
    assert ann is not None
    assert ben is not None
    if merged:
        await town.send(town.record(Merge(names[1]), names[0]))
        assert await town.person(*names[1]) == await town.person(*names[0])
    await town.send(*(town.record(thing, names[who if merged else 0]) for who, thing in since))
    if merged:
        await town.send(town.record(Unmerge(ben.id), ("cio_id", show(ben.id))))
    for who, was in zip(names, (ann, ben), strict=True):
        now = await town.person(*who)
        assert now is not None
        assert (now.id, now.created) == (was.id, was.created)
        assert now.last_seen == was.last_seen or since
    return [await told(town, who) for who in names]


async def told(town: Town, who: tuple[str, str]) -> dict[str, Any]:
    """What is known of somebody, without the names, ids and instants that differ from life to life."""
    person = await town.person(*who)
    assert isinstance(person, Person)
    of = "WHERE workspace = $1 AND person = $2"
    members = await town.database.fetch(f"SELECT segment FROM memberships {of}", town.workspace, person.id)
    named = await town.database.fetchval(f"SELECT count(*) FROM identifiers {of}", town.workspace, person.id)
    placed = "state, home = get_byte(person, 0) % 64"
    notes = await town.database.fetch(f"SELECT step, {placed} FROM deliveries {of}", town.workspace, person.id)
    assert [value for kind, value in person.identifiers if kind == "id"] == [person.attributes["id"]] == [who[1]]
    return {
        "attributes": {name: value for name, value in person.attributes.items() if name != "id"},
        "named": (named, len(person.identifiers)),
        "consent": (person.consent.unsubscribed, person.consent.topics),
        "devices": sorted(device.token for device in person.devices),
        "groups": sorted((group.key, *group.attributes.items()) for group in person.groups),
        "segments": sorted(person.segments),
        "members": sorted(row[0] for row in members),
        "counted": sum(len(read_times(kept)) for kept in person.counters.values()),
        "runs": [(run.journey, run.step) for run in person.runs],
        "messages": sorted(tuple(row) for row in notes),
        "memory": sorted((name, entries) for name, (entries, *_) in person.memory.items()),
        "events": sorted(await town.events(person)),
        "first": person.first == person.id,
    }


@pytest.fixture
async def asleep(database: Database) -> AsyncIterator[Town]:
    """A town whose worker comes later."""
    made = await Town.make(database, workers=0)
    yield made
    await made.close()


async def test_the_time_since_is_made_up_for_and_nothing_is_sent_twice(asleep: Town) -> None:
    """Ann paid, so that Ben's run left when they became one. Two days later they part: what was due a day ago is planned as of then,
    and so is too old to be sent. Of Cem and Dan one run went on for both: what it sent then neither sends again."""
    town, names = asleep, [("id", who) for who in ("ann", "ben", "cem", "dan")]
    now = time.time_ns() // 1000
    await at(town, *(await town.control(BODY, now - 4 * DAY)))
    began = now - 3 * DAY
    await said(town, began, *(town.record(Event("Began", {}), who, at=began, received=began) for who in names[1:]))
    await said(town, began + 1, town.record(Event("Paid", {}), names[0], at=began, received=began))
    merges = [(names[1], names[0]), (names[3], names[2])]
    await said(town, began + 2, *(town.record(Merge(old), new, received=began + 2) for old, new in merges))
    await town.hire()
    await town.rest()
    ann, cem = await town.person(*names[0]), await town.person(*names[2])
    assert ann is not None
    assert cem is not None
    assert ann.runs == []
    links = dict(await town.database.fetch("SELECT into_person, person FROM links"))
    ben, dan = links[ann.id], links[cem.id]
    assert await planned(town, ann.id) == []
    assert await planned(town, cem.id) == [("nudge", "planned", began + DAY)]
    await town.send(*(town.record(Unmerge(who), ("cio_id", show(who))) for who in (ben, dan)))
    await town.rest()
    assert await planned(town, ben) == [("nudge", "planned", began + DAY)]
    assert await town.database.fetchval("SELECT expires FROM deliveries WHERE person = $1", ben) < now
    assert await planned(town, ann.id) == []
    assert await planned(town, cem.id) == [("nudge", "planned", began + DAY)]
    assert await planned(town, dan) == []
    for who in names[2:]:
        person = await town.person(*who)
        assert person is not None
        assert [run.step for run in person.runs] == ["rest"]


async def planned(town: Town, person: bytes) -> list[tuple[str, str, int]]:
    rows = await town.database.fetch("SELECT step, state, due FROM deliveries WHERE person = $1", person)
    return [tuple(row) for row in rows]


async def said(town: Town, stamp: int, *records: Record) -> None:
    """Let the log give records a moment of the past."""
    await at(town, *((stamp, home(record), encode(record)) for record in records))


async def at(town: Town, *rows: tuple[int, int, bytes]) -> None:
    async with town.database.pool.acquire() as connection:
        await connection.copy_records_to_table("log", columns=("stamp", "partition", "body"), records=rows)
        await log.wake(connection)
