"""The laws of a publish, over generated workspaces, edits, choices and lives."""

from collections import Counter

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.laws.flights import boarded, published
from tests.laws.real import Real
from tests.laws.stories import Input, Workspace
from tests.laws.test_laws import LASTS, endless
from tidings import engine
from tidings.kernel.effects import Moved, Planned
from tidings.people.document import Person, encode

ENDS = ("done", "held_out", "exited", "stopped", "merged")


class Flown(Real):
    """A life through publishes; ``looks``: whether somebody looks at the person as soon as one comes into force."""

    def __init__(self, workspace: Workspace, looks: bool = True) -> None:
        super().__init__(workspace)
        self.looks, self.since = looks, 0

    def publish(self, body: dict, minute: int, later: int = 0) -> None:  # type: ignore[type-arg]
        """Put definitions in force at a minute (or so much later); what is due before fires before, as workers see to it."""
        self.since = self.at(minute) + later
        if self.person.place:
            wake = self.person.wake_at
            if wake is not None and wake < self.since:
                self.step(None, self.since - 1)
        number = self.definitions.number + 1
        made = engine.seal(self.definitions.workspace, number, body, self.definitions.body)  # type: ignore[arg-type]
        self.definitions = engine.Definitions(self.definitions.workspace, number, made)
        if self.looks and self.person.place:
            self.step(None, self.since)

    def ask(self, record, now, facts):  # type: ignore[no-untyped-def]
        return engine.step(self.definitions, self.person, record, now, facts, since=self.since or None)


def flown(workspace: Workspace, life: list[Input], body: dict, change: int, looks: bool) -> tuple[Flown, Person]:  # type: ignore[type-arg]
    """Live a life with a publish in it; gives how it went, and the person as it was at the publish."""
    real = Flown(workspace, looks)
    change = min(change, len(life))
    minute = life[change - 1].minute if change else life[0].minute - 1
    for input in life[:change]:
        real.give(input)
    before = real.person
    real.publish(body, minute)
    for input in life[change:]:
        real.give(input)
    real.step(None, real.at(life[-1].minute + LASTS))
    return real, before


@settings(max_examples=200, deadline=None)
@given(st.data(), boarded(), st.integers(0, 12))
def test_it_does_not_matter_when_a_person_is_looked_at_after_a_publish(
    data: st.DataObject, story: tuple[Workspace, list[Input]], change: int
) -> None:
    workspace, life = story
    body = data.draw(published(workspace.body, 2))
    early, _ = flown(workspace, life, body, change, looks=True)
    late, _ = flown(workspace, life, body, change, looks=False)
    assume(not endless(early))
    assert early.effects == late.effects
    assert encode(early.person) == encode(late.person)


@settings(max_examples=200, deadline=None)
@given(st.data(), boarded(), st.integers(1, 13))
def test_nobody_is_lost_and_nobody_gets_a_message_twice(
    data: st.DataObject, story: tuple[Workspace, list[Input]], change: int
) -> None:
    workspace, life = story
    body = data.draw(published(workspace.body, 2))
    real, before = flown(workspace, life, body, change, looks=False)
    assume(not endless(real))
    sent = Counter((effect.run, effect.step) for effect in real.effects if isinstance(effect, Planned))
    assert all(count == 1 for count in sent.values())
    over = {effect.run: effect for effect in real.effects if isinstance(effect, Moved) and effect.what in ENDS}
    inside = {run.id: run for run in real.person.runs if run.ended is None}
    for run in before.runs:
        assert run.ended is not None or (run.id in over) != (run.id in inside)
        if run.ended is None and body["journeys"][run.journey]["version"] == 2:
            chosen = body["journeys"][run.journey]["carries"]["2"].get(run.step, "")
            if run.wake is None or run.wake > real.since:
                becomes = (over[run.id].version, over[run.id].time) if run.id in over else (inside[run.id].version, 0)
                if chosen == "leave":
                    assert over[run.id].time in (real.since, real.since - 1)  # before a timer of the same moment
                elif chosen == "finish":
                    assert becomes[0] == 1
                elif chosen:
                    assert becomes[0] == 2
    for run in inside.values():
        version = real.definitions.version(run)
        assert version is not None
        step = real.definitions.terms(run, version)
        assert step is not None
        assert run.version == version.number
        assert run.parked or run.wake is not None or step.kind.lasting() or step.kind.reads()
