"""Looking ahead on the way: when messages come, for which part of people, and how sure that is."""

from typing import Any

from tidings import journeys
from tidings.journeys.ahead import Lately, Message, ahead
from tidings.journeys.answer import ABOUT, AT_MOST, EARLIER, TIMED
from tidings.journeys.clock import at as instant
from tidings.journeys.clock import read_day
from tidings.kernel.times import DAY, HOUR

NOW = instant(read_day("2026-03-02"), 600, "UTC")  # type: ignore[arg-type]  # a Monday, 10:00
WAIT = {"id": "w", "wait": "1 day"}


def send(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "send": id, **more}


def look(*steps: Any, begin: str = "", days: int = 30, waiting: bool = False, **more: Any) -> list[Message]:
    route = journeys.route(journeys.read({"journey": "j", "trigger": {"event": "Go"}, "steps": list(steps)}))
    zone = {"person": "UTC", "workspace": "UTC"}
    found = ahead(
        route, begin or route.first, NOW, NOW + days * DAY, lambda name: zone.get(name, name), waiting=waiting, **more
    )
    return list(found)


def told(found: list[Message]) -> list[tuple[str, float, float, int]]:
    return [(each.step, (each.at - NOW) / DAY, round(each.share, 3), each.grade) for each in found]


def test_waits_add_up_and_what_comes_later_than_asked_is_left_out() -> None:
    steps = send("a"), WAIT, send("b"), {"id": "x", "wait": "40 days"}, send("c")
    assert told(look(*steps)) == [("a", 0, 1, TIMED), ("b", 1, 1, TIMED)]
    assert told(look(*steps, begin="w", waiting=True)) == [("b", 0, 1, TIMED)]


def test_a_message_only_some_are_asked_for_leaves_the_next_as_sure_as_it_was() -> None:
    assert told(look(send("a", only_if="x = 1"), send("b"))) == [("a", 0, 1, AT_MOST), ("b", 0, 1, TIMED)]


def test_arms_are_looked_through_and_what_follows_them_is_counted_once() -> None:
    arms = [{"when": "x = 1", "steps": [send("a")]}, {"otherwise": [WAIT, send("b")]}]
    assert told(look({"id": "q", "branch": arms}, send("c"))) == [
        ("a", 0, 1, AT_MOST),
        ("c", 0, 1, AT_MOST),
        ("b", 1, 1, AT_MOST),
    ]


def test_at_a_branch_people_divide_as_those_who_came_by_lately() -> None:
    arms = [{"when": "x = 1", "steps": [send("a")]}, {"when": "x = 2", "steps": [WAIT, send("b")]}]
    steps: tuple[Any, ...] = ({"id": "q", "branch": arms}, send("c"))
    went = Lately({"q": {0: 0.7, 1: 0.2, None: 0.1}})
    assert told(look(*steps, lately=went)) == [
        ("a", 0, 0.7, ABOUT),
        ("c", 0, 0.1, ABOUT),
        ("c", 0, 0.7, ABOUT),
        ("b", 1, 0.2, ABOUT),
        ("c", 1, 0.2, ABOUT),
    ]
    assert told(look({"id": "u", "wait_until": 'did "Paid"', "at_most": "3 days"}, *steps, lately=went))[0] == (
        *("a", 3, 0.7),
        AT_MOST,
    )
    assert told(look(*steps, lately=Lately({"other": {0: 1.0}}))) == told(look(*steps))


def test_a_step_only_some_are_let_through_is_as_sure_as_who_came_by_lately() -> None:
    lately = Lately(through={"a": 0.25, "u": 0.4})
    assert told(look(send("a", only_if="x = 1"), send("b"), lately=lately)) == [
        ("a", 0, 0.25, ABOUT),
        ("b", 0, 1, TIMED),
    ]
    waits = {"id": "a", "wait": "1 day", "only_if": "x = 1"}
    assert told(look(waits, send("b"), lately=lately)) == [("b", 0, 0.75, ABOUT), ("b", 1, 0.25, ABOUT)]
    ends = {"id": "u", "wait_until": 'did "Paid"', "only_if": "x = 1"}
    assert told(look(ends, send("b"), lately=lately)) == [("b", 0, 0.6, ABOUT)], "the others wait for something"
    assert told(look(ends, send("b"))) == []


