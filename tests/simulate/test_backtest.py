"""Backtests on histories that our own workers made: what is replayed is what happened."""

import time
from typing import Any

import msgspec
import pytest

from tests.laws.naive import TICK
from tests.laws.real import START
from tests.processor.test_laws import TEMPLATE, put, rows_of, sends, stories
from tests.processor.test_laws import live as append
from tests.processor.town import Town
from tests.simulate.spring import SPRING, changed, lived, run, spring, town
from tidings import engine
from tidings.database.access import Workspace, create_workspace
from tidings.history import kinds
from tidings.journeys import quiet
from tidings.kernel.effects import Moved, Planned
from tidings.kernel.ids import digest, draw
from tidings.kernel.ids import read as read_id
from tidings.kernel.records import (
    SECRET,
    Delete,
    Enter,
    Event,
    Group,
    Identify,
    Record,
    encode,
    home,
)
from tidings.kernel.times import DAY, HOUR, MINUTE, show_iso
from tidings.people.document import Person
from tidings.project.numbers import went
from tidings.simulate import kept
from tidings.simulate.account import Account, Window
from tidings.simulate.backtest import Asked, backtest, paused, taken
from tidings.simulate.measure import Count, Measure, without_moments
from tidings.simulate.post import Letter
from tidings.simulate.side import Side

__all__ = ["town"]
FOREVER = 3000
"""Days: generated lives happen in 2023."""


@pytest.mark.parametrize(("workers", "seed", "count"), [(1, 22, 10), (2, 26, 8)])
async def test_calibration_is_whole(town: Town, workers: int, seed: int, count: int) -> None:
    played = []
    rows = []
    for story in sorted(stories(5 * count, seed), key=lambda story: -len(story[1]))[:count]:
        story[0].body["templates"] = {f"{letter}": TEMPLATE for letter in sends(story[0].body["journeys"])}
        workspace = await put(town, story, START - TICK)
        rows += rows_of(workspace, story[1], START, "ann")
        played.append((workspace, story))
    await append(town, rows)
    for _ in range(workers):
        await town.hire(50)
    await town.rest()
    compared = 0
    for workspace, story in played:
        town.choose(workspace)
        for journey in story[0].body["journeys"]:
            result, found = await run(town, journey, days=FOREVER)
            assert found.calibration.examples == [], (journey, story[0].body["journeys"][journey])
            assert result.agreement == 1.0
            assert found.faulty == found.unnamed == 0
            compared += sum(counts[2] for counts in found.calibration.moves.values())
    assert compared > 2 * count


