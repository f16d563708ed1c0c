"""Ramps: what they look like, which share they let in when, and that nobody falls out of one as it grows."""

import pytest

from tidings.journeys import ramp as ramps
from tidings.journeys.ramp import Ramp, Stage
from tidings.kernel.ids import digest
from tidings.kernel.times import DAY, HOUR

STAGES = ramps.parse("1% for 1 hour, 10% for 1 day")


def begun(**more: object) -> Ramp:
    return Ramp(STAGES, 0, 0, 0, {})._replace(**more)


def test_it_ends_with_everybody_and_is_printed_as_it_is_read() -> None:
    assert (Stage(0.01, HOUR), Stage(0.1, DAY), Stage(1.0, 0)) == STAGES
    assert ramps.show(STAGES) == "1% for 1 hour, 10% for 1 day, 100%"
    assert ramps.parse(ramps.show(STAGES)) == STAGES
    assert ramps.parse("1 % for 1 hour, 10 % for 1 day, all") == STAGES
    assert ramps.parse("2.5%, 30%, 100%") == (Stage(0.025, 0), Stage(0.3, 0), Stage(1.0, 0))


@pytest.mark.parametrize("text", ["", "fast", "10%, 5%", "all, 10%", "10% for ever", "110%", "1% for 1 hour 10%"])
def test_what_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write for example"):
        ramps.parse(text)


def test_time_takes_it_on_unless_it_was_stopped() -> None:
    at = [0, HOUR - 1, HOUR, HOUR + DAY - 1, HOUR + DAY, 90 * DAY]
    assert [ramps.share(begun(), now) for now in at] == [0.01, 0.01, 0.1, 0.1, 1.0, 1.0]
    assert ramps.goes_on(begun(), 5) == HOUR
    assert ramps.goes_on(begun(), 90 * DAY) is None
    stopped = begun(stopped=HOUR + 7)
    assert ramps.share(stopped, 90 * DAY) == 0.1
    assert ramps.goes_on(stopped, HOUR + 8) is None
    by_hand = Ramp(ramps.parse("1%, 10%"), 0, 1, 5, {})
    assert ramps.share(by_hand, 90 * DAY) == 0.1
    assert ramps.read({"ramp": ramps.write(stopped)}) == stopped
    assert ramps.read({}) is None


def test_who_is_let_in_stays_let_in_and_the_others_hear_why() -> None:
    people = [digest(n) for n in range(3000)]
    let = [
        {person for person in people if not ramps.lets_in(begun(), now, 1, "j", person)} for now in (0, HOUR, 2 * DAY)
    ]
    assert let[0] < let[1] < let[2] == set(people)
    assert 10 <= len(let[0]) <= 60
    assert 240 <= len(let[1]) <= 360
    out = next(person for person in people if person not in let[1])
    assert ramps.lets_in(begun(), HOUR, 1, "j", out) == ("outside the ramp: the journey lets in 10% of people for now")
    assert ramps.lets_in(begun(began=5), 4, 1, "j", out) == "", "before it began everybody came in"
