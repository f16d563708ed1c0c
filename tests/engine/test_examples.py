"""One plain example a kind, and what the generated lives do not reach."""

from typing import Any

from tests.laws.naive import TICK
from tests.laws.real import Real
from tests.laws.stories import Input, Workspace, _Templates
from tidings.kernel.effects import Agreed, Called, Cancelled, Changed, Happened, Moved, Planned, Rejected
from tidings.kernel.ids import digest
from tidings.kernel.records import (
    SECRET,
    Answered,
    Consent,
    Device,
    Event,
    Group,
    GroupChanged,
    Member,
    Postponed,
    Record,
    Retry,
    Ungroup,
)
from tidings.kernel.times import parse_iso
from tidings.people.document import Person
from tidings.people.merge import merge, part

START = 1_700_000_000_000_000 // TICK * TICK
"""When these stories begin, whose dates are of that winter: 2023-11-14, 22:13 UTC."""


def real(journey: dict[str, Any], segments: dict[str, Any] | None = None) -> Real:
    document = {"journey": "j", "trigger": {"event": "Go"}, **journey}
    body = {
        "segments": segments or {},
        "journeys": {"j": {"version": 1, "status": "live", "document": document}},
        "templates": _Templates(),
    }
    return Real(Workspace(body, [], []), start=START)


def go(minute: int = 0, **properties: Any) -> Input:
    return Input(minute, "Go", properties, 0, {})


def sent(life: Real) -> list[str]:
    return [effect.template for effect in life.effects if isinstance(effect, Planned)]


def moves(life: Real) -> list[tuple[str, str]]:
    return [(effect.what, effect.step) for effect in life.effects if isinstance(effect, Moved)]


def give(life: Real, body: Any) -> None:
    life.count += 1
    now = life.at(life.count)
    life.step(Record(digest("r", life.count), 1, 1, SECRET, (("id", "u"),), now, now, body), now)


def test_a_split_draws_the_same_arm_every_time_and_all_arms_over_many_people() -> None:
    steps = [{"id": "s", "split": [{"share": 1, "steps": [{"id": f"m{n}", "send": f"m{n}"}]} for n in range(3)]}]
    counts = {"m0": 0, "m1": 0, "m2": 0}
    for number in range(300):
        drawn = set()
        for _ in range(2):
            life = real({"steps": steps})
            life.person.id = life.person.first = digest(number)
            life.give(go())
            drawn.add(sent(life)[0])
        assert len(drawn) == 1
        counts[drawn.pop()] += 1
    assert all(70 < count < 130 for count in counts.values())


def test_a_branch_on_the_trigger_reads_it_from_history_after_a_wait() -> None:
    arms = [
        {"when": 'event.plan = "pro"', "steps": [{"id": "a", "send": "pro"}]},
        {"otherwise": [{"id": "b", "send": "free"}]},
    ]
    life = real({"steps": [{"id": "w", "wait": "5 minutes"}, {"id": "b0", "branch": arms}]})
    life.give(go(plan="pro"))
    life.step(None, life.at(6))
    assert sent(life) == ["pro"]


def test_the_trigger_itself_does_not_count_since_entry() -> None:
    life = real({"steps": [{"id": "w", "wait_until": 'did "Go" since entry'}, {"id": "m", "send": "m"}]})
    life.give(go(0))
    assert sent(life) == []
    life.give(go(1))
    assert sent(life) == ["m"]


def test_what_is_tracked_says_what_its_liquid_comes_to_and_leaves_out_what_cannot_be() -> None:
    told = {
        "plan": "{{ event.plan }}",
        "seats": "{{ event.seats | times: 2 }}",
        "way": "x",
        "lacks": "{{ event.gone }}",
    }
    life = real({"steps": [{"id": "t", "track": "Told", "properties": told}]})
    life.give(go(plan="pro", seats=4))
    (happened,) = [effect for effect in life.effects if isinstance(effect, Happened)]
    assert happened.properties == {"plan": "pro", "seats": 8, "way": "x"}
    (why,) = [effect.why for effect in life.effects if isinstance(effect, Moved) and effect.what == "passed"]
    assert why == "Told; lacks: event.gone is missing"


