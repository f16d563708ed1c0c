"""Whatever brought somebody to a journey, a goal that is counted again reads of it what live read."""

from typing import Any

import pytest

from tests.simulate.test_course import ANN, at, row
from tidings.engine import Workspace
from tidings.history import kinds
from tidings.kernel.effects import Moved
from tidings.kernel.ids import digest
from tidings.kernel.times import MINUTE
from tidings.simulate.cast import Lives
from tidings.simulate.recount import Recount
from tidings.simulate.row import Row

RUN = digest("run")
BODY: dict[str, Any] = {"segments": {"buyers": {"segment": "buyers", "rule": 'did "Viewed" where total > 1'}}}


def moved(minute: int, what: str) -> Row:
    return row(ANN, kinds.MOVED, minute, "j", Moved(RUN, "j", 1, "", what, at(minute)), n=len(what))


def reached(trigger: dict[str, Any], rule: str, *rows: Row) -> list[int]:
    """The minutes at which the goal of the one run was reached."""
    goal = {"rule": rule, "within": "20 minutes"}
    document = {"journey": "j", "trigger": trigger, "goal": goal, "steps": [{"id": "a", "wait": "1 day"}]}
    body = {**BODY, "journeys": {"j": {"version": 1, "status": "live", "document": document}}}
    whole = [row(ANN, kinds.LINK, 0, "named", {"take": [("id", "ann")], "release": []}), *rows]
    found = Recount(Workspace(1, b"k" * 32), body, "j").play(Lives(ANN, {ANN: whole}, {ANN: 0}), at(60))
    return [(each.at - at(0)) // MINUTE for each in found]


VIEWED = row(ANN, kinds.TRACK, 2, "Viewed", {"total": 5})
BEFELL = {"group_type": "company", "group_id": "acme", "before": {}, "after": {"seats": 5}}
BOUGHT = row(ANN, kinds.TRACK, 9, "Bought", {})


@pytest.mark.parametrize(
    ("trigger", "rule", "brings"),
    [
        ({"event": "Viewed"}, "event.total = 5", [VIEWED]),
        ({"segment": "entered buyers"}, "event.total = 5", [VIEWED]),
        ({"api": True}, "event.total = 5", [row(ANN, kinds.ENTER, 2, "j", {"total": 5})]),
        ({"group": "company", "attribute": "seats"}, "event.after.seats = 5", [row(ANN, kinds.BEFELL, 2, "", BEFELL)]),
        ({"attribute": "plan"}, "event.total is missing", [VIEWED, row(ANN, kinds.ATTRIBUTES, 2, "", {"plan": "pro"})]),
    ],
)
@pytest.mark.parametrize("door", [False, True])
def test_a_goal_reads_what_began_the_run(trigger: dict[str, Any], rule: str, brings: list[Row], door: bool) -> None:
    """``door``: they waited to be let in, while something else happened."""
    asked = f'{rule} and did "Bought" since entry'
    other = row(ANN, kinds.TRACK, 5, "Viewed", {"total": 1})
    came = [*brings, moved(2, "queued"), other, moved(5, "entered")] if door else [*brings, moved(2, "entered"), other]
    assert reached(trigger, asked, *came, BOUGHT) == [9]
    assert reached(trigger, f'not ({rule}) and did "Bought" since entry', *came, BOUGHT) == []


def test_what_came_quietly_counts_like_anything_else() -> None:
    mark = row(ANN, kinds.STARTS, 9, "", False)._replace(id=BOUGHT.id)
    assert reached({"event": "Viewed"}, 'did "Bought" since entry', VIEWED, moved(2, "entered"), BOUGHT, mark) == [9]
