"""Why a person is, was or is not in a journey or a segment: what the engine says, with all it asks read from history."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

import msgspec

from tidings import engine, history, rules
from tidings.database.access import Workspace
from tidings.database.pool import Connection
from tidings.engine.lacking import Changed, Lasts
from tidings.engine.why import SHOWN, Came, Why, why, why_member
from tidings.history.kinds import EVENTS, MEMBERSHIP, MOVED
from tidings.kernel.effects import Moved
from tidings.kernel.ids import home_of
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.times import HOUR, parse_duration, show_duration, show_iso
from tidings.people import links
from tidings.people.document import Person
from tidings.people.identity import ANONYMOUS_AGE
from tidings.processor.facts import Asked, answer
from tidings.project import store
from tidings.rules.derived import Named
from tidings.simulate.course import ALWAYS, Course, reads
from tidings.simulate.moment import Then, then, wanted
from tidings.simulate.past import Lived
from tidings.simulate.row import Row
from tidings.simulate.row import moves as moves_of
from tidings.simulate.side import narrowed

_ROWS: Final = 500
_EVENTS: Final = 10
_Ask: TypeAlias = Callable[[engine.Facts, Lasts], Why | engine.Needs]


async def journey(
    connection: Connection, workspace: Workspace, who: Person, ids: Sequence[bytes], name: str, at: int | None = None
) -> Why:
    """Explain a person and a journey; ``ids``: under which their history stands; ``at``: a moment of the past, None for now.

    Raises Invalid for an unknown journey, or a moment at which nothing is known of the person.
    """
    if at is not None:
        return await _journey_then(connection, workspace, who, ids, name, at)
    compiled = await _compiled(connection, workspace)
    _known("journey", name, compiled.journeys)
    moved = await _rows(connection, ids, MOVED, name)
    moves = [msgspec.convert(history.unpack(row.body), Moved) for row in moved]
    trigger = compiled.journeys[name].journey.trigger
    lived: list[Lived] = []
    for event in trigger.events():
        lived += await _going_by(connection, ids, event, compiled)
    events = await _came(connection, workspace, who, name, lived)
    now = await _now(connection)

    def ask(facts: engine.Facts, lasts: Lasts) -> Why | engine.Needs:
        return why(compiled, who, name, now, moves, events, facts, lasts)

    return await _told(connection, compiled, who, ids, now, ask, trigger.events())


async def segment(
    connection: Connection, workspace: Workspace, who: Person, ids: Sequence[bytes], name: str, at: int | None = None
) -> Why:
    """Explain a person and a segment, in the same way."""
    if at is not None:
        found, rows = await _then(connection, workspace, who, ids, at, "segment", name)
        own = [(row.time, history.unpack(row.body)) for row in rows if row.kind == MEMBERSHIP and row.name == name]
        past = [(time, bool(body["on"]), bool(body["quiet"])) for time, body in own]
        return _told_then(
            found, lambda facts, lasts: why_member(found.definitions, found.person, name, at, past, facts, lasts)
        )
    compiled = await _compiled(connection, workspace)
    _known("segment", name, compiled.segments)
    said = [(row.time, history.unpack(row.body)) for row in await _rows(connection, ids, MEMBERSHIP, name)]
    changes = [(time, bool(body["on"]), bool(body["quiet"])) for time, body in said]
    now = await _now(connection)

    def ask(facts: engine.Facts, lasts: Lasts) -> Why | engine.Needs:
        return why_member(compiled, who, name, now, changes, facts, lasts)

    return await _told(connection, compiled, who, ids, now, ask)


async def _journey_then(
    connection: Connection, workspace: Workspace, who: Person, ids: Sequence[bytes], name: str, at: int
) -> Why:
    found, rows = await _then(connection, workspace, who, ids, at, "journey", name)
    moved = [move for move in moves_of(rows) if move.journey == name]
    starting = found.definitions.journeys[name].journey.trigger.events()
    lived = [each for event in starting for each in found.course.going_by(event)[-_EVENTS:]]
    events = await _came(connection, workspace, who, name, lived)
    return _told_then(
        found,
        lambda facts, lasts: why(found.definitions, found.person, name, at, moved, events, facts, lasts),
        starting,
    )


async def _then(
    connection: Connection, workspace: Workspace, who: Person, ids: Sequence[bytes], at: int, kind: str, name: str
) -> tuple[Then, list[Row]]:
    """The person as they were, as far as one journey or segment reads it; of whom they absorbed, only those who were absorbed by then."""
    own = [who.id]
    for id in ids:
        link = await links.link_of(connection, id) if id != who.id else None
        if link is not None and link.at <= at:
            own.append(id)
    places = [(home_of(id), id) for id in own]
    if not await history.is_known(connection, places, at):
        raise Invalid(
            [Problem("nothing was known of the person then", f"they are known since {show_iso(who.created)}")]
        )
    in_force = await store.at_moment(connection, workspace.id, at)
    known = in_force.body.get(f"{kind}s", {})
    _known(kind, name, known)
    body = narrowed(
        in_force.body, {name: known[name]} if kind == "journey" else {}, [name] if kind == "segment" else []
    )
    key = engine.Workspace(workspace.id, workspace.secret)
    named = wanted(engine.Definitions(key, in_force.number, body))
    entries = await history.applied(connection, places, at, ALWAYS, named)
    rows = [Row(entry.person, entry.kind, *entry[3:]) for entry in entries]
    return then(key, in_force.number, body, who, rows, at), rows


def _told_then(found: Then, ask: _Ask, starting: Sequence[Named] = ()) -> Why:
    facts, lasts = engine.NOTHING, _lasts(found.course, starting)
    while isinstance(told := ask(facts, lasts), engine.Needs):
        facts = facts.joined(found.course.past.answer(told))
    return told


def _lasts(course: Course, starting: Sequence[Named]) -> Lasts:
    """``starting``: the events that start the journey."""
    return Lasts(
        course.last,
        lambda rule: course.last_of([each for event in starting for each in course.going_by(event)], rule),
        course.last_change,
    )


async def _compiled(connection: Connection, workspace: Workspace) -> engine.Definitions:
    in_force = await store.newest(connection, workspace.id)
    return engine.Definitions(engine.Workspace(workspace.id, workspace.secret), in_force.number, in_force.body)


def _known(kind: str, name: str, known: Iterable[str]) -> None:
    names = sorted(known)
    if name not in names:
        hint = did_you_mean(name, names) or f"there are: {', '.join(names) or 'none'}"
        raise Invalid([Problem(f"there is no {kind} `{name}`", hint)])


async def _rows(connection: Connection, ids: Sequence[bytes], kind: int, name: str) -> list[history.Entry]:
    """The newest rows of the kind and name, the oldest first."""
    places = [(home_of(id), id) for id in ids]
    return (await history.of_person(connection, places, kinds=[kind], name=name, limit=_ROWS))[::-1]


async def _going_by(
    connection: Connection, ids: Sequence[bytes], event: tuple[str, str], compiled: engine.Definitions
) -> list[Lived]:
    """The newest events that go by a name, derived or not."""
    found: list[Lived] = []
    sources = compiled.derived.sources(event)
    for kind, name in sorted(compiled.derived.raw([event])):
        matches = [each.matches for each in sources or () if (each.kind, each.event) == (kind, name)]
        for row in await _rows(connection, ids, EVENTS[kind], name):
            said = history.unpack(row.body)
            if all(holds(said) for holds in matches):
                found.append(Lived(row.time, row.id, row.received, said))
    return sorted(found, key=lambda each: each.time)[-_EVENTS:]


async def _came(
    connection: Connection, workspace: Workspace, who: Person, name: str, lived: Sequence[Lived]
) -> list[Came]:
    """The newest of these events, each with why it could start nothing when it came."""
    newest = sorted(lived, key=lambda each: each.time)[-SHOWN:]
    rows = await connection.fetch(_STATUS, workspace.id, [each.received for each in newest], name)
    usual = parse_duration("24 hours")
    came = []
    for each, (status, limit) in zip(newest, rows, strict=True):
        age = parse_duration(limit) if limit else usual
        if any(kind == "anonymous_id" for kind, _ in who.identifiers):
            age = max(age, ANONYMOUS_AGE)  # who may have been nobody known yet
        hindered, late = "", each.received - each.time
        if status != "live":
            hindered = f"the journey was {status or 'not there'} then, so nobody could enter"
        elif late > age:
            hindered = f"it came {late // HOUR} hours late, and what is older than {show_duration(age)} starts nothing"
        came.append(Came(each.time, each.properties, hindered))
    return came


_STATUS: Final = """
SELECT d.body -> 'journeys' -> $3 ->> 'status', d.body -> 'settings' ->> 'start_age'
FROM unnest($2::bigint[]) WITH ORDINALITY AS a(at, n)
LEFT JOIN LATERAL (
    SELECT body FROM definitions WHERE workspace = $1 AND made_at <= a.at ORDER BY number DESC LIMIT 1
) d ON true
ORDER BY a.n
"""


async def _now(connection: Connection) -> int:
    now: int = await connection.fetchval("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    return now


async def _told(
    connection: Connection,
    compiled: engine.Definitions,
    who: Person,
    ids: Sequence[bytes],
    now: int,
    ask: _Ask,
    starting: Sequence[Named] = (),
) -> Why:
    """Ask until history has answered all, then once more where something should hold and does not, with what tells when it last did."""
    facts, wanted = engine.NOTHING, _Wanted()
    while isinstance(told := ask(facts, wanted.lasts), engine.Needs):
        (more,) = await answer(connection, [Asked(ids, told, ())])
        facts = facts.joined(more)
    if not wanted.any:
        return told
    named = {*reads(compiled, wanted.rules)}
    if wanted.events:
        named |= {(EVENTS[kind], name) for kind, name in compiled.derived.raw(starting)}
    entries = await history.applied(connection, [(home_of(id), id) for id in ids], now, ALWAYS, sorted(named))
    rows = [Row(entry.person, entry.kind, *entry[3:]) for entry in entries]
    found = ask(facts, _lasts(Course(compiled, who, rows, now, whole=True), starting))
    assert isinstance(found, Why), "nothing was asked that was not before"
    return found


class _Wanted:
    """What it was asked of when it last held, answered by nothing."""

    def __init__(self) -> None:
        self.rules: list[rules.Rule] = []
        self.events = self.any = False
        self.lasts = Lasts(self._rule, self._event, self._change)

    def _rule(self, rule: rules.Rule) -> None:
        self.any = True
        self.rules.append(rule)

    def _event(self, rule: rules.Rule) -> None:
        self.any = self.events = True

    def _change(self, changed: Changed) -> None:
        self.any = True
