"""One input, one person, one moment: what the person becomes, and what is to be written besides.

Timers due at or before ``now`` fire first, each at its own due time; then the input is applied; then everything it causes to the same
person, first in first out. So an input's result depends on the person and the moment alone, not on how inputs were batched or how late.
"""

from collections.abc import Sequence

from msgspec import Struct

from tidings.engine.definitions import Definitions
from tidings.engine.life import Life
from tidings.engine.needs import NOTHING, Asked, Facts, Needs
from tidings.kernel.effects import Effect
from tidings.kernel.records import Body, Record
from tidings.people.document import Person, Run


class Step(Struct, frozen=True):
    """The person afterwards (a new value) and the effects in order, the first ``early`` of which came of time, before the input.
    ``applied``: what of an ordered input was applied, None where all of it was."""

    person: Person
    effects: list[Effect]
    early: int = 0
    applied: Body | None = None


def step(
    definitions: Definitions,
    person: Person,
    input: Record | None,
    now: int,
    facts: Facts = NOTHING,
    *,
    since: int | None = None,
) -> Step | Needs:
    """Apply an input (None: only time) that the log gave the time ``now``; the given person is left as it is.

    ``since``: when the definitions came into force. A person not yet brought up to them is brought up as of then, so it does not matter
    how much later somebody looks.
    Answers Needs when history must be asked first; the same call with the answers in ``facts`` then goes through.
    """
    life = Life(definitions, person, facts)
    try:
        if person.built < definitions.number:
            life.catch_up(_moment(person, now, since))
        life.until(now)
        early = len(life.effects)
        if input is not None:
            life.take(input, now)
    except Asked as asked:
        return asked.needs
    finally:
        del (
            life.view
        )  # it leads back to the life: without it, all of this goes at once rather than when the collector comes by
    return Step(life.person, life.effects, early, life.applied)


def _moment(person: Person, now: int, since: int | None) -> int:
    """When a person is brought up to new definitions: before any timer that is due, which then fires under them."""
    known = now if since is None or person.built < 0 else min(now, since)
    return known if person.wake_at is None else min(known, person.wake_at - 1)


def upgrade(definitions: Definitions, person: Person, now: int, facts: Facts = NOTHING) -> Step | Needs:
    """Bring a person made under older definitions up to these, quietly: no journey starts."""
    life = Life(definitions, person, facts)
    try:
        life.catch_up(now)
    except Asked as asked:
        return asked.needs
    return Step(life.person, life.effects)


def rejoin(
    definitions: Definitions,
    person: Person,
    ended: Sequence[Run],
    manual: Sequence[str],
    cause: Record,
    now: int,
    facts: Facts = NOTHING,
) -> Step | Needs:
    """Work out what follows from a merge: ``person`` is the joined document, both halves of which were brought up to ``now`` before.

    ``ended``: runs that the merge ends; ``manual``: hand-made segments that the absorbed brought along. Every rule is asked anew.
    """
    life = Life(definitions, person, facts)
    try:
        life.join(ended, manual, cause, now)
    except Asked as asked:
        return asked.needs
    return Step(life.person, life.effects)