def test_an_endless_loop_is_parked_and_named() -> None:
    life = real({"reenter": "always", "steps": [{"id": "again", "track": "Go"}]})
    life.give(go())
    parked = [effect for effect in life.effects if isinstance(effect, Moved) and effect.what == "parked"]
    assert len(parked) == 1
    assert "j/again" in parked[0].why
    assert life.person.wake_at is None


def test_an_exit_cancels_what_is_planned() -> None:
    life = real({"exit": "paid = true", "steps": [{"id": "m", "send": "m"}, {"id": "w", "wait": "1 day"}]})
    life.give(go())
    life.give(Input(1, None, {}, 0, {"paid": True}))
    run = life.effects[0]
    assert isinstance(run, Moved)
    assert [effect for effect in life.effects if isinstance(effect, Cancelled)] == [
        Cancelled(run.run, "the run ended: paid = true", life.at(1))
    ]
    assert not life.person.runs


def test_a_goal_counts_after_the_run_is_over_but_not_after_its_window() -> None:
    journey = {"goal": {"rule": 'did "Buy" since entry', "within": "10 minutes"}, "steps": [{"id": "m", "send": "m"}]}
    for minute, reached in ((9, True), (10, False)):
        life = real(journey)
        life.give(go())
        life.give(Input(minute, "Buy", {}, 0, {}))
        assert (("converted", "") in moves(life)) is reached
        assert not life.person.runs


def test_people_come_again_as_the_journey_says() -> None:
    for reenter, expected in (("never", 1), ("always", 3), ("after 5 minutes", 2)):
        life = real({"reenter": reenter, "steps": [{"id": "m", "send": "m"}]})
        for minute in (0, 2, 6):
            life.give(go(minute))
        assert len(sent(life)) == expected


def test_a_late_event_starts_nothing_but_counts() -> None:
    segments = {"active": {"segment": "active", "rule": 'did "Go"'}}
    life = real({"steps": [{"id": "m", "send": "m"}]}, segments)
    life.count += 1
    now = life.at(0)
    life.step(Record(digest("r"), 1, 1, SECRET, (("id", "u"),), now - 10**12, now, Event("Go", {}), starts=False), now)
    assert "active" in life.person.segments
    assert sent(life) == []


def test_closed_lets_nobody_in_and_stopped_ends_everybody() -> None:
    life = real({"steps": [{"id": "w", "wait": "5 minutes"}, {"id": "m", "send": "m"}]})
    life.give(go())
    life.definitions.journeys["j"].status = "closed"
    life.step(None, life.at(6))
    assert sent(life) == ["m"]
    life = real({"steps": [{"id": "w", "wait": "5 minutes"}, {"id": "m", "send": "m"}]})
    life.give(go())
    life.definitions.journeys["j"].status = "stopped"
    life.step(None, life.at(6))
    assert sent(life) == []
    assert moves(life)[-1] == ("stopped", "w")


def test_consent_devices_and_hand_made_segments() -> None:
    life = real(
        {"trigger": {"segment": "entered vips"}, "steps": [{"id": "m", "send": "m"}]},
        {"vips": {"segment": "vips", "manual": True}},
    )
    give(life, Member("vips", True))
    assert sent(life) == ["m"]
    give(life, Member("vips", False))
    assert not life.person.segments
    give(life, Consent(unsubscribed=True, topics={"news": False}, how="test"))
    assert life.person.consent.unsubscribed
    assert life.person.attributes["unsubscribed"] is True
    assert any(isinstance(effect, Cancelled) and effect.run is None for effect in life.effects)
    give(life, Device("t1", "ios"))
    give(life, Device("t1", "", {"app": "2"}))
    assert [(device.token, device.platform, device.attributes) for device in life.person.devices] == [
        ("t1", "ios", {"app": "2"})
    ]
    give(life, Device("t1", gone=True))
    assert not life.person.devices


