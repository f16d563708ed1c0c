"""Sending windows in local time, over both changes of the clock."""

import pytest

from tidings.journeys.window import DAYS, Window
from tidings.kernel.times import HOUR, MINUTE, parse_iso


def at(text: str) -> int:
    instant = parse_iso(text)
    assert instant is not None
    return instant


NINE_TO_FIVE = (9 * 60, 17 * 60)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-06-03T10:00:00Z", "2026-06-03T10:00:00Z"),  # a Wednesday at noon in Oslo
        ("2026-06-03T05:00:00Z", "2026-06-03T07:00:00Z"),
        ("2026-06-03T15:00:00Z", "2026-06-04T07:00:00Z"),  # 17:00 exactly is closed
        ("2026-06-05T16:00:00Z", "2026-06-08T07:00:00Z"),  # Friday evening to Monday
        ("2026-03-28T12:00:00Z", "2026-03-30T07:00:00Z"),  # over the change to summer time
        ("2026-10-23T20:00:00Z", "2026-10-26T08:00:00Z"),  # over the change to winter time
    ],
)
def test_weekdays_in_oslo(now: str, opens: str) -> None:
    assert Window(DAYS[:5], NINE_TO_FIVE, "person").opens(at(now), "Europe/Oslo") == at(opens)


def test_a_time_that_the_clock_skips_opens_at_the_instant_it_would_have_been() -> None:
    window = Window(DAYS, (2 * 60 + 30, 4 * 60), "workspace")
    opens = window.opens(at("2026-03-29T00:00:00Z"), "Europe/Oslo")
    assert at("2026-03-29T01:00:00Z") <= opens <= at("2026-03-29T01:30:00Z")


def test_an_open_window_stays_open_to_its_last_minute() -> None:
    window = Window(DAYS, NINE_TO_FIVE, "workspace")
    last = at("2026-06-03T17:00:00Z") - MINUTE
    assert window.opens(last, "UTC") == last
    assert window.opens(last + MINUTE, "UTC") == last + MINUTE + 16 * HOUR
