"""Why a person is, was or is not in a journey or a segment: what the engine says, with all it asks read from history."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from tidings import engine, history, rules
from tidings.database import clock
from tidings.database.access import Workspace
from tidings.database.pool import Connection
from tidings.delivery import listing as deliveries
from tidings.delivery import stopping
from tidings.delivery.delivery import Delivery
from tidings.delivery.why import why as of_delivery
from tidings.engine.carrying import with_carried
from tidings.engine.definitions import Version
from tidings.engine.lacking import Lasts, Sight, Started
from tidings.engine.why import SHOWN, Came, Why, why, why_member
from tidings.history.kinds import EVENTS, MEMBERSHIP, MOVED
from tidings.kernel.effects import Moved
from tidings.kernel.ids import home_of
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.times import show_iso
from tidings.people import links
from tidings.people.document import Person
from tidings.processor.facts import Asked, answer
from tidings.project import store
from tidings.project.hindered import When, hindrances
from tidings.rules.derived import Named
from tidings.simulate.course import ALWAYS, Course, reads
from tidings.simulate.moment import Then, then, wanted
from tidings.simulate.row import Row
from tidings.simulate.row import moves as moves_of
from tidings.simulate.side import narrowed
from tidings.simulate.started import last_start, starts

_ROWS: Final = 500
_Ask: TypeAlias = Callable[[engine.Facts, Lasts], Why | engine.Needs]
_Came: TypeAlias = tuple[When, Mapping[str, Any]]
"""An event, and what it says."""


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
    version, runs = compiled.journeys[name], [run for run in who.runs if run.journey == name and run.ended is None]
    published = await _published(connection, workspace, compiled.body["journeys"][name])
    moves = with_carried([msgspec.convert(history.unpack(row.body), Moved) for row in moved], runs, published)
    lived: list[_Came] = []
    for event in version.journey.trigger.events():
        lived += await _going_by(connection, ids, event, compiled)
    events = await _newest(connection, workspace, name, lived)
    now = await clock.now(connection)

    def ask(facts: engine.Facts, lasts: Lasts) -> Why | engine.Needs:
        return why(compiled, who, name, now, moves, events, facts, lasts)

    return await _told(connection, workspace, compiled, who, ids, now, ask, version)


async def segment(
    connection: Connection, workspace: Workspace, who: Person, ids: Sequence[bytes], name: str, at: int | None = None
) -> Why:
    """Explain a person and a segment, in the same way."""
    if at is not None:
        found, rows = await _then(connection, workspace, who, ids, at, "segment", name)
        own = [(row.time, history.unpack(row.body)) for row in rows if row.kind == MEMBERSHIP and row.name == name]
        past = [(time, bool(body["on"]), bool(body["quiet"])) for time, body in own]
        return _answered(
            found, lambda facts, lasts: why_member(found.definitions, found.person, name, at, past, facts, lasts)
        )
    compiled = await _compiled(connection, workspace)
    _known("segment", name, compiled.segments)
    said = [(row.time, history.unpack(row.body)) for row in await _rows(connection, ids, MEMBERSHIP, name)]
    changes = [(time, bool(body["on"]), bool(body["quiet"])) for time, body in said]
    now = await clock.now(connection)

    def ask(facts: engine.Facts, lasts: Lasts) -> Why | engine.Needs:
        return why_member(compiled, who, name, now, changes, facts, lasts)

    return await _told(connection, workspace, compiled, who, ids, now, ask)


async def messages(
    connection: Connection, workspace: Workspace, who: Person, name: str, at: int | None = None
) -> list[tuple[Delivery, list[str]]]:
    """Give the newest messages that a journey planned for a person, up to a moment, with the story of each."""
    before = at + 1 if at is not None else None
    found = await deliveries.of_person(connection, who.partition, who.id, before=before, journey=name)
    stopped = await stopping.standing(connection, workspace.id, at) if found else None
    return [(each, of_delivery(each, at, stopped)) for each in found]


async def _journey_then(
    connection: Connection, workspace: Workspace, who: Person, ids: Sequence[bytes], name: str, at: int
) -> Why:
    found, rows = await _then(connection, workspace, who, ids, at, "journey", name)
    runs = [run for run in found.person.runs if run.journey == name and run.ended is None]
    published = await _published(connection, workspace, found.definitions.body["journeys"][name])
    moved = with_carried([move for move in moves_of(rows) if move.journey == name], runs, published)
    version, whose = found.definitions.journeys[name], {row.id: row.person for row in rows}
    lived = [
        (When(each.time, each.received, whose[each.id], each.id), each.properties)
        for event in version.journey.trigger.events()
        for each in found.course.going_by(event)
    ]
    events = await _newest(connection, workspace, name, lived)
    start = await _started(connection, workspace, found.course, version)
    return _answered(
        found,
        lambda facts, lasts: why(found.definitions, found.person, name, at, moved, events, facts, lasts),
        version.journey.trigger.events(),
        start,
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
    rows = [Row(entry.person, entry.kind, *entry[3:9]) for entry in entries]
    return then(key, in_force.number, body, who, rows, at), rows


def _answered(found: Then, ask: _Ask, starting: Sequence[Named] = (), start: Started | None = None) -> Why:
    facts, lasts = engine.NOTHING, _lasts(found.course, starting, start)
    while isinstance(told := ask(facts, lasts), engine.Needs):
        facts = facts.joined(found.course.past.answer(told))
    return told


def _lasts(course: Course, starting: Sequence[Named], start: Started | None) -> Lasts:
    """``starting``: the events that start the journey; ``start``: when what starts it otherwise last happened."""
    return Lasts(
        course.last,
        lambda rule: course.last_of([each for event in starting for each in course.going_by(event)], rule),
        lambda: start,
    )


async def _started(connection: Connection, workspace: Workspace, course: Course, version: Version) -> Started | None:
    """When what starts a journey last happened, where that is no event of the person's, and why it could start nothing then."""
    if version.journey.trigger.events():
        return None
    found, hindered = last_start(course, version), ""
    if found.held.until is not None:
        row, at = found.row, found.held.until
        when = When(at, at) if row is None else When(row.time, row.received, row.person, row.id)
        (hindered,) = await hindrances(connection, workspace, version.id, [when])
        if row is not None and row.kind == MEMBERSHIP and history.unpack(row.body)["quiet"]:
            hindered = "it was a change of the segment, which starts nothing"
    return Started(found.held, found.properties, hindered)


