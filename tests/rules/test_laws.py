"""For any rule, person and instant: `holds` agrees with an oracle that recomputes, and `changes_at` is never late."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules import oracle, trees
from tests.rules.oracle import Event, Group, Life
from tests.rules.trees import NOW
from tidings import rules
from tidings.kernel.times import DAY, HOUR
from tidings.rules.tree import Rule

mappings = st.dictionaries(trees.names, trees.seen_values, max_size=4)
events = st.builds(
    lambda time, what, properties: Event(time, what[0], what[1], properties),
    trees.instants,
    st.sampled_from(
        [("track", "A"), ("track", "A"), ("track", "B"), ("page", "A"), ("screen", "B")]
        + [("message", f"{verb} {channel}") for verb in ("opened", "received") for channel in ("email", "sms")]
    ),
    st.one_of(mappings, mappings.map(lambda m: {**m, "template": "pro"})),
)
groups = st.builds(
    Group, st.sampled_from(["company", "team"]), st.sampled_from("xyz"), trees.instants, mappings, mappings
)


@st.composite
def lives(draw: Any) -> Life:
    done = draw(st.lists(events, max_size=12, unique_by=id))
    done = [Event(e.time + i, e.kind, e.name, e.properties) for i, e in enumerate(done)]
    return Life(
        attributes=draw(mappings),
        segments=draw(st.dictionaries(st.sampled_from(["pro", "p", "5"]), st.just(NOW), max_size=2)),
        groups=draw(st.lists(groups, max_size=3, unique_by=lambda group: (group.type, group.key))),
        event=draw(st.none() | mappings),
        journey=draw(st.none() | mappings),
        events=done,
        entry=draw(st.integers(0, len(done))),
    )


moments = st.one_of(st.integers(NOW - 50 * DAY, NOW + 50 * DAY), st.integers(-50, 50).map(lambda n: NOW + n * DAY))


@settings(max_examples=500, deadline=None)
@given(trees.rules(), lives(), moments)
def test_holds_agrees_with_the_oracle(rule: Rule, life: Life, now: int) -> None:
    compiled = rules.compile(rule)
    expected = oracle.holds(rule, life, now)
    assert compiled.holds(life.view(), now) is expected
    assert compiled.holds(life.view(spare=5), now) is expected
    assert compiled.explain(life.view(), now).holds is expected


@settings(max_examples=500, deadline=None)
@given(trees.rules(), lives(), moments, st.lists(st.integers(1, 40 * DAY), min_size=1, max_size=6))
def test_changes_at_is_never_late(rule: Rule, life: Life, start: int, steps: list[int]) -> None:
    compiled, view = rules.compile(rule), life.view()
    before, at = compiled.holds(view, start), compiled.changes_at(view, start)
    assert at is None or at > start
    assert compiled.explain(view, start).changes_at == at
    for step in sorted(steps):
        later = start + step
        if compiled.holds(view, later) is not before:
            assert at is not None
            assert at <= later


@settings(max_examples=250, deadline=None)
@given(trees.rules(), lives(), moments)
def test_a_timer_set_by_changes_at_sees_every_flip(rule: Rule, life: Life, start: int) -> None:
    """Wake at each `changes_at` in turn: between two wakes the oracle's answer stays as it was at the first of them."""
    compiled, view = rules.compile(rule), life.view()
    now, end = start, start + 60 * DAY
    for _ in range(30):
        answer, at = compiled.holds(view, now), compiled.changes_at(view, now)
        following = min(at if at is not None else end, end)
        for asked in {now, (now + following) // 2, now + HOUR, following - 1, following - 7}:
            if now <= asked < following:
                assert oracle.holds(rule, life, asked) is answer
        if following == end:
            return
        now = following


@settings(max_examples=200, deadline=None)
@given(trees.rules(), lives(), moments)
def test_a_counter_needs_no_time_beyond_its_horizon(rule: Rule, life: Life, now: int) -> None:
    compiled, whole = rules.compile(rule), life.view()

    def pruned(counter: rules.Counter) -> Any:
        times = whole.times(counter)
        return times if counter.horizon is None else [(t, id) for t, id in times if t > now - counter.horizon]

    view = rules.View(life.attributes, life.segments, life.groups, life.event, life.journey, pruned)
    assert compiled.holds(view, now) is compiled.holds(whole, now)
    assert compiled.changes_at(view, now) == compiled.changes_at(whole, now)


@settings(max_examples=200, deadline=None)
@given(trees.rules(), lives(), lives(), moments)
def test_only_what_a_rule_names_can_change_its_answer(rule: Rule, life: Life, other: Life, now: int) -> None:
    compiled = rules.compile(rule)

    def mixed(own: dict[str, Any], others: dict[str, Any], named: Any) -> dict[str, Any]:
        return {**{k: v for k, v in own.items() if k in named}, **{k: v for k, v in others.items() if k not in named}}

    seen = {type: {root for t, root in compiled.group_attributes if t == type} for type in ("company", "team")}
    kept = [Group(g.type, g.key, g.since, mixed(g.attributes, {"z": 1}, seen[g.type]), g.relation) for g in life.groups]
    named = {(counter.kind, counter.event) for counter in compiled.counters}
    changed = Life(
        attributes=mixed(life.attributes, other.attributes, compiled.attributes),
        segments=mixed(life.segments, other.segments, compiled.segments),
        groups=[g for g in kept if g.type in compiled.groups],
        event=life.event if compiled.uses_event else other.event,
        journey=life.journey if compiled.uses_journey else other.journey,
        events=[e if (e.kind, e.name) in named else Event(e.time, "track", "other", {}) for e in life.events],
        entry=life.entry,
    )
    assert compiled.holds(changed.view(), now) is compiled.holds(life.view(), now)
    assert rules.show(rule) == compiled.text
