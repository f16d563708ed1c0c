"""Whom a build leaves as they are: exactly those in whom the whole engine would change nothing."""

from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.laws.real import Real
from tests.laws.stories import Input, Workspace, lives, workspaces
from tidings import engine
from tidings.people.document import Time


def counted(real: Real, concern: engine.Concern) -> dict[bytes, list[Time]]:
    """What history says of the counters that are looked for, as a build reads it: without a border in time."""
    found = {}
    for key, counter in concern.counters.items():
        times = sorted(
            (time, id[:8])
            for kind, name, properties, time, id, _ in real.history
            if (kind, name) == (counter.kind, counter.event) and counter.matches(properties) and counter.counts(time)
        )
        if times:
            found[key] = times[-counter.keep :]
    return found


@settings(max_examples=150, deadline=None)
@given(workspaces(), lives(), st.integers(0, 3), st.integers(0, 20))
def test_a_build_concerns_just_those_whom_the_engine_would_change(
    workspace: Workspace, life: list[Input], kept: int, pause: int
) -> None:
    after = workspace.body["segments"]
    before = {name: document for name, document in after.items() if kept & 1 and name == min(after)}
    if kept & 2 and before:  # a rule that is edited, whose members may have to leave
        before = {name: {"segment": name, "rule": 'did "Alpha"'} for name in before}
    real = Real(Workspace({"segments": before}, [], []))
    old = engine.seal(real.definitions.workspace, 1, {"segments": before}, None)
    real.definitions = engine.Definitions(real.definitions.workspace, 1, old)
    for input in life:
        real.give(input)
    at = real.at(life[-1].minute + pause)
    real.step(None, at)
    made = engine.Definitions(
        real.definitions.workspace, 2, engine.seal(real.definitions.workspace, 2, {"segments": after}, old)
    )
    facts = engine.NOTHING
    while isinstance(answer := engine.upgrade(made, real.person, at, facts), engine.Needs):
        facts = facts.joined(real.answer(answer))
    moved = answer.person
    changes = bool(answer.effects) or moved.timers != real.person.timers
    concern = engine.Concern(made, 1)
    times = counted(real, concern)
    event(f"changes: {changes}, everybody: {concern.everybody}")
    assert concern.of_person(real.person, times, at) == changes
    if not concern.everybody and not set(concern.segments) & {*real.person.segments, *real.person.timers}:
        assert concern.of_stranger(times, at) == changes


def test_a_journey_alone_concerns_nobody_by_its_counters() -> None:
    document = {
        "journey": "j",
        "trigger": {"event": "Alpha"},
        "exit": 'did "Beta" at least 2 times within 30 days',
        "steps": [{"id": "w", "wait": "1 day"}],
    }
    made = engine.Definitions(
        engine.Workspace(1, b"k" * 32),
        1,
        {"journeys": {"j": {"version": 1, "status": "live", "document": document}}},
    )
    concern = engine.Concern(made, 0)
    [key] = concern.counters
    assert concern.new == {key}
    assert not concern.everybody
    assert not concern.of_stranger({key: [(1, b"a" * 8), (2, b"b" * 8), (3, b"c" * 8)]}, 4)
