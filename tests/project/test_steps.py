"""What the steps of journeys name must be there, and everybody must be able to come to them."""

from typing import Any

from tidings.project.check import check
from tidings.project.folder import Project, Source


def problems(*steps: Any) -> list[tuple[bool, str, str]]:
    project = Project(
        settings={"workspace": "shop", "topics": {"news": {"name": "News"}}},
        segments={"hand": {"segment": "hand", "manual": True}, "ruled": {"segment": "ruled", "rule": "x = 1"}},
        journeys={
            "one": {"journey": "one", "trigger": {"event": "Go"}, "steps": list(steps)},
            "two": {"journey": "two", "trigger": {"event": "Go"}, "steps": [{"id": "w", "wait": "1 day"}]},
        },
        actions={
            "leads": Source("def score(seats: int, plan: str = ''): pass\n", "python"),
            "broken": Source("def score(:\n", "python"),
        }
        if any("run" in step for step in steps)
        else {},
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


def test_a_rule_that_looks_beyond_the_runs_own_key_is_a_warning() -> None:
    journey = {
        "journey": "one",
        "trigger": {"event": "Go"},
        "run_per": "event.cart_id",
        "exit": 'did "Bought" within 2 days',
        "goal": {"rule": 'did "Bought" since entry', "within": "2 days"},
        "steps": [{"id": "w", "wait_until": 'did "Opened" since entry or plan = "pro"', "at_most": "1 day"}],
    }
    (found,) = check(Project(settings={"workspace": "shop"}, segments={}, journeys={"one": journey}, templates={}))
    assert found.warning
    assert found.path == ("exit",)
    assert found.message == "this counts what happened with any cart_id, not only with the run's own"


def test_functions_are_held_against_what_steps_give_them() -> None:
    given = (("leads.score", {"seats": 1}), ("leads.scor", {}), ("laeds.score", {}), ("leads.score", {"seat": 1}))
    found = problems(*({"id": f"s{n}", "run": run, "with": values} for n, (run, values) in enumerate(given)))
    assert {(message, hint) for _, message, hint in found} == {
        ("actions/leads.py has no function `scor`", "did you mean `score`?"),
        ("there is no actions/laeds.py", "did you mean `leads`?"),
        ("`score` takes no `seat`", "did you mean `seats`?"),
        ("`score` needs `seats`", "give `with:` a `seats`"),
        ("this is no Python: invalid syntax", ""),
    }
