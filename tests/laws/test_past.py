"""Who somebody was at a moment of the past, worked out from their history, is who they were then."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.laws.flights import boarded, published
from tests.laws.real import Real
from tests.laws.stories import Input, Workspace, lives, workspaces
from tests.laws.test_flight import Flown
from tests.laws.test_laws import LASTS, endless
from tidings.engine import Workspace as Secret
from tidings.engine.door import is_before
from tidings.history import kinds
from tidings.history.body import pack
from tidings.kernel.effects import Agreed, Changed, Effect, Happened, Membership, Moved
from tidings.kernel.records import Event, Identify, Record
from tidings.people.document import Person
from tidings.simulate.moment import then
from tidings.simulate.row import Row


class Written(Real):
    """Writes down rows as the processor does."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.body = workspace.body
        self.rows: list[Row] = []

    def step(self, record: Record | None, now: int) -> None:
        before = len(self.effects)
        if not self.rows:
            self.row(kinds.LINK, now, now, "named", b"n" * 16, {"take": [("id", "u")], "release": []})
        super().step(record, now)
        for effect in self.effects[before : self.early]:
            self.effect(effect)
        if record is not None and isinstance(record.body, Event):
            body = record.body
            self.row(kinds.EVENTS[body.kind], record.time, now, body.name, record.id, body.properties)
        elif record is not None and isinstance(said := self.applied or record.body, Identify):
            self.row(kinds.ATTRIBUTES, record.time, now, "", record.id, said.attributes)
        for effect in self.effects[self.early :]:
            self.effect(effect)

    def effect(self, effect: Effect) -> None:
        match effect:
            case Happened():
                self.row(kinds.TRACK, effect.time, effect.time, effect.name, effect.id, effect.properties)
            case Changed():
                self.row(kinds.ATTRIBUTES, effect.time, effect.time, "", effect.id, effect.attributes)
            case Agreed():
                self.row(kinds.CONSENT, effect.time, effect.time, effect.consent.how, effect.id, effect.consent)
            case Membership():
                said = {"on": effect.on, "quiet": effect.quiet}
                self.row(kinds.MEMBERSHIP, effect.time, effect.time, effect.segment, self.person.id, said)
            case Moved():
                self.row(kinds.MOVED, effect.time, effect.time, effect.journey, effect.run, effect)

    def row(self, kind: int, time: int, received: int, name: str, id: bytes, said: Any) -> None:
        self.rows.append(Row(self.person.id, kind, time, received, self.person.place, name, id, pack(said)))


def seen(person: Person, body: Any, now: int) -> dict[str, Any]:
    """What one is told of somebody. Timers that nothing comes of are left out: of a goal, of a journey they were in, of a schedule that
    is for others by now."""
    watched = {name for name, each in body["journeys"].items() if "goal" in each["document"]}
    runs = {
        run.id: (
            run.journey,
            run.version,
            run.step,
            run.entered,
            run.arrived,
            run.parked,
            run.kept,
            run.key,
            run.event,
            run.wake if run.journey not in watched else 0,
            run.converted,
            run.goal_until if run.converted is None and run.goal_until is not None and now < run.goal_until else None,
        )
        for run in person.runs
        if run.ended is None
    }
    memory = {name: kept for name, kept in person.memory.items() if kept[0]}
    lasting = {*memory, *(name for name, each in body["journeys"].items() if "who" in each["document"]["trigger"])}
    dates = {name: at for name, at in person.dates.items() if name not in lasting}
    return {
        "attributes": person.attributes,
        "segments": person.segments,
        "runs": runs,
        "dates": dates,
        "memory": memory,
    }


@settings(max_examples=100, deadline=None)
@given(st.one_of(workspaces(), workspaces(keyed=True), workspaces(timed=True)), lives("Alpha", keyed=True), st.data())
def test_it_is_told_as_it_was(workspace: Workspace, life: list[Input], data: st.DataObject) -> None:
    real, waiting, was = Written(workspace), list(life), {}
    for minute in range(life[0].minute, life[-1].minute + LASTS + 1):
        while waiting and waiting[0].minute == minute:
            real.give(waiting.pop(0))
        real.step(None, real.at(minute))
        was[minute] = seen(real.person, real.body, real.at(minute))
    assume(not endless(real))
    minute = data.draw(st.sampled_from(sorted(was)))
    rows = [row for row in real.rows if row.received <= real.at(minute)]
    found = then(Secret(1, b"k" * 32), 1, real.body, real.person, rows, real.at(minute))
    assert seen(found.person, real.body, real.at(minute)) == was[minute]


