"""Quiet hours: past midnight, by weekday, over changes of the clock, and together with what else says when."""

import pytest

from tidings.journeys.quiet import over, read_quiet
from tidings.kernel.problems import Invalid
from tidings.kernel.times import parse_iso


def at(text: str) -> int:
    instant = parse_iso(text)
    assert instant is not None
    return instant


def oslo(zone: str) -> str:
    return "Europe/Oslo" if zone == "person" else "UTC"


NIGHT = {"marketing": {"between": ["21:00", "08:00"], "zone": "person"}}


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-06-03T10:00:00Z", "2026-06-03T10:00:00Z"),
        ("2026-06-03T19:00:00Z", "2026-06-04T06:00:00Z"),  # nine in the evening in Oslo
        ("2026-06-04T05:59:59Z", "2026-06-04T06:00:00Z"),
        ("2026-06-04T06:00:00Z", "2026-06-04T06:00:00Z"),  # eight exactly is loud
        ("2026-03-28T22:00:00Z", "2026-03-29T06:00:00Z"),  # a night that lacks an hour
        ("2026-10-24T22:00:00Z", "2026-10-25T07:00:00Z"),  # and one that has it twice
    ],
)
def test_a_night_in_oslo(now: str, ends: str) -> None:
    assert over(read_quiet(NIGHT), at(now), oslo) == at(ends)


def test_quiet_hours_that_follow_each_other_are_one() -> None:
    quiet = read_quiet(
        {
            "marketing": {"between": ["22:00", "07:00"]},
            "email": {"between": ["06:00", "09:00"], "days": "weekdays"},
            "sms": {"between": ["00:00", "24:00"], "days": "weekends"},
        }
    )
    mail = tuple(each for each in quiet if each.concerns("email", ""))
    text = tuple(each for each in quiet if each.concerns("sms", ""))
    assert over(mail, at("2026-06-03T23:00:00Z"), oslo) == at("2026-06-04T09:00:00Z")
    assert over(text, at("2026-06-05T22:30:00Z"), oslo) == at("2026-06-08T07:00:00Z"), "a weekend between two nights"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"between": ["00:00", "24:00"]}, "quiet for ever"),
        ({"between": ["21:00"]}, "from when until when"),
        ({}, "from when until when"),
        ({"between": ["21:00", "08:00"], "zone": "Oslo"}, "no time zone"),
        ({"betwen": ["21:00", "08:00"]}, "did you mean `between`"),
    ],
)
def test_what_they_cannot_be(table: dict[str, object], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        read_quiet({"marketing": table})
