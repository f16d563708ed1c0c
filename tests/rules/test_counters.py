"""What a clause counts, how much of it a person must keep, and windows that are exact both ways."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidings import rules
from tidings.kernel.times import DAY, HOUR, SECOND, parse_iso, show_iso
from tidings.rules import Derived, tree
from tidings.rules.tree import Bound

NOW = 1_780_000_000 * SECOND


def asked(text: str, times: Sequence[int], now: int = NOW) -> tuple[bool, int | None]:
    """Whether the rule holds for someone who did it at these times, and when time alone may change that."""
    compiled = rules.compile(rules.parse(text))
    kept = [(time, bytes(16)) for time in sorted(times)]
    view = rules.View({}, {}, (), None, None, lambda counter: kept[-counter.keep :])
    return compiled.holds(view, now), compiled.changes_at(view, now)


def test_a_window_ends_exactly_when_it_has_passed() -> None:
    done = NOW - 5 * DAY
    assert asked('did "X" within 30 days', [done]) == (True, done + 30 * DAY)
    assert asked('did "X" within 30 days', [done], done + 30 * DAY - 1) == (True, done + 30 * DAY)
    assert asked('did "X" within 30 days', [done], done + 30 * DAY) == (False, None)
    assert asked('not did "X" within 30 days', [done]) == (False, done + 30 * DAY)
    assert asked('did "X" within 30 days', []) == (False, None)


def test_each_bound_flips_with_the_time_that_decides_it() -> None:
    a, b, c = NOW - 5 * DAY, NOW - 3 * DAY, NOW - 1 * DAY
    assert asked('did "X" at least 2 times within 7 days', [a, b, c]) == (True, b + 7 * DAY)
    assert asked('did "X" at least 3 times within 7 days', [a, b, c]) == (True, a + 7 * DAY)
    assert asked('did "X" at least 4 times within 7 days', [a, b, c]) == (False, None)
    assert asked('did "X" at most 2 times within 7 days', [a, b, c]) == (False, a + 7 * DAY)
    assert asked('did "X" at most 3 times within 7 days', [a, b, c]) == (True, None)
    assert asked('did "X" at most 0 times within 7 days', [a, b, c]) == (False, c + 7 * DAY)
    assert asked('did "X" exactly 3 times within 7 days', [a, b, c]) == (True, a + 7 * DAY)
    assert asked('did "X" exactly 1 times within 7 days', [a, b, c]) == (False, b + 7 * DAY)
    assert asked('did "X" exactly 4 times within 7 days', [a, b, c]) == (False, None)
    assert asked('did "X" exactly 0 times within 7 days', []) == (True, None)


def test_a_time_slightly_ahead_counts_at_once() -> None:
    assert asked('did "X" within 1 day', [NOW + 60 * SECOND]) == (True, NOW + 60 * SECOND + DAY)
    assert asked('did "X" since "2020-01-01"', [NOW + 60 * SECOND]) == (True, None)


def test_since_includes_its_bound_and_between_excludes_its_end() -> None:
    start, end = parse_iso("2026-01-01") or 0, parse_iso("2026-02-01") or 0
    assert asked('did "X" since "2026-01-01"', [start]) == (True, None)
    assert asked('did "X" since "2026-01-01"', [start - 1]) == (False, None)
    between = 'did "X" between "2026-01-01" and "2026-02-01"'
    assert [asked(between, [time])[0] for time in (start - 1, start, end - 1, end)] == [False, True, True, False]
    [counter] = rules.compile(rules.parse(between)).counters
    assert [counter.counts(time) for time in (start - 1, start, end - 1, end)] == [False, True, True, False]


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.integers(-20, 2).map(lambda n: NOW + n * HOUR), max_size=8),
    st.sampled_from(["at least", "at most", "exactly"]),
    st.integers(1, 4),
    st.integers(1, 12).map(lambda n: n * HOUR),
    st.integers(-22, 15).map(lambda n: NOW + n * HOUR),
)
def test_counting_windows_flip_when_they_should_and_at_no_other_instant(
    times: list[int], bound: Bound, needed: int, duration: int, now: int
) -> None:
    """Walk from wake to wake: the answer is right at each wake, right before it, and every wake but a tie is a flip."""
    compiled = rules.compile(tree.Did("X", "track", bound, needed, tree.Within(duration)))
    kept = [(time, bytes(16)) for time in sorted(times)]
    view = rules.View({}, {}, (), None, None, lambda counter: kept[-counter.keep :])

    def counted(at: int) -> bool:
        count = sum(1 for time in times if time > at - duration)
        return {"at least": count >= needed, "at most": count <= needed, "exactly": count == needed}[bound]

    while True:
        assert compiled.holds(view, now) is counted(now)
        at = compiled.changes_at(view, now)
        flips = [
            time + duration for time in times if now < time + duration and counted(time + duration) is not counted(now)
        ]
        if at is None:
            assert not flips
            return
        assert now < at
        assert counted(at - 1) is counted(now)
        if len(set(times)) == len(times):
            assert at == min(flips)
        now = at


def counters(text: str) -> tuple[rules.Counter, ...]:
    return rules.compile(rules.parse(text)).counters


def test_clauses_that_count_the_same_share_a_counter_that_keeps_enough_for_both() -> None:
    [counter] = counters('did "X" at least 3 times within 7 days and not did "X" within 30 days')
    assert (counter.kind, counter.event, counter.where) == ("track", "X", None)
    assert (counter.keep, counter.horizon, counter.entry) == (4, 30 * DAY, False)
    assert len(counter.key) == 8
    [counter] = counters('did "X" within 7 days or did "X" since "2026-01-01"')
    assert (counter.keep, counter.horizon) == (1, None)
    [counter] = counters('did "X" at most 2 times')
    assert (counter.keep, counter.horizon) == (3, None)


def test_a_key_is_what_is_counted_not_how_it_is_written_or_asked() -> None:
    [plain] = counters('did "X" where a = 1 and b = 2')
    assert counters('did "X" at least 5 times within 3 days where ( a=1 and b=2 )')[0].key == plain.key
    others = [
        'did "X"',
        'did "Y" where a = 1 and b = 2',
        'did page "X" where a = 1 and b = 2',
        'did "X" where b = 2 and a = 1',
        'did "X" since entry where a = 1 and b = 2',
        'did "X" between "2026-01-01" and "2026-02-01" where a = 1 and b = 2',
        'did "X" between "2026-01-01" and "2026-02-02" where a = 1 and b = 2',
    ]
    keys = {counters(text)[0].key for text in others}
    assert len(keys) == len(others)
    assert plain.key not in keys
    assert counters('did "X" where a = 1')[0].key != counters('did "X" where a = "1"')[0].key
    assert counters('did "X" where a = 1')[0].key != counters('did "X" where a = true')[0].key


def test_the_key_stays_the_same_from_version_to_version() -> None:
    """Keys stand in stored documents: a change of these orphans every counter."""
    texts = [
        'did "X"',
        'did "X" since entry where total > 5',
        'opened email "welcome"',
        'did "X" between 2026-01-01 and 2026-02-01',
    ]
    assert [counters(text)[0].key.hex() for text in texts] == KEYS


KEYS = ["bf8b0e2b071eda6d", "c06a510ca1df07b7", "be108bbe8f0d7c3c", "11d72e4716aae44a"]


@pytest.mark.parametrize(
    ("text", "properties", "matches"),
    [
        ('did "X"', {}, True),
        ('did "X" where total > 5', {"total": 6}, True),
        ('did "X" where total > 5', {"total": 5}, False),
        ('did "X" where item.sku in ("a", "b") or not paid = true', {"item": {"sku": "a"}, "paid": True}, True),
        ('did "X" where item.sku in ("a", "b") or not paid = true', {"item": {"sku": "c"}, "paid": True}, False),
        ('did "X" where bought_at is before "2026-01-01"', {"bought_at": "2025-12-31"}, True),
        ('opened email "welcome"', {"template": "welcome", "topic": "news"}, True),
        ('opened email "welcome"', {"template": "other"}, False),
        ('opened email "welcome" where topic = "x"', {"template": "welcome", "topic": "news"}, False),
    ],
)
def test_a_counter_tells_which_events_it_counts(text: str, properties: dict[str, Any], matches: bool) -> None:
    [counter] = counters(text)
    assert counter.matches(properties) is matches
    assert counter.matches is counter.matches


def test_message_clauses_count_what_became_of_messages() -> None:
    [counter] = counters('clicked sms "promo" at least 2 times within 1 day')
    assert (counter.kind, counter.event, counter.keep, counter.horizon) == ("message", "clicked sms", 3, DAY)
    assert counter.where == rules.parse('template = "promo"')
    [counter] = counters("received push")
    assert (counter.kind, counter.event, counter.where) == ("message", "received push", None)


WEEK = Derived({}, 7 * DAY)
"""A workspace that keeps history for a week."""


@pytest.mark.parametrize(
    "window", ["", " within 2 days", f' since "{show_iso(NOW - 9 * DAY)}"', f' since "{show_iso(NOW - DAY)}"']
)
@pytest.mark.parametrize("bound", ["at least 1 time", "at least 2 times", "at most 1 time", "exactly 2 times"])
@given(st.lists(st.integers(-10 * 24, 0), max_size=5))
def test_nothing_counts_for_longer_than_history_is_kept(window: str, bound: str, hours: list[int]) -> None:
    rule = rules.parse(f'did "X" {bound}{window}')
    plain, forgetful = rules.compile(rule), rules.compile(rule, derived=WEEK)
    times = sorted(NOW + hour * HOUR for hour in hours)
    moments = sorted({NOW, *(time + span for time in times for span in (2 * DAY, 7 * DAY) if time + span >= NOW)})

    def answer(compiled: rules.Compiled, now: int, kept: Sequence[int]) -> tuple[bool, int | None]:
        found = [(time, bytes(16)) for time in kept]
        return compiled.answers(rules.View({}, {}, (), None, None, lambda counter: found[-counter.keep :]), now)

    said = [answer(forgetful, now, times) for now in moments]
    for now, (holds, _) in zip(moments, said, strict=True):
        assert holds == answer(plain, now, [time for time in times if time > now - 7 * DAY])[0]
    for (holds, at), (after, (then, _)) in zip(said, zip(moments[1:], said[1:], strict=True), strict=False):
        assert holds == then or (at is not None and at <= after), "it would flip without anybody looking"
