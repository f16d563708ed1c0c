"""A merge that is undone: both people are as if they had never met, with what happened since kept by the survivor.

Each life is lived twice: by two who are merged and part again, and by two who never met, where what happened in between happens to the
survivor alone. What stands in the documents and tables afterwards must be the same. (What is said once more since, word for word as the
absorbed had it, goes with them: it changed nothing then. So what happens since is drawn apart.)
"""

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings.kernel.ids import show
from tidings.kernel.records import Body, Consent, Device, Event, Group, Identify, Member, Merge, Unmerge
from tidings.people.document import Person, read_times

LISTS = {name: {"segment": name, "name": name, "manual": True} for name in ("vip", "beta")}
RULES = {
    "keen": 'did "E" at least 3 times',
    "chosen": 'in segment "vip" or in segment "beta"',
    "rich": "a > 5 or company.seats > 5",
}
JOURNEY = {"journey": "j", "trigger": {"event": "Go"}, "steps": [{"id": "rest", "wait": "30 days"}]}
BODY = {
    "segments": LISTS | {name: {"segment": name, "name": name, "rule": rule} for name, rule in RULES.items()},
    "journeys": {"j": {"version": 1, "status": "live", "document": JOURNEY, "history": {"1": JOURNEY}}},
}


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database, workers=3, batch=7)
    yield made
    await made.close()


def draw(dice: random.Random, since: bool = False) -> Body:
    """One thing that happens to somebody, before they are merged or ``since``."""
    value = dice.randrange(10) + 10 * since
    match dice.randrange(6):
        case 0 | 1:
            return Identify({dice.choice("abc"): value})
        case 2:
            return Member("vip" if since else dice.choice(["vip", "beta"]), not since)
        case 3:
            return Group("company", f"g{dice.randrange(2) + 2 * since}")
        case 4:
            return Device(f"token {value}", "ios")
    return Event("E", {"n": value})


async def test_both_are_as_if_they_had_never_met(town: Town) -> None:
    await town.define(BODY)
    companies = [town.record(Group("company", f"g{n}", {"seats": n * 4}), ("id", "somebody")) for n in range(4)]
    await town.send(*companies)
    for seed in range(4):
        dice = random.Random(seed)
        before = [[draw(dice) for _ in range(6)] for _ in range(2)]
        before[dice.randrange(2)].append(Event("Go", {}))
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
        await town.send(*(town.record(thing, names[number]) for thing in before[number]))
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
        "memory": sorted((name, entries) for name, (entries, *_) in person.memory.items()),
        "events": sorted(await town.events(person)),
        "first": person.first == person.id,
    }