async def _published(connection: Connection, workspace: Workspace, entry: Mapping[str, Any]) -> dict[int, int]:
    """When each version of a journey came into force."""
    numbers = {int(version): number for version, number in (entry.get("published") or {}).items()}
    heads = await store.heads(connection, workspace.id, sorted({*numbers.values()})) if len(numbers) > 1 else {}
    return {version: heads[number].made_at for version, number in numbers.items() if number in heads}


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
) -> list[_Came]:
    """The newest events that go by a name, derived or not."""
    found: list[_Came] = []
    sources = compiled.derived.sources(event)
    for kind, name in sorted(compiled.derived.raw([event])):
        matches = [each.matches for each in sources or () if (each.kind, each.event) == (kind, name)]
        for row in await _rows(connection, ids, EVENTS[kind], name):
            said = history.unpack(row.body)
            if all(holds(said) for holds in matches):
                found.append((When(row.time, row.received, row.person, row.id), said))
    return found


async def _newest(connection: Connection, workspace: Workspace, name: str, lived: Sequence[_Came]) -> list[Came]:
    """The newest of these events, each with why it could start nothing when it came."""
    newest = sorted(lived, key=lambda each: each[0].time)[-SHOWN:]
    hindered = await hindrances(connection, workspace, name, [when for when, _ in newest]) if newest else []
    return [Came(when.time, said, why) for (when, said), why in zip(newest, hindered, strict=True)]


async def _told(
    connection: Connection,
    workspace: Workspace,
    compiled: engine.Definitions,
    who: Person,
    ids: Sequence[bytes],
    now: int,
    ask: _Ask,
    version: Version | None = None,
) -> Why:
    """Ask until history has answered all, then once more where something should hold and does not, with what tells when it last did."""
    facts, wanted = engine.NOTHING, _Wanted()
    while isinstance(told := ask(facts, wanted.lasts), engine.Needs):
        (more,) = await answer(connection, [Asked(ids, told, ())])
        facts = facts.joined(more)
    if not wanted.any:
        return told
    named, starting = {*reads(compiled, wanted.rules)}, version.journey.trigger.events() if version is not None else ()
    if wanted.events:
        named |= {(EVENTS[kind], name) for kind, name in compiled.derived.raw(starting)}
    if wanted.start and version is not None:
        named |= {*starts(compiled, version)}
    entries = await history.applied(connection, [(home_of(id), id) for id in ids], now, ALWAYS, sorted(named))
    rows = [Row(entry.person, entry.kind, *entry[3:9]) for entry in entries]
    course = Course(compiled, who, rows, now, whole=True)
    start = await _started(connection, workspace, course, version) if wanted.start and version is not None else None
    found = ask(facts, _lasts(course, starting, start))
    assert isinstance(found, Why), "nothing was asked that was not before"
    return found


class _Wanted:
    """What it was asked of when it last held, answered by nothing."""

    def __init__(self) -> None:
        self.rules: list[rules.Rule] = []
        self.events = self.start = self.any = False
        self.lasts = Lasts(self._rule, self._event, self._start)

    def _rule(self, rule: rules.Rule, sight: Sight) -> None:
        self.any = True
        self.rules.append(rule)

    def _event(self, rule: rules.Rule) -> None:
        self.any = self.events = True

    def _start(self) -> None:
        self.any = self.start = True
