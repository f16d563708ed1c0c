"""The laws of the machine, over generated workspaces and lives."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.laws.naive import TICK
from tests.laws.real import Real
from tests.laws.stories import START, Input, Workspace, lives, workspaces
from tidings.kernel.effects import Moved, Planned
from tidings.people.document import encode

LASTS = 15
"""Minutes watched after the last input."""


def naive_log(
    workspace: Workspace, life: list[Input], until: int
) -> tuple[list[tuple[str, str, int]], list[frozenset[str]]]:
    world, members = workspace.world(), []
    waiting = list(life)
    for minute in range(until + 1):
        now = START + minute * TICK
        world.tick(now)
        while waiting and waiting[0].minute == minute:
            input = waiting.pop(0)
            if input.event:
                world.event(now, input.event, input.properties, now - input.late * TICK)
            else:
                world.identify(now, input.attributes, now - input.late * TICK if input.ordered else None)
        members.append(frozenset(world.past.members))
    return [(what, which, (time - START) // TICK) for what, which, time in world.log], members


def endless(real: Real) -> bool:
    return any(isinstance(effect, Moved) and effect.what == "parked" for effect in real.effects)


@settings(max_examples=300, deadline=None)
@given(workspaces(), lives())
def test_the_engine_agrees_with_a_world_that_works_everything_out_again(
    workspace: Workspace, life: list[Input]
) -> None:
    agree(workspace, life)


@settings(max_examples=200, deadline=None)
@given(workspaces(eager=True), lives("Alpha"))
def test_it_agrees_on_loops_clocks_dates_and_starts(workspace: Workspace, life: list[Input]) -> None:
    agree(workspace, life)


@settings(max_examples=200, deadline=None)
@given(workspaces(keyed=True), lives("Alpha", keyed=True))
def test_it_agrees_on_runs_side_by_side(workspace: Workspace, life: list[Input]) -> None:
    agree(workspace, life)


@settings(max_examples=200, deadline=None)
@given(workspaces(timed=True), lives("Alpha"))
def test_it_agrees_on_whom_a_schedule_concerns(workspace: Workspace, life: list[Input]) -> None:
    agree(workspace, life)


def agree(workspace: Workspace, life: list[Input]) -> None:
    real = Real(workspace)
    for input in life:
        real.give(input)
    until = life[-1].minute + LASTS
    real.step(None, real.at(until))
    assume(not endless(real))
    log, _ = naive_log(workspace, life, until)
    assert real.log() == log


@settings(max_examples=150, deadline=None)
@given(workspaces(), lives())
def test_membership_equals_the_rule_asked_afresh_at_any_instant(workspace: Workspace, life: list[Input]) -> None:
    real, waiting, seen = Real(workspace), list(life), []
    until = life[-1].minute + LASTS
    for minute in range(until + 1):
        if minute >= life[0].minute and real.person.place:
            real.step(None, real.at(minute))
        while waiting and waiting[0].minute == minute:
            real.give(waiting.pop(0))
        seen.append(frozenset(real.person.segments))
    assume(not endless(real))
    assert seen == naive_log(workspace, life, until)[1]


@settings(max_examples=150, deadline=None)
@given(workspaces(), lives(), st.sets(st.integers(0, 60)))
def test_looking_at_timers_early_often_or_late_changes_nothing(
    workspace: Workspace, life: list[Input], looks: set[int]
) -> None:
    late, often = Real(workspace), Real(workspace)
    until = life[-1].minute + LASTS
    for input in life:
        late.give(input)
        for look in sorted(looks):
            if often.person.place and often.at(look) <= often.at(input.minute):
                often.step(None, often.at(look))
        often.give(input)
    late.step(None, late.at(until))
    often.step(None, often.at(until))
    assert late.effects == often.effects
    assert encode(late.person) == encode(often.person)


@settings(max_examples=150, deadline=None)
@given(workspaces(), lives())
def test_storing_between_any_two_steps_changes_nothing_and_a_replay_repeats(
    workspace: Workspace, life: list[Input]
) -> None:
    kept, stored = Real(workspace), Real(workspace, stored=True)
    for input in life:
        kept.give(input)
        stored.give(input)
    assert kept.effects == stored.effects
    assert encode(kept.person) == encode(stored.person)


@settings(max_examples=150, deadline=None)
@given(workspaces(), lives())
def test_no_delivery_twice_and_every_run_ends_or_waits_on_something_named(
    workspace: Workspace, life: list[Input]
) -> None:
    real = Real(workspace)
    for input in life:
        real.give(input)
    planned = [effect.id for effect in real.effects if isinstance(effect, Planned)]
    assert len(planned) == len(set(planned))
    for run in real.person.runs:
        version = real.definitions.version(run)
        assert version is not None
        if run.ended is not None:
            assert run.goal_until is not None
            continue
        node = version.route.nodes[run.step]
        kind = node.step.kind
        assert run.parked or run.wake is not None or kind.lasting() or kind.reads()
