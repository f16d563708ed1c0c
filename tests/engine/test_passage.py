"""What a worker remembers of what people say is bounded."""

from tidings.engine import passage
from tidings.engine.passage import zone_of
from tidings.people.document import Person


def test_zones_that_browsers_make_up_are_not_remembered_for_ever() -> None:
    person = Person(id=b"p" * 16, workspace=1, partition=0, created=0, first=b"p" * 16)
    for n in range(3000):
        person.attributes = {"timezone": f"Nowhere/{n}"}
        assert zone_of("person", person, "Europe/Berlin") == "Europe/Berlin"
    person.attributes = {"timezone": "Asia/Tokyo"}
    assert zone_of("person", person, "Europe/Berlin") == "Asia/Tokyo"
    assert passage._is_zone.cache_info().currsize < 3000
