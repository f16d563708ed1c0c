"""Definitions changed in the middle of a life."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.laws.real import Real
from tests.laws.stories import Input, Workspace, lives, workspaces
from tests.laws.test_laws import LASTS, endless
from tidings import engine
from tidings.kernel.effects import Membership, Moved, Planned
from tidings.people.document import Time, read_times


def in_reach(real: Real, minute: int) -> dict[bytes, list[Time]]:
    """What the counters hold, but for times that no window reaches any more."""
    found = {}
    for key, kept in real.person.counters.items():
        times = read_times(kept)
        horizon = real.definitions.counters[key].horizon
        reached = [time for time in times if horizon is None or time[0] > real.at(minute) - horizon]
        if reached:
            found[key] = reached
    return found


@settings(max_examples=200, deadline=None)
@given(workspaces(), lives(), st.integers(0, 12))
def test_definitions_changed_midway_end_where_those_in_force_all_along_end(
    workspace: Workspace, life: list[Input], change: int
) -> None:
    only_segments = {"segments": workspace.body["segments"]}
    whole = Real(Workspace(only_segments, workspace.segments, []))
    late = Real(Workspace({"segments": {}}, [], []))
    change = min(change, len(life))
    for input in life[:change]:
        whole.give(input)
        late.give(input)
    sealed = engine.seal(late.definitions.workspace, 2, only_segments, {"segments": {}})
    late.definitions = engine.Definitions(late.definitions.workspace, 2, sealed)
    for input in life[change:]:
        whole.give(input)
        late.give(input)
    until = life[-1].minute + LASTS
    whole.step(None, whole.at(until))
    late.step(None, late.at(until))
    assert set(late.person.segments) == set(whole.person.segments)
    assert in_reach(late, until) == in_reach(whole, until)
    assert late.person.timers == whole.person.timers


@settings(max_examples=200, deadline=None)
@given(workspaces(), lives(), st.integers(0, 12))
def test_counters_forget_where_history_does(workspace: Workspace, life: list[Input], change: int) -> None:
    """Who was there all along is in the segments of whoever is built from what history still has."""
    only_segments = {"segments": workspace.body["segments"], "settings": {"retention": "3 minutes"}}
    whole = Real(Workspace(only_segments, workspace.segments, []))
    late = Real(Workspace({"segments": {}, "settings": only_segments["settings"]}, [], []))
    change = min(change, len(life))
    for input in life[:change]:
        whole.give(input)
        late.give(input)
    sealed = engine.seal(
        late.definitions.workspace, 2, only_segments, {"segments": {}, "settings": only_segments["settings"]}
    )
    late.definitions = engine.Definitions(late.definitions.workspace, 2, sealed)
    border = late.at(life[min(change, len(life) - 1)].minute - 3)
    late.history = [row for row in late.history if row[3] > border]
    for input in life[change:]:
        whole.give(input)
        late.give(input)
    until = life[-1].minute + LASTS
    for real in (whole, late):
        real.step(None, real.at(until))
    assert set(late.person.segments) == set(whole.person.segments)
    assert late.person.timers == whole.person.timers


def test_who_keeps_history_for_a_time_from_now_on_forgets_what_counted_before() -> None:
    did = {"segment": "did", "rule": 'did "Go"'}
    document = {
        "journey": "j",
        "trigger": {"event": "Start"},
        "exit": 'not did "Go"',
        "steps": [{"id": "rest", "wait": "10 days"}],
    }
    body = {"segments": {"did": did}, "journeys": {"j": {"version": 1, "status": "live", "document": document}}}
    first = engine.seal(engine.Workspace(1, b"k" * 32), 1, body, None)
    life = Real(Workspace(first, [], []))
    life.give(Input(0, "Go", {}, 0, {}))
    life.give(Input(1, "Start", {}, 0, {}))
    life.step(None, life.at(60 * 24 * 3))
    assert ("did" in life.person.segments, len(life.person.runs)) == (True, 1)
    second = engine.seal(life.definitions.workspace, 2, {**body, "settings": {"retention": "5 days"}}, first)
    assert second["since"]["segments"] == {"did": 2}
    third = engine.seal(life.definitions.workspace, 3, {**body, "settings": {"retention": "5 days"}}, second)
    assert third["since"] == {**second["since"], "events": {"": 2}}, "as long as it is the same, nobody looks again"
    life.definitions = engine.Definitions(life.definitions.workspace, 2, second)
    life.step(None, life.at(60 * 24 * 3 + 1))
    assert life.person.wake_at == life.at(60 * 24 * 5)
    life.step(None, life.at(60 * 24 * 5))
    assert (dict(life.person.segments), life.person.runs) == ({}, [])


@settings(max_examples=100, deadline=None)
@given(workspaces(), lives())
def test_a_change_of_definitions_enters_segments_quietly_and_starts_nobody(
    workspace: Workspace, life: list[Input]
) -> None:
    real = Real(Workspace({}, [], []))
    for input in life:
        real.give(input)
    assert real.effects == [effect for effect in real.effects if not isinstance(effect, Membership | Moved | Planned)]
    sealed = engine.seal(real.definitions.workspace, 2, workspace.body, {})
    real.definitions = engine.Definitions(real.definitions.workspace, 2, sealed)
    facts = engine.NOTHING
    now = real.at(life[-1].minute)
    while isinstance(answer := engine.upgrade(real.definitions, real.person, now, facts), engine.Needs):
        facts = facts.joined(real.answer(answer))
    assert all(isinstance(effect, Membership) and effect.quiet for effect in answer.effects)
    assume(answer.effects)


@settings(max_examples=100, deadline=None)
@given(workspaces(), lives(), st.integers(0, 12))
def test_the_same_definitions_under_a_new_number_change_nothing(
    workspace: Workspace, life: list[Input], change: int
) -> None:
    plain, renumbered = Real(workspace), Real(workspace)
    first = engine.seal(plain.definitions.workspace, 1, workspace.body, None)
    for index, input in enumerate(life):
        if index == change:
            sealed = engine.seal(plain.definitions.workspace, 2, workspace.body, first)
            renumbered.definitions = engine.Definitions(plain.definitions.workspace, 2, sealed)
        plain.give(input)
        renumbered.give(input)
    assume(not endless(plain))
    assert plain.log() == renumbered.log()


def test_waits_last_longer_by_a_pause_that_is_taken_out_of_the_calendar() -> None:
    document = {
        "journey": "j",
        "trigger": {"event": "Go"},
        "steps": [
            {"id": "rest", "wait": "60 minutes"},
            {"id": "until", "wait_until": 'did "Never" since entry', "at_most": "30 minutes"},
            {"id": "mark", "set": {"done": True}},
        ],
    }
    for held, seen in (("send", (60, 90)), ("skip", (60, 90)), ("shift", (100, 130))):
        entry = {"version": 1, "status": "live", "document": document}
        life = Real(Workspace({"segments": {}, "journeys": {"j": entry}}, [], []))
        life.give(Input(0, "Go", {}, 0, {}))
        paused = {"j": {**entry, "pauses": [[life.at(10), life.at(50), 3, held, 0]]}}
        sealed = engine.seal(life.definitions.workspace, 3, {"segments": {}, "journeys": paused}, {"segments": {}})
        life.definitions = engine.Definitions(life.definitions.workspace, 3, sealed)
        for minute in range(50, 200):
            life.step(None, life.at(minute))
        moves = [effect for effect in life.effects if isinstance(effect, Moved) and effect.step in ("rest", "until")]
        left = [effect.time for effect in moves if effect.what != "waiting"]
        assert [life.at(minute) for minute in seen] == left, held
        assert life.person.attributes["done"] is True
