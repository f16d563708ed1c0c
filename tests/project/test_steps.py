"""What the steps of journeys name must be there, and everybody must be able to come to them."""

from typing import Any

from tidings.people.catalog import Seen
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


def test_a_secret_may_stand_in_a_header_beside_what_is_read_there() -> None:
    asks = {"id": "a", "webhook": "https://api.example.com/x", "secret": "TIDINGS_SECRET_X"}
    headers = {"Authorization": "Bearer {{ secret }}", "X-Key": "{{ secret }} {{ customer.naem }}"}
    assert problems(asks | {"headers": headers}) == []
    assert problems(asks | {"body": "{{ secret }}"})[0][0] is False, "and nowhere else"
    document = {"journey": "one", "trigger": {"form": "f"}, "steps": [asks | {"headers": headers}]}
    seen = [Seen("person", "", "name", ["text"], 1, 0, 0, "Ada")]
    found = check(Project(settings={"workspace": "shop"}, journeys={"one": document}), seen)
    assert ("nobody was ever seen with `naem`", "did you mean `name`?") in [(each.message, each.hint) for each in found]


def test_a_step_nobody_comes_to_is_a_warning() -> None:
    found = problems({"id": "end", "exit": True}, {"id": "late", "wait": "1 day"}, {"id": "later", "wait": "1 day"})
    assert [(warning, message) for warning, message, _ in found] == [(True, "nobody comes to step `late`")]
    track = {"id": "t", "track": "T", "properties": {"id": "late"}}
    assert len(problems(track, {"id": "end", "exit": True}, {"id": "late", "wait": "1 day"})) == 1, "an id of its own"


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


TYPED = """from typing import TypedDict

class Lead(TypedDict):
    points: int
    reason: str | None

def score(seats: int) -> Lead: ...
def warm(seats: int) -> float: ...
def tell() -> None: ...
def odd() -> set[str]: ...
"""


def typed(*steps: Any, template: str = "Hello", **journeys: Any) -> list[str]:
    project = Project(
        settings={"workspace": "shop"},
        segments={},
        journeys={"one": {"journey": "one", "trigger": {"event": "Go"}, "steps": list(steps)}, **journeys},
        templates={"hi": Source(f"---\nchannel: sms\n---\n{template}\n", "text")},
        actions={"leads": Source(TYPED, "python")},
    )
    return [str(problem) for problem in check(project) if "no provider" not in problem.message]


ODD = "action leads:10:1: what `odd` returns is held against nothing: `set[str]`; write one of"
WAIT = {"id": "z", "wait": "1 day"}
SCORE = {"id": "s", "run": "leads.score", "with": {"seats": "{{ event.seats }}"}, "as": "lead"}


def test_what_is_read_of_an_answer_is_held_against_what_the_function_returns() -> None:
    good = {
        "id": "b",
        "branch": [{"when": "journey.lead.points > 5 and journey.lead.reason is present", "steps": [WAIT]}],
    }
    (first, *none) = typed(SCORE, good, {"id": "m", "send": "hi"}, template="{{ journey.lead.points }}")
    assert first.startswith(ODD)
    assert none == []
    bad = {"id": "b", "branch": [{"when": "journey.lead.ponits > 5", "steps": [WAIT]}]}
    warm = {"id": "w", "run": "leads.warm", "with": {"seats": 2}, "as": "warm"}
    mark = {"id": "x", "set": {"warmth": "{{ journey.warm.degrees }}"}}
    _, *found = typed(SCORE, bad, warm, mark, {"id": "m", "send": "hi"}, template="{{ journey.lead.cause }}")
    assert found == [
        "hi:4:4: `leads.score` returns no `cause`; it has: points, reason",
        "journey one: `leads.score` returns no `ponits`; did you mean `points`?",
        "journey one: `leads.warm` returns no `degrees`; it has no names in it",
    ]


def test_what_something_else_keeps_under_the_same_name_is_let_be() -> None:
    asked = {"id": "h", "webhook": "https://example.com", "as": "lead"}
    read = {"id": "b", "branch": [{"when": "journey.lead.anything > 5", "steps": [WAIT]}]}
    assert len(typed(SCORE, asked, read)) == 1
    starts = {"journey": "two", "trigger": {"event": "Go"}, "steps": [{"id": "a", "start": "one", "with": {"lead": 1}}]}
    assert len(typed(SCORE, read, two=starts)) == 1


def test_what_is_given_is_held_against_what_a_function_takes() -> None:
    _, *found = typed(
        {"id": "s", "run": "leads.score", "with": {"seats": "many"}, "as": "lead"},
        {"id": "t", "run": "leads.tell", "as": "told"},
    )
    assert found == [
        "journey one: seats is 'many', which is no int; `score` says what it takes",
        "journey one: `tell` returns nothing to keep; leave `as` out, or return something",
    ]
