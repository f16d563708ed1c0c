"""A journey that starts itself at once goes round without end, and `check` says so before anybody is in it."""

from typing import Any

import pytest

from tidings.project.check import check
from tidings.project.folder import Project, Source

MAIL = {"hello": Source("---\nsubject: Hi\n---\nHi", "html")}
SETTINGS = {"workspace": "w", "channels": {"email": {"provider": "mailbox"}}}
AGAIN = {"id": "again", "track": "Go"}


def journey(id: str, event: str, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"journey": id, "trigger": {"event": event}, "reenter": "always", "steps": list(steps)} | more


def told(*documents: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...], str]]:
    project = Project(
        settings=SETTINGS, templates=MAIL, journeys={document["journey"]: document for document in documents}
    )
    return [(each.file, each.path, each.message) for each in check(project)]


def test_a_last_step_that_starts_its_own_journey_is_warned_of() -> None:
    found = told(journey("a", "Go", {"id": "hi", "send": "hello"}, AGAIN))
    assert found == [("journey a", ("steps", 1), "this starts `a` again at once, without end")]
    branch = {"id": "b", "branch": [{"when": "plan = 1", "steps": [{"id": "s", "start": "a"}]}]}
    assert told(journey("a", "Go", branch)) == [
        ("journey a", ("steps", 0, "branch", 0, "steps", 0), "this starts `a` again at once, without end")
    ]


@pytest.mark.parametrize(
    "document",
    [
        journey("a", "Go", {"id": "w", "wait": "1 day"}, AGAIN),
        journey("a", "Go", {"id": "u", "wait_until": 'did "Paid" since entry', "at_most": "1 day"}, AGAIN),
        journey("a", "Go", AGAIN, {"id": "hi", "send": "hello"}),
        journey("a", "Go", AGAIN, reenter="after 1 day"),
        journey("a", "Go", AGAIN, reenter="never"),
        journey("a", "Went", AGAIN),
        journey("a", "Go", AGAIN | {"properties": {"n": 1}}, trigger={"event": "Go", "where": "n > 1"}),
    ],
)
def test_what_waits_or_lets_nobody_in_again_is_not(document: dict[str, Any]) -> None:
    assert told(document) == []


def test_journeys_that_start_each_other_are_warned_of() -> None:
    one = journey("a", "Go", {"id": "t", "track": "Went"}, {"id": "hi", "send": "hello"})
    found = told(one, journey("b", "Went", AGAIN))
    assert [(file, path) for file, path, _ in found] == [("journey a", ("steps", 0)), ("journey b", ("steps", 0))]
    assert found[0][2] == "this starts `b`, which leads back to `a` at once, without end"
    assert told(one, journey("b", "Went", {"id": "w", "wait": "1 hour"}, AGAIN)) == []
