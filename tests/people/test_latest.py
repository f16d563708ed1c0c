"""When attributes were last said is kept in few bytes, and says what a plain table would."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tidings.kernel.ids import person_id
from tidings.people import latest
from tidings.people.document import FORMAT, Person, decode
from tidings.people.latest import GONE, Latest

NAMES = ("id", "email", "plan", "seats", "city", "role", latest.topic("news"))


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.tuples(st.sets(st.sampled_from(NAMES), min_size=1), st.booleans(), st.integers(0, 3)), max_size=12),
)
def test_it_says_what_a_table_of_every_name_says(changes: list[tuple[set[str], bool, int]]) -> None:
    kept, attributes, at = Latest(), {}, 1
    table: dict[str, int] = {}
    for names, there, later in changes:
        at += later
        for name in names:
            if not there or name.startswith("topic"):
                attributes.pop(name, None)
            else:
                attributes[name] = 1
        kept = latest.said(kept, attributes, names, at)
        table |= dict.fromkeys(names - latest.IDENTIFYING, at)
        for name in set(NAMES) - latest.IDENTIFYING:
            assert latest.known(kept, attributes, name) == table.get(name, 0)
        here = attributes.keys() - latest.IDENTIFYING
        assert sum(name in here for name in kept.apart) <= len(here)


def test_a_client_that_says_all_each_time_costs_one_number() -> None:
    attributes: dict[str, Any] = {"id": "u", "email": "a@example.com", "plan": "pro", "seats": 3, "city": "Rome"}
    kept = latest.said(Latest(), attributes, ("email", "plan", "seats", "city"), 10)
    assert kept == Latest(10)
    kept = latest.said(kept, attributes, ("plan",), 20)
    assert kept == Latest(10, {"plan": 20})
    assert latest.said(kept, attributes, ("email", "plan", "seats", "city"), 30) == Latest(30)


def test_of_removed_ones_the_newest_are_remembered() -> None:
    kept, count = Latest(), 3 * GONE
    for number in range(count):
        kept = latest.said(kept, {"plan": 1}, (f"a{number}",), 1 + number)
    assert len(kept.apart) == GONE
    assert latest.known(kept, {"plan": 1}, f"a{count - 1}") == count
    assert latest.said(Latest(), {}, ("x" * 30_000, "y"), 5) == Latest(0, {"y": 5})


def test_two_who_become_one() -> None:
    into, absorbed = Latest(5, {"gone": 9, "city": 7}), Latest(8, {"gone": 4, "left": 6})
    joined = latest.merged(into, {"plan": 1, "city": 2}, absorbed, {"plan": 3, "role": 4})
    both = {"plan": 1, "city": 2, "role": 4}
    found = {name: latest.known(joined, both, name) for name in ("plan", "city", "role", "gone", "left", "never")}
    assert found == {"plan": 5, "city": 7, "role": 8, "gone": 9, "left": 6, "never": 0}
    assert latest.known(latest.without(joined, ["role"]), {"plan": 1, "city": 2}, "role") == 0


def test_a_document_from_before_says_nothing_of_it() -> None:
    id = person_id(3, "ann")
    fields = list(msgspec.structs.astuple(Person(id, 1, 3, 1, id, attributes={"plan": "pro"})))
    place = Person.__struct_fields__.index("latest")
    person = decode(bytes([FORMAT]) + msgspec.msgpack.encode(fields[:place]))
    assert (person.attributes, person.latest) == ({"plan": "pro"}, Latest())
    assert latest.known(person.latest, person.attributes, "plan") == 0