def test_rules_read_groups_and_older_versions_of_them_are_ignored() -> None:
    segments = {"big": {"segment": "big", "rule": "company.seats >= 20"}}
    life = real({"steps": [{"id": "m", "send": "m"}]}, segments)
    give(life, Group("company", "acme", {"seats": 5, "other": 1}, {"role": "admin"}))
    assert "big" not in life.person.segments
    assert life.person.groups[0].attributes == {"seats": 5}
    give(life, GroupChanged("company", "acme", 2, {"seats": 30}))
    assert "big" in life.person.segments
    give(life, GroupChanged("company", "acme", 1, {"seats": 3}))
    assert "big" in life.person.segments
    give(life, Ungroup("company", "acme"))
    assert "big" not in life.person.segments


def test_attributes_beyond_their_bound_are_refused_and_nothing_else_is_lost() -> None:
    life = real({"steps": [{"id": "m", "send": "m"}]})
    life.give(Input(0, None, {}, 0, {"x": 1}))
    life.give(Input(1, None, {}, 0, {"y": "a" * 40_000}))
    assert life.person.attributes == {"id": "u", "x": 1}
    assert "32 kB" in life.effects[-1].reason  # type: ignore[union-attr]


def changed(life: Real) -> dict[str, Any]:
    return {
        name: value
        for effect in life.effects
        if isinstance(effect, Changed)
        for name, value in effect.attributes.items()
    }


def whys(life: Real) -> list[str]:
    return [effect.why for effect in life.effects if isinstance(effect, Moved)]


def test_values_are_worked_out_with_their_types() -> None:
    values = {
        "twice": "{{ event.total | times: 2 }}",
        "said": "{{ event.total }} in all",
        "item": "{{ event.items[0] }}",
        "deep": {"n": ["{{ customer.id }}", 1]},
    }
    life = real({"steps": [{"id": "s", "set": values}]})
    life.give(go(total=1.5, items=[{"sku": "a"}]))
    assert changed(life) == {"twice": 3, "said": "1.5 in all", "item": {"sku": "a"}, "deep": {"n": ["u", 1]}}
    assert life.person.attributes["twice"] == 3


def test_what_cannot_be_worked_out_stays_as_it_is_and_is_said() -> None:
    steps = [
        {"id": "s", "set": {"a": "{{ event.total | times: 2 }}", "n": {"add": 1}, "b": 1}},
        {"id": "m", "send": "m"},
    ]
    life = real({"steps": steps})
    life.give(Input(0, None, {}, 0, {"a": 7, "n": "many"}))
    life.give(go(1))
    assert {name: life.person.attributes[name] for name in "anb"} == {"a": 7, "n": "many", "b": 1}
    assert sent(life) == ["m"]
    assert any("a stays as it is" in why and "n stays as it is" in why for why in whys(life))


def test_numbers_are_added_to_and_lists_changed() -> None:
    steps = [{"id": "s", "set": {"n": {"add": -2}, "l": {"append": "{{ event.tag }}"}, "r": {"remove": "x"}}}]
    life = real({"reenter": "always", "steps": steps})
    life.give(Input(0, None, {}, 0, {"r": ["x", "y", "x"]}))
    for minute, tag in ((1, "red"), (2, "red"), (3, "blue")):
        life.give(go(minute, tag=tag))
    assert life.person.attributes["n"] == -6
    assert life.person.attributes["l"] == ["red", "blue"]
    assert life.person.attributes["r"] == ["y"]


