"""What the steps of journeys name must be there, and everybody must be able to come to them."""

from typing import Any

from tidings.project.check import check
from tidings.project.folder import Project


def problems(*steps: Any) -> list[tuple[bool, str, str]]:
    project = Project(
        settings={"workspace": "shop", "topics": {"news": {"name": "News"}}},
        segments={"hand": {"segment": "hand", "manual": True}, "ruled": {"segment": "ruled", "rule": "x = 1"}},
        journeys={
            "one": {"journey": "one", "trigger": {"event": "Go"}, "steps": list(steps)},
            "two": {"journey": "two", "trigger": {"event": "Go"}, "steps": [{"id": "w", "wait": "1 day"}]},
        },
    )
    return [(problem.warning, problem.message, problem.hint) for problem in check(project)]


def test_what_is_there_is_let_be() -> None:
    steps = ({"add_to": "hand"}, {"subscribe": "news"}, {"unsubscribe": "all"}, {"start": "two"})
    assert problems(*({"id": f"s{n}"} | step for n, step in enumerate(steps))) == []


def test_what_is_not_there_is_an_error_that_names_the_nearest() -> None:
    steps = ({"add_to": "hnad"}, {"remove_from": "ruled"}, {"subscribe": "newss"}, {"start": "tow"})
    found = problems(*({"id": f"s{n}"} | step for n, step in enumerate(steps)))
    assert {message for _, message, _ in found} == {
        "there is no segment `hnad`",
        "segment `ruled` has a rule, so nobody is put into it",
        "there is no topic `newss`",
        "there is no journey `tow`",
    }
    assert {"did you mean `hand`?", "did you mean `news`?", "did you mean `two`?"} <= {hint for _, _, hint in found}
    assert not any(warning for warning, _, _ in found)


def test_a_step_nobody_comes_to_is_a_warning() -> None:
    found = problems({"id": "end", "exit": True}, {"id": "late", "wait": "1 day"}, {"id": "later", "wait": "1 day"})
    assert [(warning, message) for warning, message, _ in found] == [(True, "nobody comes to step `late`")]
