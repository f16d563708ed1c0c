"""What uses what, as the catalog shows it."""

from typing import Any

from tidings.project.mentions import Use, mentions


def journey(rule: str) -> dict[str, Any]:
    """A body with one journey that asks a rule at a branch."""
    steps = [{"id": "b", "branch": [{"when": rule, "steps": []}, {"otherwise": []}]}]
    document = {"journey": "hey", "trigger": {"event": "Signed Up"}, "steps": steps}
    return {"journeys": {"hey": {"version": 1, "status": "live", "document": document}}}


def test_what_a_rule_reads_of_the_event_that_began_a_run_is_no_attribute() -> None:
    found = mentions(journey('event.plan = "pro" and journey.score > 3 and company.seats > 5 and city = "Oslo"'))
    own = [Use("journey", "hey")]
    assert found == {
        ("track", "Signed Up", ""): own,
        ("track", "Signed Up", "plan"): own,
        ("company", "", "seats"): own,
        ("person", "", "city"): own,
    }


def test_a_person_may_have_an_attribute_of_such_a_name() -> None:
    assert ("person", "", "event") in mentions(journey('event = "gala"'))
