"""The course of a life, worked out from its rows of history: who somebody was from when to when, and when a rule last held of them.

Whom they absorbed lives beside them until the merge, and is joined with them then; what was theirs alone before is not counted before.
Events are only kept, and opened where somebody looks; all else is applied by the engine, under definitions that have no journeys and no
segments: memberships are what was recorded.

Where a workspace keeps history for a time only, what happened before is not there. What no row speaks of was then as it is today; of what
a row does speak of, nothing is known from before the first.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from tidings import rules
from tidings.engine import NOTHING, Definitions, Needs, step
from tidings.engine.asking import AHEAD
from tidings.engine.lacking import EVERYWHERE, Sight
from tidings.history import kinds, unpack
from tidings.journeys.keyed import reaches
from tidings.kernel.records import SYSTEM, Befell, Body, Enter, Identifier, Identify, Member, Record, Touch
from tidings.kernel.times import parse_duration
from tidings.people.document import BRIEF, InGroup, Person, Run, Time
from tidings.people.merge import merge
from tidings.rules import Counter, Held, tree
from tidings.simulate.past import Closed, Lived, Past
from tidings.simulate.row import KIND_OF, Row, absorbed, absorbs, body_of, is_named, named

ALWAYS: Final = (kinds.ATTRIBUTES, kinds.GROUP, kinds.CONSENT, kinds.DEVICE, kinds.LINK)
"""Kinds of rows that may say who somebody is."""
LOOKS: Final = 50_000
"""Moments looked at, all rules of one answer together."""


class Stage(NamedTuple):
    """Who somebody was from ``begins`` on, until the next stage (of one moment, the last counts). ``row``: what made them so."""

    begins: int
    attributes: Mapping[str, Any]
    groups: Sequence[InGroup]
    segments: Mapping[str, int]
    row: Row | None = None


class Course:
    """``rows``: of ``who`` and whom they absorbed, applied up to ``until``, in order: of the kinds `ALWAYS`, and whatever is to be asked.

    ``person``: who they were in the end, without counters and runs; ``past``: the events. ``whole``: ``who`` is as of ``until`` too, so
    what history has forgotten is taken from there.
    """

    def __init__(
        self, definitions: Definitions, who: Person, rows: Sequence[Row], until: int, whole: bool = False
    ) -> None:
        self.definitions, self.until = definitions, until
        self.past = Past()
        self.stages: list[Stage] = []
        self._left, self._looked = LOOKS, until
        self._held: dict[tuple[str, bytes, Any], Held | None] = {}
        self.rows = rows
        self.met = 0
        """When they last turned out to be somebody else too; 0: they never did."""
        kept = definitions.body.get("settings", {}).get("retention") or ""
        border = until - parse_duration(kept) if kept else who.created
        self.border = border if border > who.created else None
        """Before this nothing is kept; None: all is."""
        self._fold = _Fold(definitions, who, rows, self.border is None)
        self.begins = border
        if self.border is not None:
            self._fold.remember(rows, whole)
        else:
            own = [row for row in rows if row.person == who.id]
            self.begins = own[0].received if any(map(is_named, own)) else who.created
        self._live(who)
        self.person = self._fold.people[who.id]

    def going_by(self, event: tuple[str, str]) -> list[Lived]:
        """Give the events that go by a name, derived or not, in the order they were applied."""
        return self.past.going_by(event, self.definitions.derived)

    def last(self, rule: rules.Rule, sight: Sight = EVERYWHERE) -> Held | None:
        """Answer when a rule last held; None for one that reads what a run has learned or, seen from no run, what began one or came since
        entry."""
        asked = (rules.show(rule), sight.run.id if sight.run is not None else b"", sight.group)
        if asked not in self._held:
            self._held[asked] = self._asked(rule, sight)
        return self._held[asked]

    def _asked(self, rule: rules.Rule, sight: Sight) -> Held | None:
        compiled, run = rules.compile(rule, derived=self.definitions.derived), sight.run
        of_run = compiled.uses_event or any(counter.entry for counter in compiled.counters)
        if compiled.uses_journey or (of_run and run is None):
            return None
        since = self.reach(compiled, run)
        if of_run and run is not None:
            since = max(since, run.entered, self.met)  # it may have been the other's until they met
        if since > self.until:
            return Held(forgotten=True)
        until = rules.last_held(compiled, self.back(compiled, since, sight), self.until)
        if until is not None:
            return Held(until)
        if of_run and run is not None and self._looked == run.entered:
            return Held(of_run=True)
        return self.never()

    def never(self) -> Held:
        """Say that what was looked for back through time was never so."""
        return Held() if self._looked == self.begins and self.border is None else Held(since=self._looked)

    def back(
        self, compiled: rules.Compiled, since: int, sight: Sight = EVERYWHERE, whole: bool = False
    ) -> Iterator[rules.Spell]:
        """Give the spells of a rule back to a moment, or as far as may be looked. ``whole``: as of `spells`."""
        self._looked = self.until
        for spell in self.spells(compiled, sight, whole):
            if self._left == 0:
                return
            self._left -= 1
            self._looked = max(spell.begins, since)
            yield spell._replace(begins=self._looked)
            if spell.begins <= since:
                return

    def last_of(self, events: Sequence[Lived], rule: rules.Rule) -> Held:
        """Answer of which of these events a rule over their properties last held."""
        holds = rules.compile_where(rule)
        for each in sorted(events, key=lambda each: each.time, reverse=True):
            if holds(each.properties):
                return Held(each.time, of_event=True)
        return Held(since=self.border, of_event=True)

    def _live(self, who: Person) -> None:
        """Let it all happen, and note who they were after each change."""
        fold = self._fold
        self._note(self.begins, fold.people[who.id])
        into = {absorbed(row): row for row in self.rows if absorbs(row)}  # of two merges the later stands
        joined = _joined(self.rows, into, who.id)
        self.met = max(at for _, at in joined.values())
        for row in _in_order(self.rows, joined):
            if (kind := KIND_OF.get(row.kind)) is not None:
                time, (_, since) = min(row.time, row.received + AHEAD), joined[row.person]
                self.past.add(kind, row.name, Lived(time, row.id, row.received, Closed(row.body), since))
                continue
            if absorbs(row) and into[absorbed(row)] is not row:
                continue
            said = body_of(row)
            if isinstance(said, Enter):
                self.past.add("enter", said.journey, Lived(row.time, row.id, row.received, said.data))
            elif isinstance(said, Befell):
                self.past.add("befell", said.type, Lived(row.time, row.id, row.received, said.data))
            else:
                fold.take(row, said)
                self._note(max(row.received, self.begins), fold.people[who.id], row)

    def _note(self, at: int, person: Person, row: Row | None = None) -> None:
        stage = Stage(at, person.attributes, person.groups, person.segments, row)
        if not self.stages or any(new is not old for new, old in zip(stage[1:4], self.stages[-1][1:4], strict=True)):
            self.stages.append(stage)

    def spells(self, compiled: rules.Compiled, sight: Sight = EVERYWHERE, whole: bool = False) -> Iterator[rules.Spell]:
        """The newest first: one begins wherever anything that a rule reads became another. ``whole``: or anything else about the person."""
        came = {counter.key: self._came(counter, sight.run) for counter in compiled.counters}
        times = {key: sorted(time for _, time in known) for key, known in came.items()}
        reads = whole or compiled.attributes or compiled.groups or compiled.segments
        moments = {stage.begins for stage in self.stages} if reads else {self.begins}
        moments.update(max(received, self.begins) for known in came.values() for received, _ in known)
        stages = list(self.stages)
        for moment in sorted(moments, reverse=True):
            while len(stages) > 1 and stages[-1].begins > moment:
                stages.pop()
            for key, known in came.items():
                while known and known[-1][0] > moment:
                    _, time = known.pop()
                    del times[key][bisect_left(times[key], time)]
            stage = stages[-1]
            groups = stage.groups if sight.group is None else _alone(stage.groups, sight.group)
            event = sight.event if sight.run is not None else None
            yield rules.Spell(
                moment,
                rules.View(stage.attributes, stage.segments, groups, event, None, lambda counter: times[counter.key]),
            )

    def _came(self, counter: Counter, run: Run | None) -> list[tuple[int, Time]]:
        """What a counter counts, by when it became known; since entry that is what is a run's business, and was the person's then."""
        of_run = run if counter.entry else None
        return sorted(
            (max(each.received, each.joined), (each.time, each.id[:BRIEF]))
            for source in counter.sources
            for each in self.past.of(source.kind, source.event)
            if counter.counts(each.time)
            and source.matches(each.properties)
            and (
                of_run is None
                or (
                    each.received > of_run.entered
                    and each.joined <= of_run.entered
                    and reaches(of_run.per, of_run.key, each.properties)
                )
            )
        )

    def reach(self, compiled: rules.Compiled, run: Run | None = None, also: Iterable[str] = ()) -> int:
        """How far back what a rule reads is known, with the attributes ``also``; later than `until` where none of it is."""
        if self.border is None:
            return self.begins
        reach = self.border
        for clause in _counting(compiled.rule):
            window = clause.window
            if isinstance(window, tree.SinceEntry):
                reach = reach if run is not None and run.entered >= self.border else self.until + 1
            elif isinstance(window, tree.Within):
                reach = max(reach, self.border + window.duration)
            else:
                begins = window.time if isinstance(window, tree.Since) else None
                begins = window.start if isinstance(window, tree.Between) else begins
                reach = reach if begins is not None and begins >= self.border else self.until + 1
        names = [("segment", name) for name in compiled.segments] + [("group", type) for type in compiled.groups]
        told = [self._fold.first.get(name, reach) for name in names]
        return max([reach, *told, *map(self.told, (*compiled.attributes, *also))])

    def told(self, attribute: str) -> int:
        """Since when it is known what an attribute is."""
        return self._fold.first.get(("attribute", attribute), self.begins) if self.border is not None else self.begins


class _Fold:
    """Applies rows to the people they happened to; ``all``: there are no others. ``first``: by what rows speak of (``attribute``,
    ``segment`` or ``group``, and its name), when the first did."""

    def __init__(self, definitions: Definitions, who: Person, rows: Sequence[Row], all: bool) -> None:
        self.who = who
        self.named = {row.person for row in rows if all and is_named(row)}
        self.bare = Definitions(definitions.workspace, definitions.number, {})
        if any(row.kind == kinds.GROUP for row in rows):
            self.bare.group_attributes = definitions.group_attributes  # to look at all texts takes longer than all else
        self.people = {who.id: self._begin(who.id)}
        self.first: dict[tuple[str, str], int] = {}

    def _begin(self, id: bytes) -> Person:
        """Somebody of whom nothing is known; where no row tells their identifiers, they had those of today."""
        who = self.who
        first = who.first if id == who.id else id
        known = [] if id in self.named else list(who.identifiers)
        person = Person(id, who.workspace, who.partition, who.created, first, known, place=1)
        person.built = self.bare.number
        return person

    def remember(self, rows: Sequence[Row], whole: bool) -> None:
        """Learn what rows speak of, and begin with what no row does, where that is known."""
        for row in rows:
            for name in _spoken_of(row):
                self.first.setdefault(name, row.received)
        if not whole:
            return
        who = self.who
        self.people[who.id] = msgspec.structs.replace(
            self.people[who.id],
            attributes={name: value for name, value in who.attributes.items() if ("attribute", name) not in self.first},
            segments={name: since for name, since in who.segments.items() if ("segment", name) not in self.first},
            groups=[group for group in who.groups if ("group", group.type) not in self.first],
        )

    def take(self, row: Row, said: Body | None) -> None:
        """Apply one that is no event."""
        person = self.people.get(row.person) or self._begin(row.person)
        if is_named(row):
            person = self._named(person, row)
        elif absorbs(row):
            if (old := self.people.pop(absorbed(row), None)) is not None:
                person, _, _ = merge(person, old)
        elif isinstance(said, Member):
            segments = dict(person.segments)
            if said.on:
                segments[said.segment] = row.time
            else:
                segments.pop(said.segment, None)
            person = msgspec.structs.replace(person, segments=segments)
        elif said is not None and not _is_known(person, said):
            person = self._applied(person, row, said, ())
        self.people[row.person] = person

    def _named(self, person: Person, row: Row) -> Person:
        """Identifiers gained and lost, which attributes may tell too."""
        take, release = named(row)
        kept = [own for own in person.identifiers if own not in release and own not in take]
        person = msgspec.structs.replace(person, identifiers=[*kept, *take])
        return self._applied(person, row, Touch(), tuple(take))

    def _applied(self, person: Person, row: Row, said: Body, who: tuple[Identifier, ...]) -> Person:
        record = Record(row.id, person.workspace, 1, SYSTEM, who, row.time, row.received, said)
        result = step(self.bare, person, record, row.received, NOTHING)
        assert not isinstance(result, Needs), "nothing that asks history is defined"
        return result.person


def reads(definitions: Definitions, asked: Iterable[rules.Rule]) -> list[tuple[int, str]]:
    """Give the (kind, name) of the rows that rules read, beside those of `ALWAYS`."""
    found: set[tuple[int, str]] = set()
    for rule in asked:
        compiled = rules.compile(rule, derived=definitions.derived)
        found |= {(kinds.MEMBERSHIP, name) for name in compiled.segments}
        found |= {(kinds.EVENTS[each.kind], each.event) for counter in compiled.counters for each in counter.sources}
    return sorted(found)


def _in_order(rows: Sequence[Row], joined: Mapping[bytes, tuple[int, int]]) -> Sequence[Row]:
    """As they were applied; of one moment, first those of whom others absorb."""
    return sorted(rows, key=lambda row: (row.received, -joined[row.person][0])) if len(joined) > 1 else rows


def _joined(rows: Sequence[Row], into: Mapping[bytes, Row], root: bytes) -> dict[bytes, tuple[int, int]]:
    """By person: how many merges lie between them and who they are today, and when the last of these was."""
    found = {root: (0, 0)}

    def join(person: bytes) -> tuple[int, int]:
        if person not in found:
            found[person] = (1, 0)  # of whom nothing tells when
            if (row := into.get(person)) is not None:
                depth, at = join(row.person)
                found[person] = (depth + 1, max(at, row.received))
        return found[person]

    for person in {row.person for row in rows}:
        join(person)
    return found


def _is_known(person: Person, said: Body) -> bool:
    """Whether attributes say only what is known: most that are sent again and again do."""
    if not isinstance(said, Identify):
        return False
    known = person.attributes
    return all(
        name not in known
        if value is None
        else name in known and type(known[name]) is type(value) and known[name] == value
        for name, value in said.attributes.items()
    )


def _spoken_of(row: Row) -> Iterator[tuple[str, str]]:
    if row.kind == kinds.ATTRIBUTES:
        yield from (("attribute", name) for name in unpack(row.body))
    elif row.kind == kinds.CONSENT:
        yield ("attribute", "unsubscribed")
    elif is_named(row):
        yield from (("attribute", kind) for kind, _ in named(row)[0])
    elif row.kind == kinds.MEMBERSHIP:
        yield ("segment", row.name)
    elif row.kind == kinds.GROUP:
        yield ("group", row.name.partition(" ")[0])


def _alone(groups: Sequence[InGroup], only: tuple[str, str]) -> list[InGroup]:
    return [group for group in groups if (group.type, group.key) == only]


def _counting(rule: rules.Rule) -> Iterator[tree.Did | tree.Message]:
    if isinstance(rule, tree.Did | tree.Message):
        yield rule
    elif not isinstance(rule, tree.InGroup):
        for part in tree.parts_of(rule):
            yield from _counting(part)
