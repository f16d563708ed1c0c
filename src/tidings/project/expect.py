"""What is to be expected of a publish: who comes in, whom the ramp lets in, what those who are inside get next, and who is taken in.

The first two are a forecast from the recent past. People inside are no guess: the engine moves a fair sample of them on by the definitions
that are to come, through the hours that come next, policy is asked about each message with what they were really sent, and nothing
of it is kept. Steps that ask the world outside stay without an answer.
"""

import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from tidings.database import clock
from tidings.database.pool import Connection, Pool, one_moment
from tidings.delivery import store as deliveries
from tidings.delivery.workspaces import Snapshot
from tidings.engine import NOTHING, Definitions, Needs, Workspace, seal, step
from tidings.kernel.effects import Cancelled, Planned
from tidings.kernel.ids import PARTITIONS, home_of
from tidings.kernel.times import HOUR, show_second
from tidings.people import links
from tidings.people.document import Person, decode
from tidings.processor.facts import Asked, answer
from tidings.project import intake
from tidings.project.store import InForce
from tidings.project.would import Would
from tidings.simulate.forecast import Forecast, Whose, forecast, resaid
from tidings.simulate.past import Past
from tidings.simulate.post import Letter, Office, Post

EACH: Final = 4
"""People of each partition who are moved on."""
SECONDS: Final = 1.5


class Inside(NamedTuple):
    """``people``: inside; ``looked``: at how many of them; ``messages``: that go to all of them; ``first``: when (microseconds), None: none
    does, and ``template``: of what; ``held``: that a cap keeps from them."""

    people: int
    looked: int
    messages: float
    first: int | None
    held: float = 0.0
    template: str = ""


async def expected(
    pool: Pool,
    workspace: Whose,
    before: InForce,
    body: Mapping[str, Any],
    journey: str,
    matching: Would | None = None,
    ramp: str = "",
) -> Forecast:
    """Say what would come of a journey of a body that is to follow ``before``. ``matching``: who is taken in; ``ramp``: as written."""
    found = await forecast(pool, workspace, body, journey, ramp=ramp)
    own = await inside(pool, workspace, before, body, journey, found.hours)
    found = replace(found, inside=own.people, next=own.messages, next_held=own.held)
    at = show_second(own.first) if own.first is not None else None
    if at is not None and (found.first is None or at < found.first):
        found = replace(found, first=at, template=own.template)
    async with pool.acquire() as connection:
        now = await clock.now(connection)
    found = resaid(found, body, journey, now)
    sentence = found.sentence
    taken: int | None = 0
    if matching is not None and matching.rate:
        each = intake.parse(matching.rate)
        room = found.hours * HOUR // each + 1 if each else None
        taken = matching.people if room is None or matching.people is None else min(room, matching.people)
        by_then = f"up to {taken:,} of them by then" if taken is not None else "at that rate"
        sentence += f"; who matches already is taken in besides, {by_then if each else 'at once'}"
    return replace(found, sentence=sentence, taken=taken)


async def inside(
    pool: Pool, workspace: Whose, before: InForce, body: Mapping[str, Any], journey: str, hours: int
) -> Inside:
    """Move a sample of those inside on by a body, through the next hours."""
    until, sends = time.monotonic() + SECONDS, body["journeys"][journey]["status"] in ("live", "closed")
    own = Workspace(workspace.id, workspace.secret)
    async with one_moment(pool) as connection:
        now = await clock.now(connection)
        count: int = await connection.fetchval(_COUNT, list(range(PARTITIONS)), workspace.id, journey)
        if not count or not sends:
            return Inside(count, count, 0.0, None)
        number = before.number + 1
        definitions = Definitions(own, number, seal(own, number, dict(body), before.body))
        snapshot = Snapshot(own.id, "", own.secret, number, body)
        office = Office(snapshot, renders=lambda planned: False, hears=lambda name: False)
        messages, held, looked = 0, 0, 0
        firsts: list[tuple[int, str]] = []
        rows = await connection.fetch(_SAMPLE, list(range(PARTITIONS)), workspace.id, journey, EACH)
        ids = list({row[0]: None for row in rows})
        docs = await connection.fetch(
            "SELECT doc FROM people WHERE (partition, id) IN (SELECT * FROM unnest($1::smallint[], $2::bytea[]))",
            [id[0] for id in ids],
            ids,
        )
        behind = await links.absorbed(connection, ids)
        recent = await deliveries.sends(connection, [(home_of(id), id) for id in ids])
        for (doc,) in docs:
            person = decode(doc)
            people = [person.id, *behind.get(person.id, ())]
            letters: dict[bytes, Letter] = {}
            capped: set[bytes] = set()

            def told(
                _: Person, letter: Letter, letters: dict[bytes, Letter] = letters, capped: set[bytes] = capped
            ) -> None:
                letters[letter.planned.id] = letter
                if letter.reason.startswith("the cap "):
                    capped.add(letter.planned.id)

            post = Post(office, told)
            post.sends = list(recent.get(person.id, ()))
            await _move(connection, definitions, person, people, post, now, now + hours * HOUR)
            own_letters = [letter for letter in letters.values() if letter.planned.journey == journey]
            sent = [(letter.time, letter.planned.template) for letter in own_letters if letter.fate == "sent"]
            messages, looked = messages + len(sent), looked + 1
            held += sum(letter.planned.id in capped for letter in own_letters)
            firsts += [min(sent)] if sent else []
            if time.monotonic() > until:
                break
    whole = count / looked if looked else 0.0
    first, template = min(firsts, default=(None, ""))
    return Inside(count, looked, messages * whole, first, held * whole, template)


async def _move(
    connection: Connection,
    definitions: Definitions,
    person: Person,
    people: list[bytes],
    post: Post,
    now: int,
    until: int,
) -> None:
    """Let time go on for somebody, and decide about their messages, if nothing else happens."""
    at = now
    while True:
        facts = NOTHING
        while isinstance(result := step(definitions, person, None, at, facts, since=now), Needs):
            facts = facts.joined((await answer(connection, [Asked(people, result, ())]))[0])
        person = result.person
        for effect in result.effects:
            if isinstance(effect, Planned):
                post.plan(effect)
            elif isinstance(effect, Cancelled):
                post.cancel(person, effect)
        wakes = person.wake_at if person.wake_at is not None and person.wake_at <= until else None
        while post.next is not None and post.next <= min(until, until if wakes is None else wakes):
            post.settle(person, _NO_PAST, max(at, post.next))
        if wakes is None:
            return
        at = max(at, wakes)


_NO_PAST: Final = Past()
"""Nothing is rendered, so nothing of it is read."""
_COUNT: Final = "SELECT count(*) FROM standing WHERE partition = ANY($1::smallint[]) AND workspace = $2 AND journey = $3 AND step <> ''"
_SAMPLE: Final = (
    "SELECT s.person FROM unnest($1::smallint[]) AS p(home) CROSS JOIN LATERAL (SELECT person FROM standing "
    "WHERE partition = p.home AND workspace = $2 AND journey = $3 AND step <> '' ORDER BY run LIMIT $4) s"
)
"""A run's id is a hash, so whoever comes first is chance."""
