"""What a goal is worth, which messages it is credited to, and who is in the control group."""

from typing import Any

import pytest

from tests.engine.test_examples import give, go, real
from tests.laws.real import Real
from tidings.kernel.effects import Moved
from tidings.kernel.ids import show
from tidings.kernel.records import Event
from tidings.people.control import is_control

STEPS = [{"id": "one", "send": "a"}, {"id": "two", "send": "b"}, {"id": "w", "wait": "9 days"}]


def lived(goal: dict[str, Any], *events: Event) -> Moved | None:
    """Give how a run reached its goal."""
    life = real({"goal": {"within": "7 days", **goal}, "steps": STEPS})
    life.give(go())
    for event in events:
        give(life, event)
    return next((each for each in life.effects if isinstance(each, Moved) and each.what == "converted"), None)


def bought(**properties: Any) -> Event:
    return Event("Order Completed", properties)


def message(verb: str, step: str, **more: Any) -> Event:
    return Event(f"{verb} email", {"journey": "j", "step": step, "delivery": f"d-{step}", **more}, "message")


@pytest.mark.parametrize(
    ("goal", "properties", "value", "says"),
    [
        ({"currency": "EUR"}, {"total": "19.90"}, (19_900_000, "EUR"), "since entry: 19.90 EUR"),
        ({"currency": "event.currency"}, {"total": 5, "currency": "usd"}, (5_000_000, "USD"), "5.00 USD"),
        ({"currency": "event.currency"}, {"total": 5}, (0, ""), "`event.currency` names no currency"),
        ({"currency": "EUR"}, {}, (0, ""), "`total` is missing, which is no amount"),
        ({"currency": "EUR"}, {"total": "lots"}, (0, ""), '`total` is "lots", which is no amount'),
    ],
)
def test_the_value_of_the_event_counts(
    goal: dict[str, Any], properties: dict[str, Any], value: tuple[int, str], says: str
) -> None:
    found = lived({"event": "Order Completed", "value": "total", **goal}, bought(**properties), bought(total=100))
    assert found is not None
    assert (found.value, found.currency) == value
    assert says in found.why


def test_only_the_event_that_is_meant_counts() -> None:
    goal = {"event": "Order Completed", "where": "total > 10", "value": "total", "currency": "EUR"}
    assert lived(goal, bought(total=10), Event("Other", {"total": 50})) is None
    found = lived(goal, bought(total=3), bought(total=11), bought(total=99))
    assert found is not None
    assert found.value == 11_000_000


@pytest.mark.parametrize(
    ("credit", "steps"),
    [
        ("last sent", ["two"]),
        ("first sent", ["one"]),
        ("any sent", ["one", "two"]),
        ("last opened", ["one"]),
        ("any clicked", []),
    ],
)
def test_messages_are_credited(credit: str, steps: list[str]) -> None:
    others = [
        message("received", "one", journey="k"),
        message("opened", "elsewhere"),
        message("clicked", "two", run="x"),
    ]
    known = [message("received", "one"), message("received", "two"), message("opened", "one")]
    found = lived({"event": "Order Completed", "credit": credit}, *others, *known, bought(), message("opened", "two"))
    assert found is not None
    assert [step for step, _ in found.credited] == steps


def test_a_message_of_another_run_of_the_same_journey_is_not_credited() -> None:
    life = real({"goal": {"event": "Order Completed", "within": "7 days"}, "steps": STEPS})
    life.give(go())
    (run,) = life.person.runs
    give(life, message("received", "one", run=show(run.id)))
    give(life, message("received", "two", run=show(b"another run of j")))
    assert life.person.runs[0].credited == [("one", "d-one")]


def test_a_run_says_whether_its_person_gets_marketing() -> None:
    found = set()
    for share in ("0%", "100%"):
        life = real({"goal": {"event": "Order Completed", "within": "7 days"}, "steps": STEPS})
        life = with_share(life, share)
        life.give(go())
        give(life, bought())
        found.add(tuple((each.what, each.control) for each in life.effects if isinstance(each, Moved) and each.control))
    assert found == {(), (("entered", True), ("converted", True))}


def test_the_group_follows_who_was_known_first_and_grows_without_losing_anybody() -> None:
    life = real({"steps": STEPS})
    drawn = [share for share in range(101) if is_control(life.person, share / 100)]
    assert drawn == list(range(drawn[0], 101))
    life.person.id = b"somebody else now"
    assert is_control(life.person, drawn[0] / 100)


def with_share(life: Real, share: str) -> Real:
    life.definitions.control = float(share.rstrip("%")) / 100
    return life
