"""One plain example a kind, and what the generated lives do not reach."""

from typing import Any

from tests.laws.real import Real
from tests.laws.stories import Input, Workspace, _Templates
from tidings.kernel.effects import Cancelled, Moved, Planned
from tidings.kernel.ids import digest
from tidings.kernel.records import SECRET, Consent, Device, Event, Group, GroupChanged, Member, Record, Ungroup


def real(journey: dict[str, Any], segments: dict[str, Any] | None = None) -> Real:
    document = {"journey": "j", "trigger": {"event": "Go"}, **journey}
    body = {
        "segments": segments or {},
        "journeys": {"j": {"version": 1, "status": "live", "document": document}},
        "templates": _Templates(),
    }
    return Real(Workspace(body, [], []))


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