def test_what_was_due_came_before_what_was_received_in_the_same_microsecond() -> None:
    steps = [{"id": "a", "wait": "2 minutes"}, {"id": "b", "set": {"x": 1}}]
    document = {"journey": "j", "trigger": {"event": "Alpha"}, "steps": steps}
    body = {"journeys": {"j": {"version": 1, "status": "live", "document": document}}}
    real = Written(Workspace(body, [], []))
    real.give(Input(3, "Alpha", {"n": 1}, 0, {}))
    real.give(Input(5, "", {}, 0, {"x": 2}))
    found = then(Secret(1, b"k" * 32), 1, body, real.person, real.rows, real.at(5))
    assert found.person.attributes["x"] == real.person.attributes["x"] == 2


class Boarded(Written, Flown):
    """Writes down rows through a publish."""


@settings(max_examples=100, deadline=None)
@given(boarded(), st.sets(st.integers(0, 12), min_size=1, max_size=4), st.data())
def test_it_is_told_as_it_was_through_publishes(
    story: tuple[Workspace, list[Input]], changes: set[int], data: st.DataObject
) -> None:
    workspace, life = story
    real, waiting, was, body = Boarded(workspace), list(life), {}, workspace.body
    for minute in range(life[0].minute, life[-1].minute + LASTS + 1):
        while waiting and waiting[0].minute == minute:
            real.give(waiting.pop(0))
        real.step(None, real.at(minute))
        if minute in changes:
            body = data.draw(published(body, real.definitions.number + 1))
            real.publish(body, minute, later=30_000_000)
        at = real.at(minute) + 30_000_000
        real.step(None, at)  # a wait that was timed anew ends on the half minute
        was[minute] = (real.definitions, seen(real.person, real.definitions.body, at), at)
    assume(not endless(real))
    minute = data.draw(st.sampled_from(sorted(was)))
    definitions, person, at = was[minute]
    rows = [row for row in real.rows if row.received <= at]
    found = then(definitions.workspace, definitions.number, definitions.body, real.person, rows, at)
    assert seen(found.person, definitions.body, at) == person


def version(before: dict[str, Any], steps: list[Any], number: int, **chosen: str) -> dict[str, Any]:
    """The body that publishes another version of the journey `j`."""
    old = before["journeys"]["j"]
    document = {**old["document"], "steps": steps}
    history = {**old.get("history", {"1": old["document"]}), str(number): document}
    carries = {**old.get("carries", {}), str(number): chosen}
    published = {**old.get("published", {"1": 1}), str(number): number}
    entry = {**old, "version": number, "document": document, "history": history, "carries": carries}
    return {**before, "journeys": {"j": {**entry, "published": published, "held": [*range(1, number)]}}}


def test_whoever_finishes_on_an_old_version_does_so_then_whatever_was_chosen_for_others() -> None:
    """When it was published they stood elsewhere than those it was chosen for, where they came since."""
    rest, settle = {"id": "rest", "wait_until": 'did "Beta"'}, {"id": "settle", "wait": "10 minutes"}
    document = {"journey": "j", "trigger": {"event": "Alpha"}, "steps": [rest, settle]}
    body = {"journeys": {"j": {"version": 1, "status": "live", "document": document}}}
    real = Boarded(Workspace(body, [], []))
    real.give(Input(1, "Alpha", {"n": 1}, 0, {}))
    real.publish(body := version(body, [settle], 2), 2)
    real.publish(version(body, [{"id": "settle", "wait": "3 minutes"}], 3, settle="retime"), 3)
    real.give(Input(4, "Beta", {"n": 1}, 0, {}))
    found = then(real.definitions.workspace, 3, real.definitions.body, real.person, real.rows, real.at(5))
    assert seen(found.person, real.body, real.at(5)) == seen(real.person, real.body, real.at(5))
    assert [(run.version, run.step, run.wake) for run in found.person.runs] == [(1, "settle", real.at(14))]


def test_whoever_waited_at_a_door_would_come_in_by_the_newest_version_then() -> None:
    steps = [{"id": "a", "wait": "1 day"}]
    document = {"journey": "j", "trigger": {"event": "Alpha"}, "limits": {"at_once": 1}, "steps": steps}
    body = {"journeys": {"j": {"version": 1, "status": "live", "document": document}}}
    real = Boarded(Workspace(body, [], []))
    real.give(Input(3, "Alpha", {"n": 1}, 0, {}))
    real.publish(version(body, [{"id": "b", "wait": "2 days"}], 2), 4)
    found = then(real.definitions.workspace, 2, real.definitions.body, real.person, real.rows, real.at(5))
    assert [run.version for run in found.person.runs] == [run.version for run in real.person.runs] == [2]


