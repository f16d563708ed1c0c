"""Simulations: made-up people are like the real ones in what is drawn, and the same seed makes the same."""

import asyncio
import random
from typing import Any

import msgspec
import pytest

from tests.processor.town import Town
from tests.simulate.spring import SPRING, changed, lived, town  # noqa: F401 - a fixture
from tidings.engine import Workspace
from tidings.kernel.records import Befell, Enter, Event, Group, GroupChanged, Identify
from tidings.kernel.times import DAY
from tidings.simulate.circles import Circle
from tidings.simulate.measure import Count
from tidings.simulate.model import Habit, Model, Trait, lives, model, reaction, says
from tidings.simulate.side import Side, concerns
from tidings.simulate.simulation import simulate

START = 1_767_571_200_000_000
KNOWN = Model(
    people=500,
    habits=(
        Habit("track", "Signed Up", 0.1, ({"n": 1}, {"n": 2})),
        Habit("track", "Order Completed", 0.2, ({"total": 20},)),
        Habit("track", "Never Seen", 0.0, (), seen=False),
        Habit("track", "Born", 9.0, ({"n": 1},), once=0.4),
    ),
    traits=(Trait("plan", 0.5, ("trial", "trial", "pro")),),
    engaged={("opened", "email"): 0.5, ("clicked", "email"): 0.1},
)


def test_people_are_drawn_at_the_rates_seen() -> None:
    made = list(lives(KNOWN, 2000, 1, START, START + 30 * DAY))
    bodies = [body for life in made for _, body in life.inputs]
    events = [body for body in bodies if isinstance(body, Event)]
    count = {
        name: sum(event.name == name for event in events) for name in ("Signed Up", "Order Completed", "Never Seen")
    }
    assert count["Never Seen"] == 2000
    born = [[at for at, body in life.inputs if isinstance(body, Event) and body.name == "Born"] for life in made]
    assert sum(map(len, born)) == pytest.approx(800, rel=0.1)
    assert max(map(len, born)) == 1  # once, at any moment
    assert sum(at < START + 15 * DAY for (at, *_) in filter(None, born)) == pytest.approx(400, rel=0.15)
    assert count["Signed Up"] == pytest.approx(6000, rel=0.05)
    assert count["Order Completed"] == pytest.approx(12000, rel=0.05)
    plans = [body.attributes.get("plan") for body in bodies if isinstance(body, Identify)]
    assert plans.count(None) == pytest.approx(1000, rel=0.1)
    assert plans.count("trial") == pytest.approx(667, rel=0.15)
    assert {event.properties.get("n") for event in events if event.name == "Signed Up"} == {1, 2}
    dice = random.Random(1)
    reactions = [[verb for verb, _ in reaction(KNOWN, "email", dice)] for _ in range(4000)]
    assert sum("opened" in each for each in reactions) == pytest.approx(2000, rel=0.1)
    assert all(each != ["clicked"] for each in reactions)
    assert list(reaction(KNOWN, "sms", dice)) == []


def test_the_same_seed_makes_the_same_people_however_many() -> None:
    some = list(lives(KNOWN, 3, 5, START, START + 30 * DAY))
    assert some == list(lives(KNOWN, 10, 5, START, START + 30 * DAY))[:3]
    assert some != list(lives(KNOWN, 3, 6, START, START + 30 * DAY))


ACCOUNTS = Circle(
    "company",
    sizes=(3, 5, 40),
    attributes=(
        {"name": "A", "plan": "trial", "seats": 4},
        {"name": "B", "plan": "trial", "seats": 30},
        {"name": "C", "plan": "team", "seats": 30},
    ),
    belonging=(({"role": "admin"},), ({"role": "member"},), ({"role": "member"},), ()),
    rate=0.05,
    moving=("plan", "seats"),
    spreads=frozenset(("Order Completed",)),
)
GROUPED = msgspec.structs.replace(KNOWN, circles=(ACCOUNTS,))


