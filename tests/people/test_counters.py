"""Counters of a document: left as they are stored until something counts."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tidings.kernel.ids import person_id
from tidings.people.document import FORMAT, Person, Time, decode, encode, read_times, write_times

times = st.lists(st.tuples(st.integers(-(1 << 50), 1 << 52), st.binary(min_size=8, max_size=8)), max_size=5)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.binary(min_size=8, max_size=8), times, max_size=5))
def test_a_document_that_nothing_reaches_comes_back_byte_for_byte(counters: dict[bytes, list[Time]]) -> None:
    id = person_id(3, "ann")
    person = Person(id, 1, 3, 1, id, counters={key: write_times(each) for key, each in counters.items()})
    stored = encode(person)
    assert encode(decode(stored)) == stored
    assert decode(stored) == person
    assert {key: read_times(kept) for key, kept in decode(stored).counters.items()} == counters


def test_the_stored_form_is_a_map_of_lists() -> None:
    """As documents have been written from the beginning."""
    id = person_id(3, "ann")
    counters = {b"purchase": [(5, b"record-1"), (9, b"record-2")]}
    fields = list(msgspec.structs.astuple(Person(id, 1, 3, 1, id)))
    fields[Person.__struct_fields__.index("counters")] = counters
    stored = bytes([FORMAT]) + msgspec.msgpack.encode(fields)
    person = decode(stored)
    assert read_times(person.counters[b"purchase"]) == counters[b"purchase"]
    assert encode(person) == stored
