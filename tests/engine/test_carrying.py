"""One plain example for each thing that a publish may do to a run."""

from typing import Any

import pytest

from tests.laws.flights import ids
from tests.laws.real import Real
from tests.laws.stories import Input, Workspace, _Templates
from tidings import engine
from tidings.engine.carrying import with_carried
from tidings.journeys import carrying, read
from tidings.kernel.effects import Moved, Planned
from tidings.kernel.problems import Problem

WAIT = {"id": "settle", "wait": "10 minutes"}


def journey(*steps: Any) -> dict[str, Any]:
    return {"journey": "hello", "trigger": {"event": "Alpha"}, "steps": list(steps)}


class Life(Real):
    """Somebody who enters at minute 0; `publish` puts a next version in force and looks at them."""

    def __init__(self, *steps: Any) -> None:
        entry = {"version": 1, "status": "live", "document": journey(*steps), "history": {"1": journey(*steps)}}
        super().__init__(Workspace({"segments": {}, "journeys": {"hello": entry}, "templates": _Templates()}, [], []))
        self.happens(0, "Alpha")

    def happens(self, minute: int, event: str) -> None:
        self.give(Input(minute, event, {"n": 1}, 0, {}))

    def publish(
        self, minute: int, *steps: Any, held: tuple[int, ...] = (), pins: dict[str, Any] | None = None, **chosen: str
    ) -> None:
        number = self.definitions.number + 1
        old = self.definitions.body["journeys"]["hello"]
        version = str(old["version"] + 1)
        entry = {
            **old,
            "version": int(version),
            "document": journey(*steps),
            "history": {**old["history"], version: journey(*steps)},
            "published": {**old.get("published", {"1": 1}), version: number},
            "carries": {**old.get("carries", {}), version: chosen},
            "held": [*held, old["version"]],
            "pins": pins or {},
        }
        body = {**self.definitions.body, "journeys": {"hello": entry}}
        sealed = engine.seal(self.definitions.workspace, number, body, self.definitions.body)
        self.definitions = engine.Definitions(self.definitions.workspace, number, sealed)
        self.until(minute)

    def until(self, minute: int) -> None:
        self.step(None, self.at(minute))

    @property
    def sent(self) -> list[tuple[str, int]]:
        return [
            (effect.template, (effect.due - self.at(0)) // 60_000_000)
            for effect in self.effects
            if isinstance(effect, Planned)
        ]

    @property
    def said(self) -> list[str]:
        return [
            effect.why
            for effect in self.effects
            if isinstance(effect, Moved) and effect.what in ("carried", "moved", "stays")
        ]


AFTER = {"id": "more", "send": "more"}


@pytest.mark.parametrize(
    ("chosen", "sent"),
    [({}, 4), ({"settle": "retime"}, 4), ({"settle": "keep"}, 10), ({"settle": "finish"}, 10)],
    ids=["by itself", "retime", "keep", "finish"],
)
def test_a_changed_wait_is_reckoned_anew_or_kept(chosen: dict[str, str], sent: int) -> None:
    life = Life(WAIT, AFTER)
    life.publish(2, {"id": "settle", "wait": "4 minutes"}, {"id": "more", "send": "new"}, **chosen)
    life.until(20)
    assert life.sent == [("more" if chosen.get("settle") == "finish" else "new", sent)]


def test_a_kept_rule_is_watched_until_they_leave_the_step() -> None:
    life = Life({"id": "rest", "wait_until": 'did "Beta" at least 2 times since entry'}, AFTER)
    life.happens(1, "Beta")
    life.publish(2, {"id": "rest", "wait_until": 'did "Gamma" since entry'}, AFTER, rest="keep")
    life.publish(3, {"id": "rest", "wait_until": 'did "Gamma" since entry'}, {"id": "more", "send": "new"}, held=(1,))
    life.happens(4, "Gamma")
    assert life.sent == []
    life.happens(5, "Beta")
    assert life.sent == [("new", 5)]
    assert life.said == ["keeps the terms of version 1"]


def test_kept_terms_end_where_the_step_is_changed_again() -> None:
    life = Life(WAIT, AFTER)
    life.publish(1, {"id": "settle", "wait": "4 minutes"}, AFTER, settle="keep")
    life.publish(2, {"id": "settle", "wait": "6 minutes"}, AFTER, held=(1,))
    life.until(20)
    assert life.sent == [("more", 6)]


def test_terms_that_are_kept_keep_their_message_too() -> None:
    """Who waits for the window of a message keeps that message, as it was, and goes on by the new version."""
    hours = {"between": ["09:00", "17:00"]}
    life = Life({"id": "more", "send": "one", "at": hours}, {"id": "last", "send": "last"})
    assert life.sent == []
    pins = {
        "1": {
            "number": 7,
            "templates": {
                "one": {"channel": "sms", "topic": "", "marketing": True, "policy": "at_most_once", "expires": None}
            },
        }
    }
    life.publish(1, {"id": "more", "send": "two", "at": hours}, {"id": "last", "send": "last"}, more="keep", pins=pins)
    life.until(24 * 60)
    sent = [effect for effect in life.effects if isinstance(effect, Planned)]
    assert [(each.template, each.channel, each.definitions) for each in sent] == [
        ("one", "sms", 7),
        ("last", "email", 0),
    ]
    assert sent[0].expires == 0


def test_who_stands_at_a_step_that_is_gone_finishes_on_the_old_version_whatever_comes() -> None:
    rest = {"id": "rest", "wait_until": 'did "Beta"'}
    life = Life(rest, WAIT, AFTER)
    life.publish(1, WAIT, {"id": "more", "send": "new"})
    life.publish(2, {"id": "settle", "wait": "1 minute"}, {"id": "more", "send": "newer"}, held=(1,))
    life.happens(3, "Beta")  # the old version's rule is watched still
    life.until(30)
    assert life.sent == [("more", 13)]
    assert life.said == ["finishes on version 1; version 2 came"]


def test_the_path_tells_by_which_version_somebody_was_taken_on() -> None:
    """Where nothing was written down, too: behind the last move before it, and when that version came into force."""
    rest, published = {"id": "rest", "wait_until": 'did "Beta"'}, {1: 0, 2: 5, 3: 7}
    life = Life(rest, WAIT, AFTER)
    life.publish(1, rest, {"id": "settle", "wait": "4 minutes"}, AFTER)
    moves = [effect for effect in life.effects if isinstance(effect, Moved)]
    here = [(each.what, each.step, each.version) for each in with_carried(moves, life.person.runs, published)]
    assert here == [("entered", "", 1), ("waiting", "rest", 1), ("carried", "rest", 2)]
    life.happens(3, "Beta")
    life.publish(4, rest, {"id": "settle", "wait": "5 minutes"}, AFTER, settle="keep")
    life.publish(5, rest, {"id": "settle", "wait": "5 minutes"}, AFTER, settle="finish")
    moves = [effect for effect in life.effects if isinstance(effect, Moved)]
    told = with_carried(moves, life.person.runs, {1: 0, 2: life.at(1) + 5, 3: life.at(4), 4: life.at(5)})
    assert [(each.what, each.step, each.version) for each in told][2:] == [
        ("carried", "rest", 2),
        ("passed", "rest", 2),
        ("waiting", "settle", 2),
        ("carried", "settle", 3),
        ("stays", "settle", 3),
    ]
    assert (told[2].time, told[2].why, told[5].why) == (life.at(1) + 5, "", "keeps the terms of version 2")
    assert with_carried(moves, [], {}) == moves


def test_a_version_brought_back_takes_those_who_finish_on_it() -> None:
    rest = {"id": "rest", "wait_until": 'did "Beta"'}
    life = Life(rest, AFTER)
    life.publish(1, AFTER)
    assert life.person.runs[0].version == 1
    life.publish(2, rest, AFTER, held=(1,))
    assert life.person.runs[0].version == 3


def test_whoever_leaves_is_out_and_whoever_is_moved_goes_on_from_there() -> None:
    life = Life(WAIT, AFTER)
    life.publish(3, WAIT, AFTER, settle="leave")
    assert life.person.runs == []
    assert life.effects[-2].why == "its publisher let those at this step leave with version 2"  # type: ignore[union-attr]
    life = Life(WAIT, AFTER)
    next = {"id": "next", "wait_until": 'did "Beta"', "at_most": "2 minutes"}
    life.publish(3, AFTER, next, {"id": "last", "send": "last"}, settle="move next")
    life.until(30)
    assert life.sent == [("last", 5)]


@pytest.mark.parametrize(
    ("old", "new", "sent"),
    [
        ({"wait": "10 minutes"}, {"wait": "10 minutes"}, 10),
        ({"wait": "10 minutes"}, {"wait": "4 minutes"}, 4),
        ({"wait_until": 'did "Beta"', "at_most": "9 minutes"}, {"wait_until": 'did "Beta"', "at_most": "6 minutes"}, 6),
        ({"wait": "10 minutes"}, {"wait_until": 'did "Beta"', "at_most": "10 minutes"}, 13),
        (
            {"webhook": "https://example.com", "at_most": "10 minutes"},
            {"webhook": "https://example.com", "at_most": "10 minutes"},
            13,
        ),
    ],
    ids=["renamed", "renamed and shorter", "a rule", "another kind", "a call is made anew"],
)
def test_who_is_moved_to_a_wait_of_another_id_waits_on(old: Any, new: Any, sent: int) -> None:
    life = Life({"id": "settle", **old}, AFTER)
    life.publish(3, {"id": "rest", **new}, AFTER, settle="move rest")
    life.until(30)
    assert life.sent == [("more", sent)]
    waits_on = ", and waits on there" if sent < 13 else ""
    assert life.said == [f"moved to rest by version 2{waits_on}"]


def test_who_is_moved_to_a_step_that_was_there_before_begins_anew() -> None:
    life = Life(WAIT, {"id": "rest", "wait": "10 minutes"}, AFTER)
    life.publish(3, {"id": "rest", "wait": "10 minutes"}, AFTER, settle="move rest")
    life.until(30)
    assert life.sent == [("more", 13)]


def test_a_message_that_was_sent_is_not_sent_again_by_going_back_but_a_loop_comes_round() -> None:
    life = Life({"id": "hello", "send": "hello"}, WAIT, AFTER)
    life.publish(3, WAIT, {"id": "hello", "send": "hello"}, AFTER, settle="move hello")
    assert life.sent == [("hello", 0), ("more", 3)]
    nag, again = {"id": "nag", "send": "nag"}, {"id": "again", "go_to": "nag", "at_most": "3 times"}
    life = Life(nag, WAIT, again)
    life.publish(3, nag, {"id": "settle", "wait": "5 minutes"}, again)
    life.until(11)
    assert life.sent == [("nag", 0), ("nag", 5), ("nag", 10)]


def test_a_new_version_lets_a_parked_run_try_again() -> None:
    life = Life(WAIT, AFTER)
    life.person.runs[0].parked, life.person.runs[0].wake = "a fault", None
    life.publish(3, {"id": "settle", "wait": "2 minutes"}, AFTER)
    life.until(20)
    assert life.sent == [("more", 5)]


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"setle": "finish"}, "did you mean `settle`"),
        ({"settle": "move mor"}, "did you mean `more`"),
        ({"gone": "keep"}, "`gone` is gone in the new one"),
        ({"fork": "keep"}, "branches otherwise than it did"),
    ],
)
def test_choices_that_mean_nothing_are_refused(chosen: dict[str, str], says: str) -> None:
    fork = {"id": "fork", "branch": [{"when": "x = 1", "steps": []}]}
    wider = {"id": "fork", "branch": [{"when": "x = 1", "steps": []}, {"otherwise": []}]}
    old, new = read(journey(WAIT, {"id": "gone", "wait": "1 minute"}, fork, AFTER)), read(journey(WAIT, wider, AFTER))
    found = carrying.check({step: carrying.read_choice(text) for step, text in chosen.items()}, [old], new)
    assert len(found) == 1
    assert isinstance(found[0], Problem)
    assert says in str(found[0])
    with pytest.raises(ValueError, match="write `move STEP`"):
        carrying.read_choice("keeps")
    assert ids(journey(WAIT)) == ["settle"]
