"""When a rule last held of somebody: what the course of their life says, against a slow world that asks at every moment there is."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules import oracle
from tidings import engine, rules
from tidings.engine.lacking import Sight
from tidings.history import kinds
from tidings.history.body import pack
from tidings.kernel.ids import digest
from tidings.kernel.records import Body, Group, GroupChanged, Ungroup
from tidings.kernel.times import MINUTE, SECOND
from tidings.people.document import Person, Run
from tidings.rules import tree
from tidings.simulate.course import Course
from tidings.simulate.row import Row

START = 1_767_571_200_000_000
ANN, BOB = digest("ann"), digest("bob")
LASTS = 30
"""Minutes of a life."""


def at(minute: int) -> int:
    return START + minute * MINUTE


def iso(instant: int) -> str:
    return datetime.fromtimestamp(instant // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Did:
    """Something that happens to one of two people, of whom ann may absorb bob."""

    minute: int
    who: bytes
    what: str
    name: str = ""
    value: Any = None
    late: int = 0


happenings = st.one_of(
    st.builds(
        Did,
        st.integers(0, LASTS),
        st.sampled_from([ANN, ANN, BOB]),
        st.just("event"),
        st.sampled_from(["A", "B"]),
        st.integers(0, 2),
        st.sampled_from([0, 0, 0, 2, 5]),
    ),
    st.builds(
        Did,
        st.integers(0, LASTS),
        st.sampled_from([ANN, ANN, BOB]),
        st.just("set"),
        st.sampled_from(["x", "y"]),
        st.sampled_from([0, 1, 2, None]),
    ),
    st.builds(
        Did,
        st.integers(0, LASTS),
        st.sampled_from([ANN, BOB]),
        st.just("set"),
        st.just("due"),
        st.integers(-5, LASTS + 5).map(lambda minute: iso(at(minute))),
    ),
    st.builds(
        Did,
        st.integers(0, LASTS),
        st.sampled_from([ANN, BOB]),
        st.sampled_from(["join", "told", "leave"]),
        st.sampled_from(["acme", "beta"]),
        st.integers(0, 2),
    ),
    st.builds(
        Did, st.integers(0, LASTS), st.just(ANN), st.sampled_from(["enter", "exit"]), st.sampled_from(["s1", "s2"])
    ),
)
lives = st.tuples(
    st.lists(happenings, max_size=14), st.one_of(st.none(), st.integers(1, LASTS)), st.integers(LASTS, LASTS + 15)
)
spans = st.integers(1, 12).map(lambda minutes: minutes * MINUTE)
instants = st.integers(0, LASTS).map(at)
clauses = st.one_of(
    st.builds(
        lambda event, bound, times, window, low: tree.Did(
            event,
            "track",
            bound,
            max(times, 1) if bound == "at least" else times,
            window,
            None if low is None else tree.Compare(("n",), ">=", low),
        ),
        st.sampled_from(["A", "B"]),
        st.sampled_from(["at least", "at least", "at most", "exactly"]),
        st.integers(0, 3),
        st.one_of(
            st.none(),
            st.builds(tree.Within, spans),
            st.builds(tree.Since, instants),
            st.tuples(instants, spans).map(lambda pair: tree.Between(pair[0], pair[0] + pair[1])),
        ),
        st.one_of(st.none(), st.integers(1, 2)),
    ),
    st.builds(tree.Compare, st.sampled_from([("x",), ("y",)]), st.sampled_from(["=", "!=", ">"]), st.integers(0, 2)),
    st.builds(tree.Missing, st.just(("x",))),
    st.builds(tree.Before, st.just(("due",)), st.builds(tree.FromNow, spans)),
    st.builds(tree.After, st.just(("due",)), st.just(tree.FromNow())),
    st.builds(tree.Near, st.just(("due",)), spans, st.sampled_from(["ago", "from now"])),
    st.builds(tree.InSegment, st.sampled_from(["s1", "s2"])),
    st.builds(tree.InGroup, st.just("company"), st.none() | st.just(tree.Compare(("seats",), ">", 0))),
    st.builds(tree.Compare, st.just(("company", "seats")), st.just("="), st.integers(0, 2)),
)
asked = st.recursive(
    clauses,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda of: tree.All(tuple(of))),
        st.lists(inner, min_size=2, max_size=3).map(lambda of: tree.Any(tuple(of))),
        inner.map(tree.Not),
    ),
    max_leaves=4,
)
DEFINITIONS = engine.Definitions(
    engine.Workspace(1, b"k" * 32),
    1,
    {"segments": {"seated": {"segment": "seated", "rule": "company.seats > 0"}}},
)


def row(who: bytes, kind: int, minute: int, name: str, said: Any, late: int = 0, n: int = 0) -> Row:
    return Row(who, kind, at(minute - late), at(minute), 1, name, digest(who, minute, name, n), pack(said))


def rows_of(life: list[Did], merged: int | None) -> list[Row]:
    """As the processor would have written them."""
    found: list[Row] = []
    for who, kind in ((ANN, "ann"), (BOB, "bob"))[: 1 if merged is None else 2]:
        found.append(row(who, kinds.LINK, 0, "named", {"take": [("id", kind)], "release": []}))
    version = 0
    for did in sorted(life, key=lambda did: did.minute):
        if did.who == BOB and (merged is None or did.minute >= merged):
            continue
        version += 1
        body: Body
        if did.what == "event":
            found.append(row(did.who, kinds.TRACK, did.minute, did.name, {"n": did.value}, did.late, version))
        elif did.what == "set":
            found.append(row(did.who, kinds.ATTRIBUTES, did.minute, "", {did.name: did.value}))
        elif did.what in ("enter", "exit"):
            said = {"on": did.what == "enter", "quiet": False}
            found.append(row(did.who, kinds.MEMBERSHIP, did.minute, did.name, said))
        else:
            if did.what == "join":
                body = Group("company", did.name, {"seats": did.value})
            elif did.what == "told":
                body = GroupChanged("company", did.name, version, {"seats": did.value})
            else:
                body = Ungroup("company", did.name)
            found.append(row(did.who, kinds.GROUP, did.minute, f"company {did.name}", body))
    if merged is not None:
        after = [each for each in found if each.received >= at(merged) and each.person == ANN]
        before = [each for each in found if each not in after]
        found = [*before, row(ANN, kinds.LINK, merged, "absorbs", {"absorbed": BOB}), *after]
    return found


@dataclass
class Slow:
    """A person in the slow world."""

    attributes: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    segments: dict[str, int] = field(default_factory=dict)
    events: list[oracle.Event] = field(default_factory=list)


def slow(life: list[Did], merged: int | None, now: int, run: Run | None = None) -> oracle.Life:
    """Who ann is at an instant, all worked out from the beginning. ``run``: as seen from it."""
    people = {ANN: Slow(attributes={"id": "ann"}), BOB: Slow(attributes={"id": "bob"})}

    def meet() -> None:
        ann, bob = people[ANN], people[BOB]
        ann.attributes = {**bob.attributes, **ann.attributes}
        ann.groups = {**ann.groups, **{key: group for key, group in bob.groups.items() if key not in ann.groups}}
        ann.events += bob.events

    waiting = merged
    for did in sorted(life, key=lambda did: did.minute):
        if at(did.minute) > now:
            break
        if waiting is not None and did.minute >= waiting:
            meet()
            waiting = None
        if merged is not None and did.who == BOB and did.minute >= merged:
            continue
        who = people[did.who]
        if did.what == "event":
            said = {"n": did.value, "of": did.who, "came": at(did.minute)}
            who.events.append(oracle.Event(at(did.minute - did.late), "track", did.name, said))
        elif did.what == "set" and did.value is None:
            who.attributes.pop(did.name, None)
        elif did.what == "set":
            who.attributes[did.name] = did.value
        elif did.what == "enter":
            who.segments[did.name] = at(did.minute)
        elif did.what == "exit":
            who.segments.pop(did.name, None)
        elif did.what == "leave":
            who.groups.pop(did.name, None)
        elif did.what == "join" or did.name in who.groups:
            since = who.groups[did.name][0] if did.name in who.groups else at(did.minute)
            who.groups[did.name] = (since, {"seats": did.value})
    if waiting is not None and at(waiting) <= now:
        meet()
    ann = people[ANN]
    groups = [oracle.Group("company", key, since, known, {}) for key, (since, known) in ann.groups.items()]
    if run is None:
        return oracle.Life(ann.attributes, ann.segments, groups, None, None, ann.events)
    theirs = [event for event in ann.events if is_business(event, run)]
    others = [event for event in ann.events if event not in theirs]
    return oracle.Life(ann.attributes, ann.segments, groups, BEGAN, None, [*others, *theirs], len(others))


def is_business(event: oracle.Event, run: Run) -> bool:
    """Whether it counts since entry: it is ann's own, came later, and is of the run's key."""
    said = event.properties
    return said["of"] == ANN and said["came"] > run.entered and (not run.per or str(said["n"]) == run.key)


def last_in(
    rule: rules.Rule, life: list[Did], merged: int | None, until: int, run: Run | None = None, begins: int = 0
) -> int | None:
    """From when on it held no more: everything happens at a full minute, or a microsecond behind."""
    moments = sorted(
        {each for minute in range(until + 1) for each in (at(minute), at(minute) + 1) if begins <= each <= at(until)}
    )
    for moment, then in reversed(list(zip(moments, [*moments[1:], at(until)], strict=True))):
        if oracle.holds(rule, slow(life, merged, moment, run), moment):
            return then
    return None


def course(life: list[Did], merged: int | None, until: int, definitions: engine.Definitions = DEFINITIONS) -> Course:
    ann = Person(ANN, 1, 0, START, ANN, [("id", "ann")])
    return Course(definitions, ann, rows_of(life, merged), at(until))


@settings(max_examples=100, deadline=None)
@given(lives, asked)
def test_a_rule_last_held_when_the_slow_world_says_so(
    lived: tuple[list[Did], int | None, int], rule: rules.Rule
) -> None:
    life, merged, until = lived
    held = course(life, merged, until).last(rule)
    assert held is not None
    assert held.since is None
    assert held.until == last_in(rule, life, merged, until), rules.show(rule)


runs = st.builds(
    lambda minute, key: Run(
        b"r" * 16, "j", 1, "a", at(minute), per="n" if key is not None else "", key="" if key is None else str(key)
    ),
    st.integers(0, LASTS),
    st.one_of(st.none(), st.integers(0, 2)),
)
BEGAN = {"n": 1}
"""What the event said that began the run."""
seen = st.recursive(
    st.one_of(
        clauses,
        st.builds(
            lambda event, bound, times, low: tree.Did(
                event,
                "track",
                bound,
                times,
                tree.SinceEntry(),
                None if low is None else tree.Compare(("n",), ">=", low),
            ),
            st.sampled_from(["A", "B"]),
            st.sampled_from(["at least", "at most", "exactly"]),
            st.integers(1, 3),
            st.one_of(st.none(), st.integers(1, 2)),
        ),
        st.builds(tree.Compare, st.just(("event", "n")), st.sampled_from(["=", "!=", ">"]), st.integers(0, 2)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda of: tree.All(tuple(of))),
        st.lists(inner, min_size=2, max_size=3).map(lambda of: tree.Any(tuple(of))),
        inner.map(tree.Not),
    ),
    max_leaves=4,
)


@settings(max_examples=100, deadline=None)
@given(lives, seen, runs)
def test_so_does_one_that_is_asked_as_seen_from_a_run(
    lived: tuple[list[Did], int | None, int], rule: rules.Rule, run: Run
) -> None:
    life, merged, until = lived
    held = course(life, merged, until).last(rule, Sight(run, BEGAN))
    assert held is not None
    compiled, begins = rules.compile(rule), 0
    of_run = compiled.uses_event or any(counter.entry for counter in compiled.counters)
    if of_run:  # whose the run was before they met is not asked
        begins = max(run.entered, at(merged) if merged is not None else 0)
    assert held.until == last_in(rule, life, merged, until, run, begins), rules.show(rule)
    if of_run and held.until is None:
        assert (held.of_run, held.since) == ((True, None) if begins == run.entered else (False, begins))


@pytest.mark.parametrize(
    ("life", "merged", "text", "until"),
    [
        ([Did(1, ANN, "event", "A", 0)], None, 'did "A" within 5 minutes', 6),
        ([Did(1, ANN, "event", "A", 0), Did(29, ANN, "event", "A", 0)], None, 'did not "A" within 2 minutes', 29),
        ([Did(9, ANN, "event", "A", 0, late=5)], None, 'did "A" within 6 minutes', 10),
        ([Did(9, ANN, "event", "A", 0, late=5)], None, 'did "A" within 3 minutes', None),
        ([Did(2, ANN, "set", "x", 1), Did(5, ANN, "set", "x", 2)], None, "x = 1", 5),
        ([Did(2, ANN, "set", "x", 1), Did(5, ANN, "set", "x", 2)], None, "x = 0", None),
        ([Did(2, ANN, "set", "due", iso(at(8)))], None, "due is within 3 minutes from now", 8),
        ([Did(3, ANN, "enter", "s1"), Did(7, ANN, "exit", "s1")], None, 'in segment "s1"', 7),
        ([Did(3, ANN, "join", "acme", 2), Did(7, ANN, "leave", "acme")], None, "company.seats = 2", 7),
        ([Did(3, ANN, "join", "acme", 2), Did(7, ANN, "told", "acme", 1)], None, "company.seats = 2", 7),
        # What bob did is ann's from the merge on, and no earlier.
        ([Did(1, BOB, "event", "A", 0)], 10, 'did "A" within 5 minutes', None),
        ([Did(1, BOB, "event", "A", 0)], 4, 'did "A" within 5 minutes', 6),
        ([Did(1, BOB, "event", "A", 0)], 4, 'did not "A"', 4),
        # Of what both are said to be, hers stays, however late his was said; the gaps are filled.
        ([Did(1, ANN, "set", "x", 1), Did(5, BOB, "set", "x", 2)], 9, "x = 2", None),
        ([Did(5, BOB, "set", "x", 2), Did(9, ANN, "set", "x", 0)], 7, "x = 2", 9),
    ],
)
def test_what_each_clause_goes_by(life: list[Did], merged: int | None, text: str, until: int | None) -> None:
    held = course(life, merged, LASTS).last(rules.parse(text))
    assert held is not None
    assert held.until == (None if until is None else at(until))
    assert held.until == last_in(rules.parse(text), life, merged, LASTS)


FORGETFUL = engine.Definitions(engine.Workspace(1, b"k" * 32), 1, {"settings": {"retention": "20 minutes"}})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", f"last true on {iso(at(25))}"),
        ("x = 0", f"never true since {iso(at(15))}, and no more is known"),
        ("y = 7", f"never true since {iso(at(10))}, and no more is known"),
        ('did "A" within 5 minutes', f"last true on {iso(at(17))}"),
        ('did "B" within 5 minutes', f"never true since {iso(at(15))}, and no more is known"),
        ('did "B"', "when it was last true is not kept any more"),
        (f'did "B" since "{iso(at(12))}"', f"never true since {iso(at(10))}, and no more is known"),
    ],
)
def test_what_is_not_kept_is_not_claimed(text: str, said: str) -> None:
    lived = forgetful()
    held = lived.last(rules.parse(text))
    assert held is not None
    assert held.says() == said
    assert "y" in lived.person.attributes


def forgetful() -> Course:
    """What happened before minute 10 is forgotten; x is spoken of at 15 and 25, y is what it is today."""
    life = [Did(12, ANN, "event", "A", 0), Did(15, ANN, "set", "x", 1), Did(25, ANN, "set", "x", 2)]
    rows = [each for each in rows_of(life, None) if each.time >= at(10)]
    ann = Person(ANN, 1, 0, START, ANN, [("id", "ann")], {"id": "ann", "x": 2, "y": 1})
    return Course(FORGETFUL, ann, rows, at(LASTS), whole=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 2", f"since {iso(at(25))}"),
        ("x != 1", f"since {iso(at(25))}"),
        ("not x = 1", f"since {iso(at(25))}"),
        ("y = 1", f"since {iso(at(10))} at least, and no more is known"),
        ('did "A"', None),
        ('y = 1 and did "A"', None),
    ],
)
def test_a_clause_that_holds_of_a_value_says_since_when(text: str, said: str | None) -> None:
    lived = forgetful()
    rule = rules.parse(text)
    compiled = rules.compile(rule)
    now = next(iter(lived.spells(compiled)))
    told = rules.with_last(rule, compiled.explain(now.view, at(LASTS)), lived.last)
    assert (told.last and told.last.began()) == said


def test_a_person_who_changes_a_lot_costs_no_more_than_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidings.simulate.course.LOOKS", 5)
    life = [Did(minute, ANN, "set", "x", minute % 2) for minute in range(1, LASTS)]
    held = course(life, None, LASTS).last(rules.parse("x = 2"))
    assert held is not None
    assert held.says() == f"never true since {iso(at(LASTS - 5))}, and no more is known"


def test_what_reads_an_event_or_a_run_is_not_asked_of_a_life() -> None:
    for text in ("event.n = 1", "journey.score > 2", 'did "A" since entry'):
        assert course([], None, LASTS).last(rules.parse(text)) is None


def test_the_last_event_of_a_kind() -> None:
    life = [Did(1, ANN, "event", "A", 1), Did(2, ANN, "set", "x", 1), Did(3, ANN, "event", "A", 0)]
    lived = course(life, None, LASTS)
    came = lived.going_by(("track", "A"))
    assert lived.last_of(came, rules.parse("n = 1")).says() == f"last true of the one on {iso(at(1))}"
    assert lived.last_of(came, rules.parse("n = 2")).says() == "true of none"
