"""Local times: nights on which clocks change, dates without a time, and 29 February."""

from datetime import UTC, date, datetime

import pytest

from tidings.journeys import clock
from tidings.journeys.window import DAYS
from tidings.kernel.times import DAY, HOUR, from_datetime, parse_iso, show_iso

OSLO, YORK = "Europe/Oslo", "America/New_York"


def instant(text: str) -> int:
    found = parse_iso(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("after", "minute", "days", "zone", "expected"),
    [
        ("2026-03-28T12:00:00Z", 2 * 60 + 30, DAYS, OSLO, "2026-03-29T01:30:00Z"),  # 02:30 is skipped: 03:30
        ("2026-03-29T12:00:00Z", 2 * 60 + 30, DAYS, OSLO, "2026-03-30T00:30:00Z"),
        ("2026-10-24T12:00:00Z", 2 * 60 + 30, DAYS, OSLO, "2026-10-25T00:30:00Z"),  # twice: the first
        ("2026-10-25T00:30:00Z", 2 * 60 + 30, DAYS, OSLO, "2026-10-26T01:30:00Z"),  # not the second
        ("2026-06-01T13:00:00Z", 9 * 60, DAYS, YORK, "2026-06-02T13:00:00Z"),  # on the dot is tomorrow
        ("2026-06-01T12:59:59Z", 9 * 60, DAYS, YORK, "2026-06-01T13:00:00Z"),
        ("2026-06-05T20:00:00Z", 9 * 60, DAYS[:5], YORK, "2026-06-08T13:00:00Z"),  # Friday evening to Monday
        ("2026-06-06T02:00:00Z", 0, ("saturday",), YORK, "2026-06-06T04:00:00Z"),  # still Friday there
    ],
)
def test_the_next_time_on_a_clock(after: str, minute: int, days: tuple[str, ...], zone: str, expected: str) -> None:
    assert show_iso(clock.next_time(instant(after), minute, days, zone)) == expected


def test_whoever_is_on_such_a_day_need_not_wait_for_it() -> None:
    monday = instant("2026-06-01T12:00:00Z")
    assert clock.next_day(monday, ("monday",), OSLO) == monday
    assert show_iso(clock.next_day(monday, ("tuesday",), OSLO)) == "2026-06-01T22:00:00Z"


@pytest.mark.parametrize(
    ("value", "offset", "minute", "zone", "expected"),
    [
        ("2026-12-01", 0, None, YORK, "2026-12-01T05:00:00Z"),  # a day of the zone's calendar
        ("2026-12-01", 0, 9 * 60, YORK, "2026-12-01T14:00:00Z"),
        ("2026-12-01T02:00:00Z", 0, 9 * 60, YORK, "2026-11-30T14:00:00Z"),  # which is the day before there
        ("2026-12-01T02:00:00Z", -2 * HOUR, None, YORK, "2026-12-01T00:00:00Z"),
        ("2026-03-30", -3 * DAY, 9 * 60, OSLO, "2026-03-27T08:00:00Z"),  # days of the calendar, over the change
        ("2026-03-30", -3 * DAY, None, OSLO, "2026-03-26T23:00:00Z"),
        ("2026-03-30", -2 * HOUR, None, OSLO, "2026-03-29T20:00:00Z"),
        (1_780_000_000, DAY, None, OSLO, "2026-05-29T20:26:40Z"),
        ("soon", 0, 0, OSLO, None),
        (None, 0, None, OSLO, None),
        ("1900-01-01", -DAY, None, "UTC", None),
    ],
)
def test_a_date_and_so_far_off(value: object, offset: int, minute: int | None, zone: str, expected: str | None) -> None:
    found = clock.moment(value, offset, minute, zone)
    assert (None if found is None else show_iso(found)) == expected


@pytest.mark.parametrize(
    ("value", "since", "expected"),
    [
        ("1990-06-01", "2026-06-01T07:00:00Z", "2026-06-01T07:00:00Z"),
        ("1990-06-01", "2026-06-01T07:00:01Z", "2027-06-01T07:00:00Z"),
        ("1992-02-29", "2026-01-01T00:00:00Z", "2026-02-28T08:00:00Z"),
        ("1992-02-29", "2027-06-01T00:00:00Z", "2028-02-29T08:00:00Z"),
    ],
)
def test_a_date_comes_again_every_year(value: str, since: str, expected: str) -> None:
    found = clock.next_year(value, 0, 9 * 60, OSLO, instant(since))
    assert found is not None
    assert show_iso(found) == expected


def test_a_time_of_an_instant_comes_again_by_the_clock() -> None:
    found = clock.next_year("2020-07-01T10:15:00Z", -DAY, None, OSLO, instant("2026-12-31T00:00:00Z"))
    assert found == from_datetime(datetime(2027, 6, 30, 10, 15, tzinfo=UTC))


def test_what_is_no_day_is_none() -> None:
    assert clock.read_day("2026-02-30") is None
    assert clock.read_day("2026-02-28") == date(2026, 2, 28)
    assert clock.read_day(20260228) is None