def test_people_are_in_groups_as_real_ones_are() -> None:
    made = list(lives(GROUPED, 900, 1, START, START + 60 * DAY))
    relations = [[body for _, body in life.inputs if isinstance(body, Group)] for life in made]
    assert sum(map(bool, relations)) == pytest.approx(675, rel=0.1)
    roles = [group.relation for groups in relations for group in groups]
    assert roles.count({"role": "admin"}) == pytest.approx(len(roles) / 3, rel=0.2)
    companies: dict[str, list[int]] = {}
    for n, groups in enumerate(relations):
        for group in groups:
            companies.setdefault(group.key, []).append(n)
    assert len(companies) == pytest.approx(900 / 16, rel=0.4)
    for people in companies.values():
        told = [[each for each in made[n].inputs if isinstance(each[1], GroupChanged | Befell)] for n in people]
        assert all(each == told[0] for each in told)  # colleagues hear the same, at the same moments
        first = told[0][0][1]
        assert isinstance(first, GroupChanged)
        assert first.attributes in ACCOUNTS.attributes
        done = [
            each
            for n in people
            for each in made[n].inputs
            if isinstance(each[1], Event) and each[1].name == "Order Completed"
        ]
        heard = [(at, body.event) for at, body in told[0] if isinstance(body, Befell) and body.event]
        assert sorted(heard) == sorted((at, event.name) for at, event in done if isinstance(event, Event))
    changes = [body for life in made for _, body in life.inputs if isinstance(body, Befell) and not body.event]
    assert changes
    assert {name for change in changes for name in change.after} == {"plan", "seats"}
    assert all(change.before != change.after for change in changes)
    assert sum("Groups (company)" in line for line in says(GROUPED)) == 1
    assert "groups" in says(KNOWN)[-1]


def test_a_journey_of_a_group_is_played_with_them() -> None:
    upgraded = {
        "group": "company",
        "attribute": "plan",
        "to": "team",
        "members": 'in group company where relation.role = "admin"',
    }
    ordered = {"group": "company", "event": "Order Completed"}
    for trigger, audience, who in ((upgraded, None, 0.3), (ordered, "company.seats >= 20", 0.6)):
        document = {**SPRING["journeys"]["care"]["document"], "trigger": trigger, "audience": audience, "goal": None}
        document = {name: value for name, value in document.items() if value is not None}
        body = {**SPRING, "journeys": {"care": {**SPRING["journeys"]["care"], "document": document}}}
        assert Side("side", "care", Workspace(1, b"s" * 32), body, live=False).groups["company"] == (
            frozenset(("Order Completed",)) if "event" in trigger else frozenset()
        )
        assert play(body).sides[0].people == 0
        assert 0 < play(body, known=GROUPED).sides[0].people < 200 * who


def play(*bodies: dict[str, Any], known: Model = KNOWN, seed: int = 1) -> Count:
    own = Workspace(1, b"s" * 32)
    sides = [Side(f"side {n}", "care", own, body, live=False) for n, body in enumerate(bodies)]
    return msgspec.convert(simulate(sides, known, 200, START, 30, seed).count, Count)


def test_a_journey_is_played_with_them() -> None:
    count = play(SPRING, changed(hello={"send": "more"}))
    one, other = count.sides
    assert one.entries == other.entries > 200
    assert one.goals > 0
    assert 0 < one.rendered <= 500
    assert set(one.days) <= {f"2026-01-{day:02d}" for day in range(5, 32)} | {
        f"2026-02-{day:02d}" for day in range(1, 5)
    }
    assert count.comparison.only_a == count.comparison.only_b == count.comparison.same == 0
    assert count.comparison.different == count.comparison.both == one.people
    assert play(SPRING).sides[0] == play(SPRING).sides[0] == one
    assert play(SPRING, seed=2).sides[0] != one


