"""Each operator by example: what it takes for true, and for missing and ill-typed values."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tidings import rules
from tidings.kernel.times import DAY, HOUR, parse_iso

NOW = parse_iso("2026-03-01T12:00:00Z") or 0
UNIX = 1_772_323_200
"""2026-03-01T00:00:00Z in unix seconds."""
MISSING: Any = object()


@dataclass(frozen=True)
class Joined:
    type: str
    key: str
    since: int
    attributes: dict[str, Any]
    relation: dict[str, Any] = field(default_factory=dict)


def view(attributes: dict[str, Any] | None = None, **more: Any) -> rules.View:
    given = {"segments": {}, "groups": (), "event": None, "journey": None, "times": lambda counter: (), **more}
    return rules.View(attributes or {}, **given)


def holds(text: str, value: Any, now: int = NOW) -> bool:
    """Whether a rule about ``x`` holds where x is the value."""
    return rules.compile(rules.parse(text)).holds(view({} if value is MISSING else {"x": value}), now)


NOTHING = [MISSING, None, [], {}, {"a": 1}, float("nan")]

CASES: list[tuple[str, list[Any], list[Any]]] = [
    ('x = "pro"', ["pro"], ["Pro", "pro ", "", 0, True, ["pro"], *NOTHING]),
    ('x != "pro"', ["Pro", "", 0, True, ["pro"], *NOTHING], ["pro"]),
    ("x = 5", [5, 5.0, "5", "5.0", " 5 ", "5e0"], [6, True, "five", "05x", [5], *NOTHING]),
    ("x != 5", [6, "five", True, *NOTHING], [5, "5"]),
    ("x = 1", [1, "1"], [True, "true", *NOTHING]),
    ("x = 0", [0, "0", -0.0], [False, "", *NOTHING]),
    ('x = "5"', ["5", 5, 5.0], ["05", "5.0", True, *NOTHING]),
    ("x = true", [True], [1, "true", False, *NOTHING]),
    ("x != true", [1, "true", False, *NOTHING], [True]),
    ("x > 5", [6, 5.01, "6", "1e3", 10**30], [5, "5", 4, "abc", True, float("inf"), *NOTHING]),
    ("x <= 5", [5, "5", -1, "-1.5", 4.99], [6, "6", "", "abc", False, float("-inf"), *NOTHING]),
    ('x < "10"', ["9", 9, "5.5"], ["10", 11, *NOTHING]),
    ('x < "b"', ["a", "B", ""], ["b", "c", 1, *NOTHING]),
    (
        'x >= "2026-03-01"',
        ["2026-03-01", "2026-03-01T00:00:00+00:00", UNIX, str(UNIX), UNIX + 0.5],
        ["2026-02-28", UNIX - 1, *NOTHING],
    ),
    (
        'x = "2026-03-01"',
        ["2026-03-01T00:00:00Z", "2026-03-01T01:00:00+01:00", UNIX, str(UNIX)],
        ["2026-03-02", UNIX + 1, *NOTHING],
    ),
    (f"x > {UNIX}", ["2026-03-01T00:00:01Z", UNIX + 1], ["2026-03-01", "soon", *NOTHING]),
    ('x in ("a", 2, true)', ["a", 2, "2", True], ["A", 3, False, 1, *NOTHING]),
    ('x not in ("a", 2)', ["b", True, *NOTHING], ["a", "2"]),
    ('x contains "vip"', ["a vip", ["vip"], ["a", "vip"]], ["VIP", ["vips"], ["Vip"], *NOTHING]),
    ("x contains 5", [[5], ["5"], "no. 5", [1, 5.0]], [5, [[5]], ["55"], [True], *NOTHING]),
    ("x contains true", [[True]], [[1], "true", True, *NOTHING]),
    ('x starts with "in"', ["info", "in"], ["Info", "i", ["info"], 1, *NOTHING]),
    ('x ends with "fo"', ["info", "fo"], ["inFO", ["fo"], 1, *NOTHING]),
    ('x matches "^a+$"', ["aaa"], ["baaa", "AAA", 1, *NOTHING]),
    ('x matches "(?i)a"', ["xA"], ["x", ["a"], *NOTHING]),
    ("x is present", ["", 0, False, [], {}, float("nan")], [MISSING, None]),
    ("x is missing", [MISSING, None], ["", 0, False, [], {}]),
    ("x = null", [MISSING, None], ["null", 0]),
    ("x is before now", ["2026-03-01", UNIX, str(UNIX), "2020-01-01"], ["2026-03-02", "soon", True, *NOTHING]),
    ('x is before "2026-03-01"', ["2026-02-28T23:59:59Z", UNIX - 1], ["2026-03-01", UNIX, *NOTHING]),
    ('x is after "2026-03-01"', ["2026-03-01T00:00:01Z", UNIX + 1], ["2026-03-01", UNIX, *NOTHING]),
    ("x is after 3 days ago", ["2026-02-27", "2027-01-01"], ["2026-02-26T12:00:00Z", *NOTHING]),
    ("x is before 1 day from now", ["2026-03-02T11:59:59Z", "2020-01-01"], ["2026-03-02T12:00:00Z", *NOTHING]),
    (
        "x is within 1 day ago",
        ["2026-03-01T12:00:00Z", "2026-02-28T12:00:01Z"],
        ["2026-02-28T12:00:00Z", "2026-03-01T12:00:01Z", *NOTHING],
    ),
    (
        "x is within 1 day from now",
        ["2026-03-01T12:00:01Z", "2026-03-02T12:00:00Z"],
        ["2026-03-01T12:00:00Z", "2026-03-02T12:00:01Z", *NOTHING],
    ),
    (
        "now is on the anniversary of x",
        ["2020-03-01", "2025-03-01T23:59:59Z"],
        ["2026-03-01", "2020-03-02", "2030-03-01", *NOTHING],
    ),
    ('"2025-02-28" is on the anniversary of x', ["2020-02-28", "2024-02-29"], ["2025-02-28", "2020-03-01", *NOTHING]),
    ('"2028-02-29" is on the anniversary of x', ["2024-02-29"], ["2024-02-28", "2024-03-01", *NOTHING]),
    ('"2028-02-28" is on the anniversary of x', ["2024-02-28"], ["2024-02-29", *NOTHING]),
    ("1 day ago is on the anniversary of x", ["2020-02-28", "2024-02-29"], ["2020-03-01", *NOTHING]),
]


@pytest.mark.parametrize(("text", "yes", "no"), CASES, ids=[case[0] for case in CASES])
def test_an_operator(text: str, yes: list[Any], no: list[Any]) -> None:
    assert [value for value in yes if not holds(text, value)] == []
    assert [value for value in no if holds(text, value)] == []


@pytest.mark.parametrize(("text", "yes", "no"), CASES, ids=[case[0] for case in CASES])
def test_an_operator_over_an_event(text: str, yes: list[Any], no: list[Any]) -> None:
    if "now" in text or "ago" in text:
        with pytest.raises(rules.RuleError):
            rules.compile_where(rules.parse(text))
        return
    matches = rules.compile_where(rules.parse(text))
    assert [value for value in yes if not matches({} if value is MISSING else {"x": value})] == []
    assert [value for value in no if matches({} if value is MISSING else {"x": value})] == []


def test_paths_reach_into_objects_the_event_and_the_journey() -> None:
    seen = view(
        {"address": {"city": "Rome", "geo": {"lat": 41.9}}, "event": 1, "two words": 2, "a.b": 3},
        event={"total": 5, "item": {"sku": "s"}},
        journey={"score": 7},
    )
    for text in [
        'address.city = "Rome"',
        "address.geo.lat > 41",
        "address.city.name is missing",
        "event = 1",
        'event.total = 5 and event.item.sku = "s"',
        "journey.score = 7 and journey.other is missing",
        "`two words` = 2 and `a.b` = 3 and a.b is missing",
    ]:
        assert rules.compile(rules.parse(text)).holds(seen, NOW), text
    assert rules.compile(rules.parse("event.total is missing and journey.score is missing")).holds(view(), NOW)


def test_groups() -> None:
    old = Joined("company", "acme", NOW - 10 * DAY, {"seats": 50, "plan": "free"}, {"role": "admin"})
    new = Joined("company", "bolt", NOW - 1 * DAY, {"seats": 5, "plan": "pro"}, {"role": "guest"})
    team = Joined("team", "t", NOW, {"plan": "team", "renews_at": "2026-03-10"})
    seen = view({"company": {"seats": 1}}, groups=(new, old, team))

    def ask(text: str, of: rules.View = seen, types: frozenset[str] = frozenset({"company"})) -> bool:
        return rules.compile(rules.parse(text), types).holds(of, NOW)

    assert ask("in group company")
    assert not ask("in group project")
    assert ask('in group company where seats >= 20 and relation.role = "admin"')
    assert not ask('in group company where seats >= 20 and plan = "pro"')  # no one group satisfies both
    assert ask("company.seats = 5")  # the most recent one
    assert ask('company.relation.role = "guest"')
    assert ask("company.seats = 1", view({"company": {"seats": 1}}))  # in no company: the attribute
    assert not ask('team.plan = "team"')
    assert ask('team.plan = "team"', types=frozenset({"company", "team"}))
    assert ask("in group team where renews_at is within 10 days from now")
    compiled = rules.compile(rules.parse("in group team where renews_at is within 3 days from now"))
    assert compiled.changes_at(seen, NOW) == (parse_iso("2026-03-07") or 0)


def test_segments() -> None:
    seen = view(segments={"trials": NOW})
    compiled = rules.compile(rules.parse('in segment "trials" and not in segment "paying"'))
    assert compiled.holds(seen, NOW)
    assert compiled.changes_at(seen, NOW) is None


@pytest.mark.parametrize(
    ("text", "value", "flips"),
    [
        ("x is before now", "2026-03-02", ["2026-03-02T00:00:00.000001Z"]),
        ("x is after now", "2026-03-02", ["2026-03-02"]),
        ("x is after 1 day ago", "2026-03-02", ["2026-03-03"]),
        ("x is before 1 day from now", "2026-03-05", ["2026-03-04T00:00:00.000001Z"]),
        ("x is within 3 days from now", "2026-03-10", ["2026-03-07", "2026-03-10"]),
        ("x is within 3 days ago", "2026-03-10", ["2026-03-10", "2026-03-13"]),
        ("x is within 3 days ago", "2026-01-01", []),
        ("now is on the anniversary of x", "2024-02-29", ["2027-02-28", "2027-03-01", "2028-02-29", "2028-03-01"]),
        ("2 days from now is on the anniversary of x", "2020-03-10", ["2026-03-08", "2026-03-09", "2027-03-08"]),
        ("now is on the anniversary of x", "2026-06-01", ["2027-06-01", "2027-06-02"]),
        ('x is after "2026-01-01"', "2026-03-10", []),
        ("x is before now", "soon", []),
    ],
)
def test_when_time_changes_an_answer(text: str, value: str, flips: list[str]) -> None:
    compiled, seen, now = rules.compile(rules.parse(text)), view({"x": value}), NOW
    for expected in flips:
        at = compiled.changes_at(seen, now)
        assert at == parse_iso(expected)
        assert at is not None
        assert compiled.holds(seen, at) is not compiled.holds(seen, at - 1)
        now = at
    if not flips or not text.startswith(("now", "2 days")):
        assert compiled.changes_at(seen, now) is None


def test_a_join_wakes_only_when_its_answer_can_change() -> None:
    done = NOW - HOUR

    def at(text: str, attributes: dict[str, Any]) -> int | None:
        return rules.compile(rules.parse(text)).changes_at(
            view(attributes, times=lambda counter: [(done, bytes(16))]), NOW
        )

    within = 'did "X" within 1 day'
    assert at(f'plan = "pro" and {within}', {"plan": "pro"}) == done + DAY
    assert at(f'plan = "pro" and {within}', {"plan": "free"}) is None
    assert at(f'plan = "pro" or {within}', {"plan": "pro"}) is None
    assert at(f'plan = "pro" or {within}', {"plan": "free"}) == done + DAY
    assert at('did "X" within 1 day and did "X" within 2 days', {}) == done + DAY
    assert at('did "X" within 1 day or did "X" within 2 days', {}) == done + 2 * DAY
    assert at('not (did "X" within 1 day and did "X" within 2 days)', {}) == done + DAY
