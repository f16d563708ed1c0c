"""Sending again: a message that did not arrive is planned once more, as a delivery of its own.

Its id is a keyed hash of the first one's, so whoever asks twice asks for the same. What policy knows is asked when it is sent. One thing
only the step knows: whether the journey would have let go of the person meanwhile. A run that still goes on has said so by going on; of one
that is over its exit is asked once more, as things stand now. Who paid overnight does not get "your trial ends" because a server was down.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from tidings.engine.definitions import Definitions
from tidings.engine.needs import Asked, Facts, Needs, Query
from tidings.journeys.condition import Condition
from tidings.journeys.keyed import key_of
from tidings.kernel import ids
from tidings.kernel.effects import Effect, Planned, Rejected, Repeats
from tidings.kernel.records import SendAgain
from tidings.people.document import Person, Run, memory_of

_JOURNEY: Final = 1
"""The priority of a journey's messages; others belong to no run."""


class Lived(Protocol):
    """What planning again uses of the step it is part of."""

    definitions: Definitions
    person: Person
    effects: list[Effect]
    facts: Facts
    now: int

    def ask(self, condition: Condition, run: Run | None, moment: bool = False) -> bool:
        """Whether a rule holds."""

    def event(self, run: Run) -> Mapping[str, Any]:
        """Give the properties of the event that started a run."""


def plan(life: Lived, body: SendAgain) -> None:
    """Plan the message, or say why it is not sent."""
    definitions, now = life.definitions, life.now
    channel, sure = body.channel, body.sure
    if body.definitions is None:
        found = definitions.template(body.template)
        if found is None:
            life.effects.append(Rejected(f"there is no template `{body.template}` any more"))
            return
        channel, sure = found.channel, found.policy == "at_least_once"
    left = body.priority == _JOURNEY and _left(life, body)
    life.effects.append(
        Planned(
            id=ids.digest("again", body.delivery, key=definitions.workspace.secret),
            run=body.run,
            journey=body.journey,
            version=body.version,
            step=body.step,
            template=body.template,
            channel=channel,
            due=now,
            expires=now + body.lasts if body.lasts else 0,
            event=body.event,
            values=body.values,
            sure=sure,
            again=Repeats(body.delivery, body.by, body.priority, left or ""),
            definitions=body.definitions or 0,
        )
    )


def _left(life: Lived, body: SendAgain) -> str:
    """Say why the journey would not write to the person any more, or ""."""
    version = life.definitions.journeys.get(body.journey)
    exit = version.journey.exit if version is not None else None
    if version is None or exit is None or any(run.id == body.run and run.ended is None for run in life.person.runs):
        return ""
    run = Run(body.run, body.journey, version.number, body.step, body.due, event=body.event, values=body.values)
    if per := version.journey.run_per:
        run.per, run.key = per, key_of(per, life.event(run))
    entered = life.person.memory.get(memory_of(run.journey, run.key), (0, 0, 0))[1]
    run.entered = min(entered or body.due, body.due)  # of a later run: then what counts is what came after the message
    queries = {
        counter.key: Query(
            counter, ids.digest(run.id, counter.key), counter.keep, None, None, run.entered, run.per, run.key
        )
        for counter in exit.compiled.counters
        if counter.entry
    }
    if missing := tuple(query for query in queries.values() if query.key not in life.facts.times):
        raise Asked(Needs(missing))
    run.counters = {key: list(life.facts.times[query.key])[-query.keep :] for key, query in queries.items()}
    return f"its journey lets go of the person: {exit.text}" if life.ask(exit, run) else ""