def test_a_journey_that_calls_begin_is_called() -> None:
    entry = SPRING["journeys"]["care"]
    body = {**SPRING, "journeys": {"care": {**entry, "document": {**entry["document"], "trigger": {"api": True}}}}}
    sides = [Side("draft", "care", Workspace(1, b"s" * 32), body, live=False)]
    *_, called = concerns(sides)
    assert called == {"care"}
    known = msgspec.structs.replace(KNOWN, calls={"care": ({"n": 7},)})
    calls = [
        body for life in lives(known, 50, 1, START, START + DAY) for _, body in life.inputs if isinstance(body, Enter)
    ]
    assert calls == [Enter("care", {"n": 7})] * 50
    assert play(body, known=known).sides[0].entries > 50
    assert play(body).sides[0].entries == 0
    assert any(line.startswith("Calls that let people into care: everybody is called in once") for line in says(known))


def test_they_open_what_they_get() -> None:
    body = changed(first={"wait_until": 'opened email "hello" since entry'})
    many = play(body, known=msgspec.structs.replace(KNOWN, engaged={("opened", "email"): 1.0}))
    nobody = play(body, known=msgspec.structs.replace(KNOWN, engaged={}))
    shortest = min(many.sides[0].seconds), min(nobody.sides[0].seconds)
    assert sum(many.sides[0].seconds) < 0.6 * sum(nobody.sides[0].seconds)
    assert shortest[0] < shortest[1]


async def test_the_model_is_read_from_what_people_did(
    town: Town,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await lived(town, 8, 80)
    await town.send(*(town.record(Identify({"plan": "trial"}), ("id", f"new{n}")) for n in range(24)))
    await town.send(*(town.record(Event("Trial Started", {"n": n}), ("id", f"new{n}")) for n in range(24)))
    seen = "SELECT sum(count) FROM catalog WHERE name = 'Trial Started' AND property = ''"
    async with asyncio.timeout(20):  # the catalog is written by the worker, a moment after what it counts
        while await town.database.fetchval(seen) != 24:
            await asyncio.sleep(0.05)
    async with town.database.pool.acquire() as connection:
        known = await model(
            connection,
            town.workspace,
            {("track", "Signed Up"), ("track", "Never"), ("track", "Trial Started"), ("message", "opened email")},
            {"company": frozenset(("Signed Up",)), "team": frozenset()},
            {"asked"},
        )
        with monkeypatch.context() as patched:
            patched.setattr("tidings.simulate.model.SAMPLE", 8)  # fewer than there are
            few = await model(connection, town.workspace, {("track", "Signed Up")})
            await connection.execute(
                "UPDATE history SET body = body WHERE get_byte(id, 15) % 2 = 0"
            )  # they lie elsewhere
            async with connection.transaction():
                for way in ("nestloop", "mergejoin", "indexscan", "bitmapscan"):
                    await connection.execute(f"SET LOCAL enable_{way} = off")
                assert await model(connection, town.workspace, {("track", "Signed Up")}) == few
    never, signed, started = known.habits
    assert (never.name, never.seen, signed.name, signed.seen) == ("Never", False, "Signed Up", True)
    assert signed.rate > 0
    assert signed.once == 0
    assert started.once == pytest.approx(24 / known.people)
    assert any("Trial Started: hardly anybody did it twice, so" in line for line in says(known))
    assert all("total" in said for said in signed.said)
    plan = next(trait for trait in known.traits if trait.name == "plan")
    assert plan.share == pytest.approx(0.7, abs=0.2)
    assert set(plan.values) == {"trial"}
    assert all(trait.name not in ("id", "email") for trait in known.traits)
    assert any("nobody ever did it" in line for line in says(known))
    assert all(isinstance(call["n"], int) for call in known.calls["asked"])
    assert known.calls["asked"]
    company, team = known.circles
    assert len(company.sizes) == len(company.attributes) == 5
    assert all(each["seats"] in (5, 30) for each in company.attributes)
    assert 0 < company.share < 1
    assert company.rate > 0
    assert company.moving == ("seats",)
    assert any("there is none" in line for line in team.says())
