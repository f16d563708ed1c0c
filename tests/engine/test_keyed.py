"""Several runs of one person side by side, each of a key of its own: what the generated lives do not reach."""

from typing import Any

from tests.engine.test_examples import moves, real, sent
from tests.laws.real import Real
from tests.laws.stories import Input
from tidings.engine import Definitions, Workspace
from tidings.engine.why import Why, why
from tidings.kernel.effects import Moved
from tidings.people.document import ABREAST, KEYS, WATCHING, Person
from tidings.people.merge import merge, part

CART: dict[str, Any] = {
    "trigger": {"event": "Cart"},
    "reenter": "always",
    "run_per": "event.cart_id",
    "exit": 'did "Order" since entry',
    "steps": [{"id": "settle", "wait": "1 hour"}, {"id": "m", "send": "m"}],
}


def did(life: Real, minute: int, event: str, **properties: Any) -> None:
    life.give(Input(minute, event, properties, 0, {}))


def inside(life: Real) -> list[str]:
    return [run.key for run in life.person.runs if run.ended is None]


def refusals(life: Real) -> list[str]:
    return [effect.why for effect in life.effects if isinstance(effect, Moved) and effect.what == "refused"]


def test_an_event_reaches_the_run_of_its_key_and_one_without_a_key_reaches_all() -> None:
    life = real(CART)
    for minute, cart in enumerate(("a", 7, 7.0, "7", "b")):
        did(life, minute, "Cart", cart_id=cart)
    assert inside(life) == ["a", "7", "b"]
    assert refusals(life) == ["already in the journey with cart_id 7"] * 2
    did(life, 10, "Order", cart_id="7")
    did(life, 11, "Order", cart_id="z")
    assert inside(life) == ["a", "b"]
    did(life, 12, "Order")
    assert inside(life) == []
    assert sent(life) == []


def test_what_can_be_no_key_starts_nothing() -> None:
    life = real(CART)
    for minute, cart in enumerate((None, True, ["a"], "x" * 101, " ")):
        did(life, minute, "Cart", cart_id=cart)
    assert refusals(life) == ["there is no cart_id that a run could be of"] * 5


def test_so_many_stand_side_by_side_and_no_more() -> None:
    life = real(CART)
    for cart in range(ABREAST + 1):
        did(life, cart, "Cart", cart_id=cart)
    assert len(inside(life)) == ABREAST
    assert refusals(life) == [f"is in the journey {ABREAST} times already"]


def test_who_comes_again_is_asked_of_each_key_and_old_keys_are_forgotten() -> None:
    life = real({**CART, "reenter": "never", "steps": [{"id": "m", "send": "m"}]})
    did(life, 0, "Cart", cart_id="a")
    did(life, 1, "Cart", cart_id="b")
    did(life, 2, "Cart", cart_id="a")
    assert len(sent(life)) == 2
    for cart in range(KEYS):
        did(life, 3 + cart, "Cart", cart_id=cart)
    assert len(life.person.memory) == KEYS
    did(life, 200, "Cart", cart_id="a")
    assert len(sent(life)) == 3 + KEYS


def test_runs_that_only_watch_their_goal_are_bounded() -> None:
    life = real(
        {**CART, "goal": {"rule": 'did "Paid" since entry', "within": "30 days"}, "steps": [{"id": "m", "send": "m"}]}
    )
    for cart in range(WATCHING + 3):
        did(life, cart, "Cart", cart_id=cart)
    assert [run.key for run in life.person.runs] == [str(cart) for cart in range(3, WATCHING + 3)]
    did(life, 90, "Paid", cart_id="5")
    assert [(effect.key, effect.what) for effect in life.effects if isinstance(effect, Moved)][-1] == ("5", "converted")


def test_a_new_rule_counts_from_history_what_reached_the_run() -> None:
    life = real({key: value for key, value in CART.items() if key != "exit"})
    did(life, 0, "Cart", cart_id="a")
    did(life, 1, "Cart", cart_id="b")
    did(life, 2, "Order", cart_id="b")
    body = life.definitions.body
    entry = body["journeys"]["j"]
    document = {**entry["document"], "exit": CART["exit"]}
    changed = {**entry, "version": 2, "document": document, "history": {"1": entry["document"], "2": document}}
    life.definitions = Definitions(Workspace(1, b"k" * 32), 2, {**body, "journeys": {"j": changed}})
    life.step(None, life.at(3))
    assert inside(life) == ["a"]


def test_of_two_people_runs_of_different_keys_go_on_and_part_again() -> None:
    one, other = real(CART), real(CART)
    for minute, cart in enumerate("ab"):
        did(one, minute, "Cart", cart_id=cart)
    for minute, cart in enumerate("bc"):
        did(other, minute + 10, "Cart", cart_id=cart)
    absorbed = Person(
        id=b"o" * 16,
        workspace=1,
        partition=0,
        created=0,
        first=b"o" * 16,
        runs=other.person.runs,
        memory=other.person.memory,
    )
    person, ended, trace = merge(one.person, absorbed)
    assert sorted(run.key for run in person.runs) == ["a", "b", "c"]
    assert [run.key for run in ended] == ["b"]
    assert {name.split("\n")[1]: kept[0] for name, kept in person.memory.items()} == {"a": 1, "b": 2, "c": 1}
    mine, theirs, _ = part(person, absorbed, trace)
    assert [run.key for run in mine.runs] == ["a", "b"]
    assert [run.key for run in theirs.runs] == ["b", "c"], "where it stood before the merge ended it"
    assert mine.memory == one.person.memory


def test_a_version_without_keys_lets_nobody_in_beside_runs_that_have_them() -> None:
    life = real(CART)
    did(life, 0, "Cart", cart_id="a")
    body = life.definitions.body
    entry = body["journeys"]["j"]
    document = {key: value for key, value in entry["document"].items() if key != "run_per"}
    changed = {**entry, "version": 2, "document": document, "history": {"1": entry["document"], "2": document}}
    life.definitions = Definitions(Workspace(1, b"k" * 32), 2, {**body, "journeys": {"j": changed}})
    did(life, 1, "Cart", cart_id="b")
    did(life, 2, "Order", cart_id="b")
    assert inside(life) == ["a"]
    assert refusals(life) == ["already in the journey"]


def test_a_journey_that_another_starts_takes_its_key_from_what_it_is_given() -> None:
    life = real({"steps": [{"id": "s", "start": "cart", "with": {"cart_id": "{{ event.cart }}"}}]})
    body = life.definitions.body
    cart = {"version": 1, "status": "live", "document": {"journey": "cart", **CART}}
    life.definitions = Definitions(Workspace(1, b"k" * 32), 1, {**body, "journeys": {**body["journeys"], "cart": cart}})
    did(life, 0, "Go", cart="q")
    assert inside(life) == ["q"]


def test_why_tells_the_runs_apart() -> None:
    life = real(CART)
    did(life, 0, "Cart", cart_id="a")
    did(life, 1, "Cart", cart_id="b")
    told = why(
        life.definitions,
        life.person,
        "j",
        life.at(2),
        [effect for effect in life.effects if isinstance(effect, Moved)],
        [],
    )
    assert isinstance(told, Why)
    assert "2 times" in told.answer
    assert [reason.split(" since")[0] for reason in told.reasons if "stands at" in reason] == [
        "The person is in j with cart_id a",
        "The person is in j with cart_id b",
    ]
    assert any("waiting `settle` [b]" in line for line in told.path)
    assert moves(life)[0][0] == "entered"