def test_a_wait_moves_with_the_attribute_and_with_the_zone() -> None:
    steps = [
        {"id": "w", "wait_for_time": {"attribute": "due", "at": "09:00", "zone": "person"}},
        {"id": "m", "send": "m"},
    ]
    life = real({"steps": steps})
    life.give(Input(0, None, {}, 0, {"due": "2024-01-10", "timezone": "Asia/Tokyo"}))
    life.give(go(1))
    tokyo = life.person.wake_at
    life.give(Input(2, None, {}, 0, {"timezone": "Europe/Oslo"}))
    oslo = life.person.wake_at
    assert tokyo is not None
    assert oslo == tokyo + 8 * 3600 * 1_000_000
    life.give(Input(3, None, {}, 0, {"due": "2024-01-12"}))
    assert life.person.wake_at == oslo + 2 * 86_400 * 1_000_000
    life.give(Input(4, None, {}, 0, {"due": "2020-01-12"}))
    assert sent(life) == ["m"]


def test_a_wait_ends_on_its_weekday_or_its_date_in_the_zone_that_is_said() -> None:
    """It is Tuesday evening in London, and Wednesday morning in Tokyo."""
    for asked, until in (
        ({"days": ["wednesday"]}, "2023-11-15T00:00:00Z"),
        ({"days": ["wednesday"], "zone": "person"}, None),
        ({"days": "weekends", "at": "08:30"}, "2023-11-18T08:30:00Z"),
        ({"days": "weekends", "at": "08:30", "zone": "person"}, "2023-11-17T23:30:00Z"),
        ({"date": "2023-12-24", "at": "09:00"}, "2023-12-24T09:00:00Z"),
        ({"date": "2023-12-24", "at": "09:00", "zone": "person"}, "2023-12-24T00:00:00Z"),
        ({"date": "2023-11-01"}, None),
        ({"date": "2022-11-20", "passed": "next year"}, "2023-11-20T00:00:00Z"),
    ):
        life = real({"steps": [{"id": "w", "wait_for_time": asked}, {"id": "m", "send": "m"}]})
        life.give(Input(0, None, {}, 0, {"timezone": "Asia/Tokyo"}))
        life.give(go(1))
        assert life.person.wake_at == (until and parse_iso(until)), asked
        assert sent(life) == [] if until else ["m"], asked


def test_a_missing_zone_is_the_workspaces() -> None:
    life = real({"steps": [{"id": "w", "wait_for_time": {"at": "09:00", "zone": "person"}}]})
    life.give(Input(0, None, {}, 0, {"timezone": "Mars/Base"}))
    life.give(go(1))
    assert life.person.wake_at is not None
    assert life.person.wake_at % (86_400 * 1_000_000) == 9 * 3600 * 1_000_000


def test_whoever_is_held_out_gets_nothing_more_and_their_goal_counts() -> None:
    split = [{"share": 1e-9, "steps": [{"id": "a", "send": "a"}]}, {"holdout": 100, "name": "control"}]
    goal = {"rule": 'did "Buy" since entry', "within": "10 minutes"}
    life = real({"goal": goal, "steps": [{"id": "s", "split": split}, {"id": "m", "send": "m"}]})
    life.give(go())
    life.give(Input(2, "Buy", {}, 0, {}))
    assert sent(life) == []
    assert ("held_out", "s") in moves(life)
    assert ("converted", "s") in moves(life)


def test_consent_is_written_down_and_what_is_planned_cancelled() -> None:
    steps = [{"id": "t", "subscribe": "news"}, {"id": "u", "unsubscribe": "tips"}, {"id": "v", "unsubscribe": "all"}]
    life = real({"steps": [*steps, {"id": "w", "wait": "1 day"}, {"id": "x", "subscribe": "all"}]})
    life.give(go())
    assert life.person.consent.topics == {"news": True, "tips": False}
    assert life.person.consent.unsubscribed
    assert life.person.attributes["unsubscribed"] is True
    assert [effect.reason for effect in life.effects if isinstance(effect, Cancelled)] == ["unsubscribed (journey)"]
    life.step(None, life.at(24 * 60))
    assert not life.person.consent.unsubscribed
    assert [effect.consent.by for effect in life.effects if isinstance(effect, Agreed)] == ["j/t", "j/u", "j/v", "j/x"]


