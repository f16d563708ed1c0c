"""People in hand: read when first looked at, and never twice."""

import pytest

from tidings.kernel.ids import person_id
from tidings.people.document import Person, encode
from tidings.processor.hand import Hand


def test_people_are_read_when_looked_at() -> None:
    ann, ben = (Person(id, 1, 3, 1, id) for id in (person_id(3, "ann"), person_id(3, "ben")))
    hand = Hand()
    hand.take({each.id: encode(each) for each in (ann, ben)})
    assert ann.id in hand
    assert len(hand) == 0, "read before anybody looked"
    assert hand.get(ann.id) == ann
    assert hand[ann.id] is hand.get(ann.id)
    assert hand.get(b"nobody") is None
    assert b"nobody" not in hand
    with pytest.raises(KeyError):
        hand[b"nobody"]
    hand.drop(ben.id)
    assert hand.get(ben.id) is None
    assert ben.id not in hand
    hand.drop(ann.id)
    hand.drop(ann.id)
    assert ann.id not in hand


def test_whoever_was_changed_is_not_read_again() -> None:
    ann = Person(person_id(3, "ann"), 1, 3, 1, person_id(3, "ann"))
    hand = Hand()
    hand.take({ann.id: encode(ann)})
    hand[ann.id] = changed = Person(ann.id, 1, 3, 1, ann.id, place=5)
    assert hand[ann.id] is changed
    assert hand.get(ann.id) is changed
