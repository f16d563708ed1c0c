"""Times that come again: words and RRULEs, clocks that jump, and rules that are refused because they may never come."""

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidings.journeys.recurrence import read
from tidings.kernel.times import from_datetime, parse_iso, show_iso, to_datetime

MONDAYS = "every monday at 09:00"


def times(text: str, zone: str, after: str, count: int, since: date | None = None) -> list[str]:
    """The next few occurrences, on the zone's clock."""
    rule, now, found = read(text, since), parse_iso(after), []
    for _ in range(count):
        at = rule.next(zone, now)
        if at is None:
            break
        found.append(to_datetime(at).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M"))
        now = at
    return found


@pytest.mark.parametrize(
    ("text", "canonical", "expected"),
    [
        ("Every Monday 9:00", MONDAYS, ["2026-01-05 09:00", "2026-01-12 09:00"]),
        (
            "every weekday at 08:30",
            "every weekday at 08:30",
            ["2026-01-01 08:30", "2026-01-02 08:30", "2026-01-05 08:30"],
        ),
        ("every day at 23:00", "every day at 23:00", ["2026-01-01 23:00", "2026-01-02 23:00"]),
        ("every 6 hours", "every 6 hours", ["2026-01-01 06:00", "2026-01-01 12:00"]),
        (
            "every monday, wednesday and friday at 10:00",
            "every monday, wednesday and friday at 10:00",
            ["2026-01-02 10:00", "2026-01-05 10:00", "2026-01-07 10:00"],
        ),
        (
            "every month on the 1st at 08:00",
            "every month on the 1st at 08:00",
            ["2026-01-01 08:00", "2026-02-01 08:00"],
        ),
        (
            "every month on the last day at 08:00",
            "every month on the last day at 08:00",
            ["2026-01-31 08:00", "2026-02-28 08:00"],
        ),
        (
            "every month on the first monday 7:05",
            "every month on the first monday at 07:05",
            ["2026-01-05 07:05", "2026-02-02 07:05"],
        ),
        (
            "every year on 29 february at 09:00",
            "every year on 29 february at 09:00",
            ["2028-02-29 09:00", "2032-02-29 09:00"],
        ),
        ("on 2026-12-01 at 10:00", "on 2026-12-01 at 10:00", ["2026-12-01 10:00"]),
        (
            "RRULE:freq=weekly;byday=tu;byhour=9",
            "FREQ=WEEKLY;BYDAY=TU;BYHOUR=9",
            ["2026-01-06 09:00", "2026-01-13 09:00"],
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYHOUR=9",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYHOUR=9",
            ["2026-01-30 09:00", "2026-02-27 09:00"],
        ),
    ],
)
def test_words_and_rules_come_when_they_say(text: str, canonical: str, expected: list[str]) -> None:
    assert read(text, None).text == canonical
    assert read(canonical, None).text == canonical
    assert times(text, "UTC", "2026-01-01T00:00:00Z", len(expected)) == expected


def test_intervals_count_from_their_first_day_and_counts_come_to_an_end() -> None:
    since = date(2026, 1, 5)
    fortnight = times("every 2 weeks on monday at 09:00", "UTC", "2025-01-01T00:00:00Z", 3, since)
    assert fortnight == ["2026-01-05 09:00", "2026-01-19 09:00", "2026-02-02 09:00"]
    assert times("FREQ=DAILY;BYHOUR=9;COUNT=2", "UTC", "2020-01-01T00:00:00Z", 5, since) == [
        "2026-01-05 09:00",
        "2026-01-06 09:00",
    ]


def test_a_skipped_time_comes_an_hour_later_and_a_doubled_one_once() -> None:
    assert times("every day at 02:30", "Europe/Berlin", "2026-03-28T12:00:00Z", 2) == [
        "2026-03-29 03:30",
        "2026-03-30 02:30",
    ]
    autumn = read("every day at 02:30", None)
    first = autumn.next("Europe/Berlin", parse_iso("2026-10-24T12:00:00Z"))
    assert first is not None
    assert show_iso(first) == "2026-10-25T00:30:00Z"
    second = autumn.next("Europe/Berlin", first)
    assert second is not None
    assert show_iso(second) == "2026-10-26T01:30:00Z"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("every mnoday at 09:00", "no schedule that Tidings knows"),
        ("every monday", "no schedule that Tidings knows"),
        ("every 5 hours", "do not divide the day"),
        ("every 2 weeks on monday at 09:00", "from when it counts"),
        ("on 2026-02-30 at 09:00", "no day"),
        ("every year on 30 february at 09:00", "no such month"),
        ("FREQ=MINUTELY", "not known"),
        ("FREQ=DAILY", "time of day is missing"),
        ("FREQ=DAILY;BYHOUR=9;BYMINUTE=" + ",".join(map(str, range(40))), "more often"),
        ("FREQ=WEEKLY;BYHOUR=9", "on which day"),
        ("FREQ=DAILY;BYHOUR=9;BYEASTER=1", "can't stand"),
        ("FREQ=DAILY;BYHOUR=99", "can't be read"),
        ("FREQ=DAILY;BYHOUR=9;UNTIL=20261231T000000Z", "without Z"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=1FR;BYHOUR=9", "without BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYSETPOS=2;BYHOUR=9", "BYSETPOS goes with"),
    ],
)
def test_what_is_faulty_or_may_never_come_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read(text, None)


@pytest.mark.parametrize(
    "text", ["FREQ=DAILY;INTERVAL=7;BYDAY=MO;BYHOUR=9", "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2;BYMONTHDAY=1;BYHOUR=9"]
)
def test_an_interval_that_might_never_meet_its_days_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="never meet"):
        read(text, date(2026, 1, 6))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        [MONDAYS, "every day at 02:30", "every 6 hours", "every month on the 31st at 00:30", "FREQ=HOURLY"]
    ),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe"]),
    st.datetimes(datetime(2009, 1, 1), datetime(2013, 1, 1)),
)
def test_the_next_is_the_same_from_any_moment_before_it(text: str, zone: str, start: datetime) -> None:
    rule, now = read(text, None), from_datetime(start.replace(tzinfo=UTC))
    found = [now]
    for _ in range(8):
        at = rule.next(zone, found[-1])
        assert at is not None
        found.append(at)
    for earlier, later in pairwise(found):
        for moment in (earlier, (earlier + later) // 2, later - 1):
            assert rule.next(zone, moment) == later
