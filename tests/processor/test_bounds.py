"""What one person's document holds at most, and what becomes of what is more."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings.kernel.ids import show
from tidings.kernel.records import Body, Consent, Device, Event, Group, Identify, Merge, Ungroup, Unmerge
from tidings.kernel.times import SECOND
from tidings.people.document import DEVICES, GROUPS, IDENTIFIERS, LARGEST, Person, encode

ANN = ("id", "ann")


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database)
    yield made
    await made.close()


async def ann(town: Town) -> Person:
    person = await town.person(*ANN)
    assert person is not None
    return person


async def test_attributes_beyond_32_kb_change_nothing(town: Town) -> None:
    kept = {f"kept {n}": "x" * 1000 for n in range(30)}
    await town.send(
        town.record(Identify(kept), ANN), town.record(Identify({"plan": "pro", "more": ["é" * 500] * 5}), ANN)
    )
    assert (await ann(town)).attributes == {"id": "ann", **kept}
    assert await town.rejected() == ["the person's attributes would take more than 32 kB"]
    await town.send(town.record(Identify({"kept 0": None, "plan": "pro"}), ANN))
    assert (await ann(town)).attributes["plan"] == "pro"


async def test_a_merge_fills_gaps_as_far_as_there_is_room(town: Town) -> None:
    ben = ("id", "ben")
    await town.send(
        town.record(Identify({"a": "x" * 20_000}), ANN),
        town.record(Identify({"b": "y" * 20_000, "plan": "pro", "a": "z"}), ben),
    )
    absorbed = await town.person(*ben)
    assert absorbed is not None
    await town.send(town.record(Merge(ben), ANN))
    assert (await ann(town)).attributes == {"a": "x" * 20_000, "id": "ann", "plan": "pro"}
    assert await town.rejected() == ["the person's attributes would take more than 32 kB"]
    await town.send(town.record(Unmerge(absorbed.id), ("cio_id", show(absorbed.id))))
    again = await town.person(*ben)
    assert again is not None
    assert again.attributes == absorbed.attributes


async def test_a_browser_too_many_is_refused_with_what_it_says(town: Town) -> None:
    browsers = [("anonymous_id", f"b{n}") for n in range(IDENTIFIERS)]
    await town.send(*(town.record(Identify({"from": browser[1]}), ANN, browser) for browser in browsers))
    person = await ann(town)
    assert person.identifiers == [ANN, *browsers[:-1]]
    assert person.attributes["from"] == browsers[-2][1]
    assert await town.person(*browsers[-1]) is None
    assert await town.rejected() == [f"a person can have {IDENTIFIERS} identifiers at most"]


async def test_the_device_that_rested_longest_makes_room(town: Town) -> None:
    now = town.record(Event("x", {}), ANN).time
    times = {f"t{n}": now - n * SECOND for n in range(DEVICES + 2)}
    await town.send(*(town.record(Device(token, "ios"), ANN, at=at) for token, at in times.items()))
    assert {device.token for device in (await ann(town)).devices} == {f"t{n}" for n in range(DEVICES)}
    assert await town.rejected() == []


async def test_a_group_too_many_is_refused(town: Town) -> None:
    await town.send(*(town.record(Group("company", f"g{n}"), ANN) for n in range(GROUPS + 1)))
    assert [group.key for group in (await ann(town)).groups] == [f"g{n}" for n in range(GROUPS)]
    assert await town.rejected() == [f"a person can be in {GROUPS} groups at most"]
    assert await town.database.fetchval("SELECT count(*) FROM members") == GROUPS


LARGE = {f"x{n}": "x" * 1000 for n in range(7)}


@pytest.mark.parametrize(
    "bodies",
    [
        [Device(f"t{n}", "ios", LARGE) for n in range(9)],
        [Group("company", f"g{n}", relation=LARGE) for n in range(9)],
        [Consent(topics={f"{n} {more} {'x' * 130}": True for more in range(50)}) for n in range(9)],
        [Consent(channels={f"{n} {more} {'x' * 130}": True for more in range(50)}) for n in range(9)],
    ],
    ids=["devices", "groups", "topics", "channels"],
)
async def test_what_is_beside_attributes_is_bounded_too(town: Town, bodies: list[Body]) -> None:
    await town.send(town.record(Identify({"a": "x" * 31_000}), ANN), *(town.record(body, ANN) for body in bodies))
    person = await ann(town)
    held = (
        len(person.devices) + len(person.groups) + len(person.consent.topics) / 50 + len(person.consent.channels) / 50
    )
    assert held == 4
    assert len(encode(person)) <= LARGEST
    assert await town.rejected() == ["the person would take more than 32 kB beside their attributes"] * 5
    first = next(iter(person.consent.topics), "")
    takes = [Device("t0", gone=True), Ungroup("company", "g0"), Consent(True, {first: False} if first else {})]
    await town.send(*(town.record(body, ANN) for body in takes))
    after = await ann(town)
    assert after.consent.unsubscribed is True
    assert after.consent.topics.get(first, False) is False
    assert [len(after.devices), len(after.groups)] == [max(len(person.devices) - 1, 0), max(len(person.groups) - 1, 0)]


async def test_who_holds_all_they_may_can_still_leave_what_the_workspace_sends(town: Town) -> None:
    await town.define(
        {"settings": {"topics": {"news": {"name": "News"}}, "channels": {"email": {"provider": "mailbox"}}}}
    )
    await town.send(*(town.record(Group("company", f"g{n}", relation={"x": "x" * 1000}), ANN) for n in range(40)))
    strange = {f"{n} {'x' * 140}": False for n in range(8)}
    await town.send(town.record(Consent(topics={"news": False, **strange}, channels={"email": False}), ANN))
    consent = (await ann(town)).consent
    assert (consent.topics, consent.channels) == ({"news": False}, {"email": False})


async def test_somebody_who_has_all_they_may_is_stored(town: Town) -> None:
    records = [town.record(Identify({"a": "x" * 31_000}), ANN)]
    records += [town.record(Event("x", {}), ANN, ("anonymous_id", f"{n:036}")) for n in range(IDENTIFIERS - 1)]
    records += [town.record(Device(f"{n:0163}", "ios"), ANN) for n in range(DEVICES)]
    records += [town.record(Group("company", f"{n:036}"), ANN) for n in range(GROUPS)]
    await town.send(*records)
    person = await ann(town)
    assert (len(person.identifiers), len(person.devices), len(person.groups)) == (IDENTIFIERS, DEVICES, GROUPS)
    assert len(encode(person)) <= LARGEST
    assert await town.rejected() == []
