"""People in hand: read when first looked at, and laid down when the next one is moved."""

from typing import cast

import pytest
from msgspec.structs import replace

from tidings.database.pool import Connection
from tidings.kernel.ids import person_id
from tidings.people.document import Person, decode, encode
from tidings.people.store import DOCUMENT
from tidings.processor.crowd import Crowd
from tidings.processor.force import Force
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


def test_whoever_is_laid_down_is_read_as_they_were_laid() -> None:
    ann = Person(person_id(3, "ann"), 1, 3, 1, person_id(3, "ann"))
    hand = Hand()
    hand[ann.id] = ann
    hand.lay(ann.id, encode(replace(ann, place=5)))
    assert not list(hand)
    assert hand[ann.id].place == 5
    hand.take({ann.id: encode(replace(ann, place=6))})
    assert hand[ann.id].place == 6, "what is taken stands in place of what is there"


def test_whoever_was_changed_is_laid_down_when_the_next_one_is() -> None:
    ann, ben = (Person(id, 1, 3, 1, id) for id in (person_id(3, "ann"), person_id(3, "ben")))
    crowd = Crowd(cast(Connection, None), Force())
    crowd.people.take({ann.id: encode(ann), ben.id: encode(ben)})
    crowd.put(replace(ann, place=1))
    crowd.put(replace(ben, place=1, timers={"week": 70}))
    assert list(crowd.people) == [ben.id]
    assert crowd.people[ann.id].place == 1, "as she was left"
    crowd.put(replace(crowd.people[ann.id], place=2, timers={"week": 90}))
    assert (crowd.late(69), crowd.late(70), crowd.late(90)) == ([], [ben.id], sorted([ann.id, ben.id]))
    assert [decode(row[DOCUMENT]).place for row in crowd.rows()] == [
        2 if id == ann.id else 1 for id in sorted([ann.id, ben.id])
    ]
    assert not list(crowd.people), "all are laid down"


def test_the_next_batch_has_people_as_the_one_before_left_them() -> None:
    ann = Person(person_id(3, "ann"), 1, 3, 1, person_id(3, "ann"))
    before, after = (Crowd(cast(Connection, None), Force()) for _ in range(2))
    for each in (before, after):
        each.people.take({ann.id: encode(ann)})
    before.put(replace(before.people[ann.id], place=7))
    before.rows()
    after.follow(before, ())
    assert after.people[ann.id].place == 7