def test_whoever_waited_at_a_door_did_so_then() -> None:
    steps = [{"id": "a", "wait": "1 day"}]
    document = {"journey": "j", "trigger": {"event": "Alpha"}, "limits": {"at_once": 1}, "steps": steps}
    body = {"journeys": {"j": {"version": 1, "status": "live", "document": document}}}
    real = Written(Workspace(body, [], []))
    real.give(Input(3, "Alpha", {"n": 1}, 0, {}))
    found = then(Secret(1, b"k" * 32), 1, body, real.person, real.rows, real.at(4))
    assert seen(found.person, real.body, real.at(4)) == seen(real.person, real.body, real.at(4))
    assert [run.arrived for run in found.person.runs if is_before(run)] == [real.at(3)]


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("x = 1", None, None),  # so it was as they came in
        ('did "Alpha"', None, None),  # by what brought them
        ('did "Alpha" since entry', 12, 12),
        ("x = 2", 12, 6),
        ('x = 2 and not did "Beta" within 3 minutes', 12, 6),
    ],
)
def test_a_goal_is_watched_then_where_it_did_not_hold_as_they_came_in(
    rule: str, before: int | None, after: int | None
) -> None:
    """``before``: until when it is, at first; ``after``: the same, or when it was reached."""
    steps = [{"id": "a", "set": {"y": 1}}, {"id": "b", "wait": "1 day"}]
    goal = {"rule": rule, "within": "9 minutes"}
    document = {"journey": "j", "trigger": {"event": "Alpha"}, "goal": goal, "steps": steps}
    body: dict[str, Any] = {"journeys": {"j": {"version": 1, "status": "live", "document": document}}}
    real = Written(Workspace(body, [], []))
    real.give(Input(1, None, {}, 0, {"x": 1}))
    real.give(Input(3, "Alpha", {"n": 1}, 0, {}))
    real.give(Input(6, None, {}, 0, {"x": 2}))
    for minute, until in ((4, before), (8, after), (13, after if after == 6 else None)):
        rows = [row for row in real.rows if row.received <= real.at(minute)]
        found = then(Secret(1, b"k" * 32), 1, body, real.person, rows, real.at(minute))
        (run,) = found.person.runs
        reached = run.converted if run.converted is not None else run.goal_until
        assert reached == (None if until is None else real.at(until)), minute


@pytest.mark.parametrize(
    ("step", "until"),
    [
        ({"wait_for_time": {"at": "22:20"}}, 7),
        ({"wait_for_time": {"attribute": "due", "offset": "2 minutes after", "missing": "wait"}}, None),
        ({"send": "t", "at": {"between": ["22:21", "23:00"]}}, 8),
        ({"wait_until": "x = 1", "at_most": "9 minutes"}, 12),
        ({"wait_until": 'not did "Alpha" within 4 minutes'}, 7),
        ({"webhook": "https://example.com", "at_most": "10 minutes"}, 13),
    ],
)
def test_when_a_run_would_look_again_is_known_of_then(step: dict[str, Any], until: int | None) -> None:
    document = {
        "journey": "j",
        "trigger": {"event": "Alpha"},
        "steps": [{"id": "a", **step}, {"id": "b", "wait": "1 day"}],
    }
    template = {"version": 1, "format": "text", "text": "---\nchannel: sms\n---\nHi"}
    body = {"journeys": {"j": {"version": 1, "status": "live", "document": document}}, "templates": {"t": template}}
    real = Written(Workspace(body, [], []))
    real.give(Input(3, "Alpha", {"n": 1}, 0, {}))
    (run,) = real.person.runs
    for minute in (3, 5):
        found = then(Secret(1, b"k" * 32), 1, body, real.person, real.rows, real.at(minute))
        assert [each.wake for each in found.person.runs] == [run.wake] == [until and real.at(until)]


def test_a_pause_that_was_taken_out_of_their_calendar_lets_them_wait_longer_then() -> None:
    document = {"journey": "j", "trigger": {"event": "Alpha"}, "steps": [{"id": "a", "wait": "10 minutes"}]}
    body = {"journeys": {"j": {"version": 1, "status": "live", "document": document}}}
    real = Boarded(Workspace(body, [], []))
    real.give(Input(3, "Alpha", {"n": 1}, 0, {}))
    pauses = [[real.at(4), real.at(6), 2, "shift", 0]]
    real.publish({"journeys": {"j": {**body["journeys"]["j"], "pauses": pauses}}}, 6)
    definitions = real.definitions
    found = then(definitions.workspace, 2, definitions.body, real.person, real.rows, real.at(14))
    assert seen(found.person, definitions.body, real.at(14)) == seen(real.person, definitions.body, real.at(14))
    assert [run.wake for run in found.person.runs] == [real.at(15)]
