"""Definitions changed in the middle of a life."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.laws.real import Real
from tests.laws.stories import Input, Workspace, lives, workspaces
from tests.laws.test_laws import LASTS, endless
from tidings import engine
from tidings.kernel.effects import Membership, Moved, Planned
from tidings.people.document import Time


def in_reach(real: Real, minute: int) -> dict[bytes, list[Time]]:
    """What the counters hold, but for times that no window reaches any more."""
    found = {}
    for key, times in real.person.counters.items():
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