@pytest.mark.parametrize(("workers", "seed"), [(1, 1), (2, 2)])
async def test_what_people_did_comes_out_again_through_merges_groups_and_causes(
    town: Town, workers: int, seed: int
) -> None:
    start = (time.time_ns() // 1000) - 40 * DAY
    await town.define(SPRING, start - HOUR)
    await append(town, spring(town, seed, 60, start))
    for _ in range(workers):
        await town.hire(100)
    await town.rest()
    assert await town.database.fetchval("SELECT count(*) FROM links WHERE ended_at IS NULL") > 10
    for journey in SPRING["journeys"]:
        result, found = await run(town, journey, days=41)
        assert found.calibration.examples == [], journey
        assert result.agreement == 1.0
        assert found.faulty == found.unnamed == 0
        assert sum(counts[2] for counts in found.calibration.moves.values()) > 30, journey


async def test_what_came_quietly_or_waited_long_starts_in_a_rehearsal_what_it_started(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidings.simulate.backtest.MARGIN", 0)
    await town.hire()
    await town.define(SPRING)
    ann, ben, cat, eve = ("id", "ann"), ("id", "ben"), ("id", "cat"), ("anonymous_id", "eve")
    then = time.time_ns() // 1000 - 2 * DAY

    def quietly(body: Any, *who: Any, ago: int = 0) -> Record:
        return msgspec.structs.replace(town.record(body, *who, at=time.time_ns() // 1000 - ago), starts=False)

    mail, signed = Identify({"email": "a@example.com"}), Event("Signed Up", {})
    await town.send(
        *(town.record(body, ann, at=then, received=then) for body in (mail, signed, Enter("asked", {"n": 1})))
    )  # it has waited for two days, as for a worker that was down
    await town.send(
        *(quietly(body, ben, ago=ago) for body in (Identify({"email": "b@x.de"}), signed) for ago in (0, 1))
    )
    await town.send(town.record(Identify({"email": "c@example.com"}), cat), quietly(signed, cat, ago=3 * DAY))
    await town.send(town.record(Event("Viewed", {}), eve), quietly(Group("company", "acme", {"seats": 30}), eve))
    await town.send(quietly(Identify({"plan": "trial"}), cat, eve))
    assert await town.database.fetchval("SELECT count(*) FROM links") == 1
    entered = {"care": 1, "asked": 1, "quiet": 2, "large": 0}
    for journey, entries in entered.items():
        result, count = await run(town, journey, days=3)
        assert count.calibration.examples == [], journey
        assert result.agreement == 1.0
        assert count.sides[0].entries == entries, journey
    marks = "SELECT count(*) FROM history WHERE kind = $1"
    assert await town.database.fetchval(marks, kinds.STARTS) == 10  # of what came quietly and was old, the times tell


async def test_a_draft_is_held_against_the_version_in_force(town: Town) -> None:
    await lived(town, 3)
    same, count = await run(town, "care", SPRING, days=41)
    assert count.sides[0] == count.sides[1]
    assert count.comparison.different == count.comparison.only_a == count.comparison.only_b == 0
    draft = changed(hello={"send": "more"}, rest={"wait": "13 hours"})
    draft["journeys"]["care"]["document"]["trigger"] = {"event": "Signed Up", "where": "n < 30"}
    result, count = await run(town, "care", draft, days=41)
    assert result.agreement == 1.0
    draft_side, live = count.sides
    assert 0 < draft_side.people < live.people
    assert count.comparison.only_a == 0
    assert count.comparison.only_b == live.people - count.comparison.both
    hello = count.comparison.messages["hello"]
    assert hello["only_a"] > 0
    assert "both" not in hello
    assert count.comparison.messages["bye"].get("another_time", 0) > 0
    assert same.labels == result.labels == ["draft", "live"]


async def test_pauses_are_not_played(town: Town) -> None:
    await lived(town, 3)
    care = {**SPRING["journeys"]["care"], "pauses": [[0, 60 * 365 * DAY, 1, "skip", 0]]}
    _, count = await run(town, "care", {**SPRING, "journeys": {**SPRING["journeys"], "care": care}}, days=41)
    assert count.sides[0] == count.sides[1]


def test_how_long_it_was_really_paused_is_said() -> None:
    window = Window(10 * DAY, 20 * DAY)
    assert paused({}, window) == paused({"pauses": [[0, 9 * DAY, 1, "send", 0]]}, window) == []
    entry = {"pauses": [[9 * DAY, 10 * DAY + 3 * HOUR + MINUTE, 1, "send", 0]]}
    assert "paused once within these days, for about 3 hours" in paused(entry, window)[0]
    (said,) = paused(entry | {"paused_at": 19 * DAY}, window)
    assert "paused 2 times within these days, for about 27 hours" in said


async def test_a_derived_event_is_worked_out_by_the_rule_it_is_given(town: Town) -> None:
    await lived(town, 5, 40)
    sent, named = changed(), changed()
    sent["journeys"]["care"]["document"]["trigger"] = {"event": "Signed Up", "where": "n < 30"}
    named["journeys"]["care"]["document"]["trigger"] = {"event": "Joined"}
    named |= {"events": {"joined": {"event": "joined", "name": "Joined", "rule": 'did "Signed Up" where n < 30'}}}
    _, count = await run(town, "care", sent, named, days=41)
    by_what_was_sent, by_name, live = count.sides
    assert by_name == by_what_was_sent
    assert 0 < by_name.people < live.people


async def test_policy_is_asked_and_messages_are_rendered(town: Town) -> None:
    await lived(town, 4)
    broken = {
        "version": 1,
        "format": "html",
        "text": "---\nsubject: Hello\ntopic: tips\n---\nHi {{ customer.nothing }}",
    }
    draft = {**SPRING, "templates": {**SPRING["templates"], "hello": broken}}
    settings = {**SPRING["settings"], "limits": {"marketing": "1 per 3 days"}}
    _, count = await run(town, "care", draft, {**SPRING, "settings": settings}, days=41)
    failing, capped, live = count.sides
    assert any("customer.nothing" in reason for reason in failing.failures)
    assert any(reason.startswith("the cap marketing: 1 per 3 days is reached") for reason in capped.held)
    assert live.held == {}
    assert any("unsubscribed from the topic tips" in reason for reason in live.reasons["refused"])
    async with town.database.pool.acquire() as connection:
        (newest, *_) = await kept.newest(connection, town.workspace)
        samples = await kept.samples(connection, read_id(newest.id) or b"", 2)
    assert any(sample.text.startswith("Hi u") for sample in samples)


async def test_quiet_hours_hold_back_and_nothing_live_is_written(town: Town) -> None:
    await lived(town, 4)
    await town.close()  # nobody else writes
    hushed = {**SPRING, "settings": {**SPRING["settings"], "quiet": {"marketing": {"between": ["00:01", "00:00"]}}}}
    before = await written(town)
    _, count = await run(town, "care", hushed, days=41)
    after = await written(town)
    assert {table for table in before if after[table] != before[table]} <= OWN
    assert {"history", "people", "deliveries", "standing", "step_numbers"} <= before.keys() - OWN
    quiet, live = count.sides
    assert live.held == {}
    assert sum(quiet.held.values()) > 0
    assert quiet.held.keys() == {"the quiet hours end"}


OWN = {"backtests", "backtest_people", "backtest_samples", "backtest_occasions"}


async def written(town: Town) -> dict[str, str]:
    """Of each table, a digest of all that is in it."""
    names = await town.database.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    )
    return {
        name: await town.database.fetchval(
            f"SELECT count(*) || coalesce(md5(string_agg(t::text, chr(10) ORDER BY t::text)), '') FROM \"{name}\" t"
        )
        for (name,) in names
    }


async def test_what_people_did_with_a_message_that_the_draft_does_not_send_is_left_out_and_counted(town: Town) -> None:
    start = time.time_ns() // 1000 - 5 * DAY
    opens = {"wait_until": 'opened email "hello" since entry'}
    await town.define(changed(first=opens), start - HOUR)
    hello = {"journey": "care", "step": "hello", "template": "hello"}
    did = (Identify({"email": "ann@example.com"}), Event("Signed Up", {}), Event("opened email", hello, "message"))
    rows = []
    for n, body in enumerate(did):
        at = start + n * MINUTE
        record = Record(digest("engaged", n), town.workspace, 1, SECRET, (("id", "ann"),), at, at, body)
        rows.append((at, home(record), encode(record)))
    await append(town, rows)
    await town.hire()
    await town.rest()
    alone, count = await run(town, "care", days=6)
    assert (count.sides[0].entries, count.engaged, count.dropped) == (1, 1, 0)
    both, count = await run(town, "care", changed(first=opens, hello={"send": "more"}), days=6)
    assert (count.sides[0].entries, count.engaged, count.dropped) == (1, 1, 1)
    for result, dropped in ((alone, 0), (both, 1)):
        assert result.agreement == 1.0
        assert f"does not send is left out ({dropped} times)" in result.assumed[1]


async def test_only_what_lies_in_the_window_counts(town: Town) -> None:
    await lived(town, 5)
    _, whole = await run(town, "care", days=41)
    _, late = await run(town, "care", days=36)
    assert 0 < late.sides[0].entries < whole.sides[0].entries
    border = show_iso(time.time_ns() // 1000 - 36 * DAY - MINUTE)[:10]
    assert late.sides[0].days == {day: counts for day, counts in whole.sides[0].days.items() if day > border} | {
        day: counts for day, counts in late.sides[0].days.items() if day == border
    }
    assert late.inputs == whole.inputs
    _, early = await run(town, "care", days=10, until=time.time_ns() // 1000 - 36 * DAY)
    assert 0 < early.sides[0].entries < whole.sides[0].entries
    assert max(early.sides[0].days) <= border
    assert early.inputs < whole.inputs


def test_equal_reasons_are_counted_together() -> None:
    assert without_moments("already in the journey with cart_id 17 b") == "already in the journey with the same cart_id"
    assert without_moments("was in the journey until 2026-01-05T09:00:00Z") == "was in the journey"


def test_a_message_held_back_several_times_counts_once_by_what_did_so_last() -> None:
    account, run = Account("j", Window(0, DAY)), digest("run")
    somebody = Person(id=run, workspace=1, partition=1, created=1, first=run)
    account.hushed = {(run, "night"), (run, "both")}
    for step, fates in (("both", ("held: a cap", "held: another cap", "sent")), ("night", ("sent",))):
        planned = Planned(digest(step), run, "j", 1, step, "hello", "email", HOUR, 0)
        for at, said in enumerate(fates):
            fate, _, reason = said.partition(": ")
            account.told(
                somebody, msgspec.convert({"planned": planned, "fate": fate, "time": at, "reason": reason}, Letter)
            )
    measure = Measure()
    measure.count(account, [], run)
    assert measure.held == {"another cap": 1, quiet.WHY: 1}


def test_whoever_left_at_a_step_is_counted_there_and_did_not_pass_it() -> None:
    account = Account("j", Window(0, HOUR))
    for n, line in enumerate(
        ("entered, w waiting, w converted, w exited", "w waiting, w passed, done", "w parked, e done")
    ):
        for said in line.split(", "):
            step, _, what = said.rpartition(" ")
            account.see(None, Moved(digest(n), "j", 1, step, what, n))
    measure = Measure()
    measure.count(account, [], digest("p"))
    assert measure.steps["w"] == {"waiting": 2, "converted": 1, "exited": 1, "passed": 1, "parked": 1}
    assert [went(measure.steps[step]) for step in ("w", "e")] == [(1, 0, 1), (0, 0, 1)]
    assert measure.ended == {"exited: ": 1, "done": 2}


async def test_a_sample_is_some_of_the_people_and_says_so(town: Town) -> None:
    await lived(town, 6)
    _, whole = await run(town, "care", days=41)
    result, part = await run(town, "care", days=41, sample=20)
    again, _ = await run(town, "care", days=41, sample=20)
    assert 0 < part.people < whole.people
    assert result.agreement == 1.0
    assert again.count["people"] == result.count["people"]
    assert 0 < result.share < 1


async def test_of_other_workspaces_nothing_is_read(town: Town) -> None:
    await lived(town, 6)
    _, whole = await run(town, "care", days=41)
    async with town.database.pool.acquire() as connection:
        other = (await create_workspace(connection, "other")).id
        await connection.execute(
            "UPDATE people SET workspace = $1 WHERE id <> ALL(ARRAY(SELECT id FROM people ORDER BY id LIMIT 2))", other
        )
    _, few = await run(town, "care", days=41)
    assert (few.people, 0 < few.rows < whole.rows // 2) == (2, True)


async def test_it_can_be_cancelled_and_removed_and_forgets_the_deleted(town: Town) -> None:
    await lived(town, 7)
    own = Workspace(town.workspace, "town", town.secret)
    asked = Asked("care", [("live", town.body, True)], days=41)
    pool = town.database.pool

    async def stop(done: int, parts: int) -> None:
        async with pool.acquire() as connection:
            (newest, *_) = await kept.newest(connection, town.workspace)
            assert await kept.cancel(connection, town.workspace, read_id(newest.id) or b"") == (done == 1)

    id = await backtest(pool, town.database.url, own, asked, stop, processes=0)
    async with pool.acquire() as connection:
        found = await kept.read(connection, town.workspace, id)
        assert found is not None
        assert (found.state, found.result) == ("cancelled", None)
    assert [person async for person, _, _ in kept.people(pool, read_id(id) or b"")] == [], "nobody is kept of it"
    whole = await backtest(pool, town.database.url, own, asked, processes=1)
    key = read_id(whole) or b""
    told = [person async for person, _, _ in kept.people(pool, key)]
    assert len(told) > 10
    async with pool.acquire() as connection:
        sampled = {sample.person for sample in await kept.samples(connection, key, 0)}
    gone = next(person for person in told if person in sampled)
    await town.send(town.record(Delete(), ("cio_id", gone)))
    assert gone not in [person async for person, _, _ in kept.people(pool, key)]
    async with pool.acquire() as connection:
        assert gone not in {sample.person for sample in await kept.samples(connection, key, 0)}
        assert await kept.remove(connection, town.workspace, key)
        assert await kept.read(connection, town.workspace, whole) is None
    assert await town.database.fetchval("SELECT count(*) FROM backtest_people WHERE backtest = $1", key) == 0


def expanding(rule: str, *steps: dict[str, Any], where: str = "") -> dict[str, Any]:
    """A journey for all of a company in which somebody did what the rule says."""
    trigger = {"group": "company", "event": "Expanded"} | ({"where": where} if where else {})
    document = {
        "journey": "j",
        "trigger": trigger,
        "reenter": "always",
        "steps": [*steps, {"id": "w", "wait": "1 day"}],
    }
    return {
        "events": {"expanded": {"event": "expanded", "name": "Expanded", "rule": rule}} if rule else {},
        "journeys": {"j": {"version": 1, "status": "live", "document": document}},
    }


async def test_what_befalls_groups_as_a_derived_event_is_worked_out_by_the_rule_it_is_given(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidings.simulate.backtest.MARGIN", 0)  # it has just happened, and is no longer on its way
    await town.hire()
    await town.define(expanding('did "Invited" where seats > 5'))
    ann, ben, cat, dan = (("id", name) for name in ("ann", "ben", "cat", "dan"))
    eve = ("anonymous_id", "eve")

    async def did(who: tuple[str, str], seats: int, name: str = "Invited", **more: Any) -> None:
        await town.send(town.record(Event(name, {"seats": seats, **more}), who))
        await town.rest()
        while await town.database.fetchval("SELECT count(*) FROM occasions"):
            await town.rest()
        await town.send(town.record(Event("Rested", {}), who))
        await town.rest()

    for who, group in ((ann, "acme"), (ben, "acme"), (dan, "other")):
        await town.send(town.record(Group("company", group), who))
    await town.rest()
    await did(ann, 9)  # ann and ben, by every rule but the last
    await did(ann, 3)  # ann and ben again, by a lower bound alone
    await did(dan, 7)  # dan
    await did(dan, 4, group_id="acme")  # dan is not in it: nobody
    await town.send(*(town.record(Group("company", "acme"), who) for who in (cat, eve)))
    await town.rest()
    await did(eve, 4)  # all four, by a lower bound
    await did(ben, 1, "Asked")
    await town.send(town.record(Identify({}), ben, eve))  # what eve did, ben did
    await town.rest()
    drafts = (
        expanding('did "Invited" where seats > 2'),
        expanding('did "Asked"'),
        expanding('did "Invited"', where="seats = 7"),
    )
    result, count = await run(town, "j", *drafts, days=1)
    assert result.agreement == 1.0
    assert count.faulty == 0
    assert [side.entries for side in count.sides] == [5, 4, 1, 3]
    assert [sum(side.refused.values()) for side in count.sides] == [4, 0, 0, 0]  # told again while they are in it
    assert count.calibration.moves["entered"] == [3, 3, 3]
    assert count.comparison.only_a + count.comparison.both == 4
    assert (
        sum("`Expanded` of a group is worked out anew from what its members did" in said for said in result.assumed)
        == 4
    )
    assert await town.database.fetchval("SELECT count(*) FROM backtest_occasions") == 0

    # the first journey that begins from what befalls a group, which no live one did; and a sample, told of what others did
    first = expanding("")
    first["journeys"]["j"]["document"]["trigger"] = {"group": "company", "event": "Asked"}
    result, count = await run(town, "j", first, days=1)
    assert (result.agreement, count.sides[0].entries) == (1.0, 4)
    people = [row[0] for row in await town.database.fetch("SELECT id FROM people")]
    told = await town.person(*ann)
    assert told is not None
    alone = next(
        seed
        for seed in range(10_000)
        if [id for id in people if draw("backtest", seed, id) < 1 / len(people)] == [told.id]
    )
    _, part = await run(town, "j", first, days=1, sample=1, seed=alone)
    assert (part.people, part.sides[0].entries) == (1, 1)


async def test_what_goes_round_by_a_group_ends_in_a_rehearsal_where_it_ended(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidings.simulate.backtest.MARGIN", 0)
    await town.hire()
    body = expanding("") | {"templates": {"hello": TEMPLATE}}
    body["journeys"]["j"]["document"]["steps"] = [{"id": "m", "send": "hello"}, {"id": "t", "track": "Expanded"}]
    await town.define(body)
    people = [("id", name) for name in ("ann", "ben", "cat")]
    await town.send(*(town.record(Group("company", "acme"), who) for who in people))
    await town.send(town.record(Event("Expanded", {}), people[0]))
    await town.until(lambda person: any(run.parked for run in person.runs), *people)
    while await town.database.fetchval("SELECT count(*) FROM occasions"):
        await town.rest()
    await town.rest()
    result, count = await run(town, "j", days=1)
    assert count.calibration.examples == []
    assert result.agreement == 1.0
    assert count.calibration.moves["entered"] == [6, 6, 6]
    assert count.calibration.moves["parked"] == [3, 3, 3]
    assert sum(counts[0] for counts in count.calibration.fates.values()) == 6, "the same messages, by the same ids"


def test_what_the_own_steps_do_to_groups_is_declared() -> None:
    own = engine.Workspace(1, b"s" * 16)
    side = Side("the draft", "j", own, expanding("", {"id": "t", "track": "Expanded"}), False)
    _, said = taken([side], Count(sides=[Measure()]))
    assert "the draft: `Expanded` befalls groups and is tracked by the journey's own steps" in said