def two(first: list[Any], second: list[Any], **more: Any) -> Real:
    documents = {
        name: {"journey": name, "trigger": {"event": name}, "reenter": "always", "steps": steps, **more}
        for name, steps in (("one", first), ("two", second))
    }
    body = {
        "segments": {},
        "journeys": {name: {"version": 1, "status": "live", "document": d} for name, d in documents.items()},
        "templates": _Templates(),
    }
    return Real(Workspace(body, [], []), start=START)


def test_a_started_journey_reads_what_it_was_given() -> None:
    arms = [{"when": "journey.seats > 4", "steps": [{"id": "big", "send": "big"}]}]
    start = {"id": "s", "start": "two", "with": {"seats": "{{ event.seats | plus: 1 }}", "gone": "{{ event.x }}"}}
    life = two([start, {"id": "after", "send": "after"}], [{"id": "b", "branch": arms}])
    life.give(Input(0, "one", {"seats": 4}, 0, {}))
    assert sorted(sent(life)) == ["after", "big"]
    assert any("gone: event.x is missing" in why for why in whys(life))
    assert "started by one/s" in whys(life)


def test_journeys_that_start_each_other_are_stopped_and_named() -> None:
    life = two([{"id": "a", "start": "two"}], [{"id": "b", "start": "one"}])
    life.give(Input(0, "one", {}, 0, {}))
    parked = [effect.why for effect in life.effects if isinstance(effect, Moved) and effect.what == "parked"]
    assert len(parked) == 1
    assert "one/a" in parked[0]
    assert "two/b" in parked[0]


def test_a_bounded_round_that_never_waits_is_stopped_at_fifty() -> None:
    life = real({"steps": [{"id": "m", "send": "m"}, {"id": "g", "go_to": "m", "at_most": "200 times"}]})
    life.give(go())
    assert len(sent(life)) == 51
    assert ("parked", "g") in moves(life)
    assert len({effect.id for effect in life.effects if isinstance(effect, Planned)}) == 51


def test_a_merge_keeps_the_arm_of_who_began_first() -> None:
    early, late = (Person(id=digest(n), workspace=1, partition=0, created=n, first=digest("f", n)) for n in (1, 2))
    joined, _, trace = merge(late, early)
    assert joined.first == early.first
    parted, _, _ = part(joined, early, trace)
    assert parted.first == late.first
    assert merge(early, late)[0].first == early.first


HOOK = {"id": "h", "webhook": "https://example.com/{{ customer.id }}", "data": {"n": "{{ event.n }}"}, "as": "score"}
WARM = {
    "id": "b",
    "branch": [
        {"when": "journey.score.points > 5", "steps": [{"id": "warm", "send": "warm"}]},
        {"otherwise": [{"id": "cold", "send": "cold"}]},
    ],
}


def calls(life: Real) -> list[Called]:
    return [effect for effect in life.effects if isinstance(effect, Called)]


def rejections(life: Real) -> list[str]:
    return [effect.reason for effect in life.effects if isinstance(effect, Rejected)]


def test_a_run_waits_for_its_answer_and_reads_it() -> None:
    life = real({"steps": [HOOK, WARM]})
    life.give(go(n=3))
    (call,) = calls(life)
    assert call.request["url"] == "https://example.com/u"
    assert call.request["body"] == '{"n":3}'
    give(life, Answered(call.id, True, {"points": 9}))
    assert sent(life) == ["warm"]
    give(life, Answered(call.id, True, {"points": 1}))
    assert sent(life) == ["warm"]
    assert rejections(life) == ["the run went on without this answer"]


