"""Forms: each kind lists every field it reads, and the schema made of them takes what `read` takes."""

from typing import Any

import jsonschema
import pytest

from tests.journeys.test_document import WHOLE
from tidings import journeys
from tidings.journeys.kinds import step_kinds, trigger_kinds
from tidings.kernel.problems import Invalid

VALIDATOR = jsonschema.Draft202012Validator(journeys.schema())


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(journeys.schema())


@pytest.mark.parametrize("kind", [*step_kinds().values(), *trigger_kinds().values()], ids=lambda kind: kind.__module__)
def test_a_form_says_what_it_is_and_begins_with_its_key(kind: Any) -> None:
    assert kind.form.title
    assert kind.form.about
    assert kind.form.fields[0].key == kind.key


def test_a_whole_journey_fits_the_schema() -> None:
    assert [error.message for error in VALIDATOR.iter_errors(WHOLE)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"steps": [{"id": "a", "sendd": "welcome"}]},
        {"steps": [{"id": "a", "wait": 3}]},
        {"steps": [{"id": "a b", "wait": "1 day"}]},
        {"trigger": {"evnt": "Signed Up"}},
        {"goal": {"rule": "a = 1"}},
        {"stepss": []},
    ],
)
def test_what_does_not_fit_is_refused_by_both(change: dict[str, Any]) -> None:
    document = {**WHOLE, **change}
    assert list(VALIDATOR.iter_errors(document))
    with pytest.raises(Invalid):
        journeys.read(document)