def test_of_those_who_wait_for_something_as_many_run_out_of_time_as_did_lately() -> None:
    waits = {"id": "u", "wait_until": 'did "Paid"', "at_most": "3 days"}
    lately = Lately({"u": {EARLIER: 0.75, None: 0.25}})
    assert told(look(waits, send("a"), lately=lately)) == [("u", 3, 0.75, ABOUT), ("a", 3, 0.25, ABOUT)]
    assert look(waits, send("a"), lately=lately)[0].template == "", "when they go on is not known"
    assert told(look(waits, send("a"), begin="u", waiting=True, lately=lately)) == [("a", 0, 1, AT_MOST)], (
        "who still waits is more likely to run out of it"
    )
    late = [{"when": 'did "Paid"', "steps": [send("thanks")]}, {"at_most": "2 days", "steps": [send("late")]}]
    found = look({"id": "u", "wait_until": late}, send("c"), lately=Lately({"u": {EARLIER: 0.5, 1: 0.5}}))
    assert told([each for each in found if each.template]) == [("late", 2, 0.5, ABOUT), ("c", 2, 0.5, ABOUT)]


def test_shares_of_a_split_add_up_to_everybody_but_those_held_out() -> None:
    shares = [{"share": 30, "steps": [send("a")]}, {"share": 50, "steps": [WAIT]}, {"holdout": 20}]
    found = told(look({"id": "q", "split": shares}, send("c")))
    assert found == [("a", 0, 0.3, ABOUT), ("c", 0, 0.3, ABOUT), ("c", 1, 0.5, ABOUT)]


def test_a_wait_for_something_ends_the_look_unless_time_goes_on() -> None:
    waits = {"id": "u", "wait_until": 'did "Paid"'}
    assert look(waits, send("a")) == []
    assert look(waits, send("a"), begin="u", waiting=True) == []
    assert told(look({**waits, "at_most": "3 days"}, send("a"))) == [("a", 3, 1, AT_MOST)]
    late = [{"when": 'did "Paid"', "steps": [send("thanks")]}, {"at_most": "2 days", "steps": [send("late")]}]
    assert told(look({"id": "u", "wait_until": late}, send("c"))) == [("late", 2, 1, AT_MOST), ("c", 2, 1, AT_MOST)]


def test_times_of_day_windows_and_dates() -> None:
    nine = {"id": "t", "wait_for_time": {"at": "09:00"}}
    assert told(look(nine, send("a"))) == [("a", 23 / 24, 1, ABOUT)]
    window = {"days": "weekends", "between": ["09:00", "17:00"]}
    assert told(look(send("a", at=window))) == [("a", 5 - 1 / 24, 1, TIMED)]
    assert told(look(send("a", at=window), begin="a", waiting=True)) == [("a", 0, 1, TIMED)]
    day = {"id": "t", "wait_for_time": {"date": "2026-03-05"}}
    assert told(look(day, send("a"))) == [("a", 3 - 10 / 24, 1, TIMED)]
    own = {"id": "t", "wait_for_time": {"attribute": "renews_at"}}
    assert look(own, send("a")) == []
    assert told(look(own, send("a"), begin="t", waiting=True)) == [("a", 0, 1, TIMED)]


def test_a_round_comes_again_until_the_last_day_and_a_quick_one_ends() -> None:
    days = [each.at for each in look(send("a"), WAIT, {"id": "g", "go_to": "a"}, days=3)]
    assert days == [NOW, NOW + DAY, NOW + 2 * DAY, NOW + 3 * DAY]
    quick = look(send("a"), {"id": "w", "wait": "1 second"}, {"id": "g", "go_to": "a"}, days=30)
    assert 100 < len(quick) < 2000
    assert quick[-1].at < NOW + HOUR
    twice = look(send("a"), WAIT, {"id": "g", "go_to": "a", "at_most": "2 times"}, send("b"), days=2)
    assert {each.step for each in twice} == {"a", "b"}
    assert all(each.grade == AT_MOST for each in twice[1:])


def test_an_exit_ends_it() -> None:
    assert told(look(send("a"), {"id": "e", "exit": True}, send("b"))) == [("a", 0, 1, TIMED)]
