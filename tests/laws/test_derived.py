"""Derived events: against a world that names each event anew, and against definitions that had always been so."""

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.engine.test_upgrade import in_reach
from tests.laws.real import Real
from tests.laws.stories import Input, Workspace, lives, workspaces
from tests.laws.test_laws import LASTS, agree, endless
from tidings import engine

SENT = ("Alpha", "Raw", "Other")
"""What is sent; rules speak of Alpha, Beta and Gamma."""


class Made:
    """Beta is made of what is sent, Gamma of Beta and of what is sent: as documents for the engine, and as a function of an event."""

    def __init__(self, beta: dict[str, int | None], gamma: dict[str, int | None]) -> None:
        self.beta, self.gamma = beta, gamma

    @property
    def documents(self) -> dict[str, Any]:
        return {
            "made-first": {"event": "made-first", "name": "Gamma", "rule": _rule(self.gamma)},
            "of-what-is-sent": {"event": "of-what-is-sent", "name": "Beta", "rule": _rule(self.beta)},
        }

    def names(self, name: str, properties: dict[str, Any]) -> tuple[str, ...]:
        found = [name] if name in SENT else []
        for called, made_of in (("Beta", self.beta), ("Gamma", self.gamma)):
            if any(each in made_of and properties["n"] >= (made_of[each] or 0) for each in found):
                found.append(called)
        return tuple(found)


def _rule(made_of: dict[str, int | None]) -> str:
    return " or ".join(
        f'(did "{event}"{"" if low is None else f" where n >= {low}"})' for event, low in sorted(made_of.items())
    )


def made_of(*events: str) -> st.SearchStrategy[dict[str, int | None]]:
    return st.dictionaries(st.sampled_from(events), st.none() | st.integers(0, 3), min_size=1, max_size=3)


made = st.builds(Made, made_of(*SENT), made_of("Beta", *SENT))


def with_derived(workspace: Workspace, made: Made) -> Workspace:
    body = {**workspace.body, "events": made.documents}
    return Workspace(body, workspace.segments, workspace.journeys, workspace.quiet, made.names)


def as_sent(life: list[Input]) -> list[Input]:
    """Beta and Gamma are sent by nobody."""
    sent = {"Alpha": "Alpha", "Beta": "Raw", "Gamma": "Other"}
    return [
        Input(
            each.minute, each.event and sent[each.event], each.properties, each.late, {**each.attributes}, each.ordered
        )
        for each in life
    ]


@settings(max_examples=70, deadline=None)
@given(workspaces(), lives(), made)
def test_rules_triggers_waits_and_goals_take_an_event_for_all_that_it_goes_by(
    workspace: Workspace, life: list[Input], made: Made
) -> None:
    agree(with_derived(workspace, made), as_sent(life))


@settings(max_examples=70, deadline=None)
@given(workspaces(), lives(), made, st.none() | made, st.integers(0, 12))
def test_an_edit_midway_ends_where_what_it_says_all_along_ends(
    workspace: Workspace, life: list[Input], after: Made, before: Made | None, change: int
) -> None:
    life, change = as_sent(life), min(change, len(life))
    body = {"segments": workspace.body["segments"], "events": after.documents}
    old = {"segments": body["segments"]} | ({"events": before.documents} if before is not None else {})
    whole, late = Real(Workspace(body, [], [])), Real(Workspace(old, [], []))
    first = engine.seal(late.definitions.workspace, 1, old, None)
    for input in life[:change]:
        whole.give(input)
        late.give(input)
    sealed = engine.seal(late.definitions.workspace, 2, body, first)
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


@settings(max_examples=30, deadline=None)
@given(workspaces(), lives(), made)
def test_what_was_before_starts_no_journey(workspace: Workspace, life: list[Input], made: Made) -> None:
    life = as_sent(life)
    real = Real(Workspace({**workspace.body, "journeys": {}, "events": {}}, [], []))
    for input in life:
        real.give(input)
    count = len(real.log())
    sealed = engine.seal(real.definitions.workspace, 2, {**workspace.body, "events": made.documents}, {})
    real.definitions = engine.Definitions(real.definitions.workspace, 2, sealed)
    now, facts = real.at(life[-1].minute), engine.NOTHING
    while isinstance(answer := engine.upgrade(real.definitions, real.person, now, facts), engine.Needs):
        facts = facts.joined(real.answer(answer))
    assert count == len(real.log())
    assert not answer.person.runs


def test_who_waits_since_entry_is_counted_for_by_the_new_rule() -> None:
    document = {
        "journey": "j",
        "trigger": {"event": "Alpha"},
        "steps": [{"id": "until", "wait_until": 'did "Beta" since entry'}, {"id": "mark", "set": {"done": True}}],
    }
    body = {
        "segments": {},
        "journeys": {"j": {"version": 1, "status": "live", "document": document}},
        "events": {"beta": {"event": "beta", "name": "Beta", "rule": 'did "Raw" where n > 5'}},
    }
    real = Real(Workspace(body, [], []))
    first = engine.seal(real.definitions.workspace, 1, body, None)
    for minute, event in ((0, "Raw"), (1, "Alpha"), (2, "Raw")):
        real.give(Input(minute, event, {"n": 1}, 0, {}))
    assert "done" not in real.person.attributes
    for number, low, done in ((2, 4, False), (3, 1, True)):
        events = {"beta": {"event": "beta", "name": "Beta", "rule": f'did "Raw" where n >= {low}'}}
        first = engine.seal(real.definitions.workspace, number, {**body, "events": events}, first)
        real.definitions = engine.Definitions(real.definitions.workspace, number, first)
        real.step(None, real.at(10 + number))
        assert real.person.attributes.get("done", False) is done


@settings(max_examples=25, deadline=None)
@given(workspaces(), lives())
def test_a_journey_goes_on_under_the_former_name(workspace: Workspace, life: list[Input]) -> None:
    life = as_sent(life)
    now, then = (with_derived(workspace, Made({"Raw": None}, {"Other": None})) for _ in range(2))
    then.body["events"] = {
        "b": {"event": "b", "name": "Renamed", "formerly": ["Beta"], "rule": 'did "Raw"'},
        "g": {"event": "g", "name": "Too", "formerly": ["Gamma"], "rule": 'did "Other"'},
    }
    one, other = Real(now), Real(then)
    for input in life:
        one.give(input)
        other.give(input)
    assume(not endless(one))
    assert one.log() == other.log()