def test_an_answer_wakes_that_visit_of_that_run_alone() -> None:
    life = real({"steps": [HOOK, {"id": "w", "wait": "1 minute"}, {"id": "g", "go_to": "h", "at_most": "once"}]})
    life.give(go(n=1))
    give(life, Answered(calls(life)[0].id, True, 1))
    life.step(None, life.at(5))
    first, second = calls(life)
    assert first.id != second.id
    life.count = 10
    give(life, Answered(first.id, True, 2))
    assert life.person.runs[0].step == "h"
    give(life, Answered(second.id, True, 3))
    assert life.person.runs[0].values == {"score": 3}


def test_no_answer_in_time_is_a_failure_and_a_late_one_is_told() -> None:
    for on_error, then in (("go on", ["cold"]), ("exit", []), ("park", [])):
        life = real({"steps": [HOOK | {"at_most": "10 minutes", "on_error": on_error}, WARM]})
        life.give(go(n=1))
        life.step(None, life.at(9))
        assert len(calls(life)) == 1
        life.step(None, life.at(11))
        assert sent(life) == then
        assert any("no answer within 10 minutes" in why for why in whys(life))
        life.count = 20
        give(life, Answered(calls(life)[0].id, True, {"points": 9}))
        assert sent(life) == then
        assert rejections(life) == ["the run went on without this answer"]


def test_a_call_that_was_put_off_may_take_longer_at_this_visit_alone() -> None:
    steps = [
        HOOK | {"at_most": "10 minutes"},
        {"id": "w", "wait": "1 minute"},
        {"id": "g", "go_to": "h", "at_most": "once"},
    ]
    life = real({"steps": steps})
    life.give(go(n=1))
    give(life, Postponed(calls(life)[0].id, life.at(30)))
    life.step(None, life.at(29))
    assert life.person.runs[0].step == "h"
    life.step(None, life.at(30))
    assert ("waiting", "w") in moves(life)
    life.step(None, life.at(31))
    assert len(calls(life)) == 2
    life.step(None, life.at(40))
    assert whys(life).count("failed: no answer within 10 minutes") == 1
    life.step(None, life.at(41))
    assert whys(life).count("failed: no answer within 10 minutes") == 2
    assert rejections(life) == []


def test_what_is_parked_tries_again_as_a_new_visit() -> None:
    life = real({"steps": [HOOK | {"on_error": "park"}, WARM]})
    life.give(go(n=1))
    give(life, Answered(calls(life)[0].id, False, reason="the answer was 404"))
    assert life.person.runs[0].parked == "failed: the answer was 404"
    give(life, Retry("other"))
    give(life, Retry("j"))
    assert rejections(life) == ["no run of other was stopped by a fault"]
    assert len(calls(life)) == 2
    give(life, Answered(calls(life)[1].id, True, {"points": 9}))
    assert sent(life) == ["warm"]


def test_a_rule_that_names_the_answer_holds_at_once() -> None:
    life = real({"exit": "journey.score.points > 5", "steps": [HOOK, {"id": "w", "wait": "1 day"}]})
    life.give(go(n=1))
    give(life, Answered(calls(life)[0].id, True, {"points": 9}))
    assert ("exited", "w") in moves(life)


def test_a_call_whose_values_are_missing_fails_and_is_not_made() -> None:
    life = real({"steps": [HOOK, WARM]})
    life.give(go())
    assert calls(life) == []
    assert sent(life) == ["cold"]
    assert any("event.n is missing" in why for why in whys(life))


def test_an_answer_that_would_fill_the_document_fails() -> None:
    life = real({"steps": [HOOK, WARM]})
    life.give(go(n=1))
    give(life, Answered(calls(life)[0].id, True, "x" * 5000))
    assert sent(life) == ["cold"]
    assert any("4 kB" in why for why in whys(life))


def test_a_run_that_ends_cancels_its_call() -> None:
    life = real({"exit": "paid = true", "steps": [HOOK]})
    life.give(go(n=1))
    life.give(Input(1, None, {}, 0, {"paid": True}))
    assert [effect.run for effect in life.effects if isinstance(effect, Cancelled)] == [calls(life)[0].run]
