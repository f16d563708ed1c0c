"""A rule's two forms are equal: text to tree to text, tree to JSON to tree."""

import json
from importlib.resources import files

import pytest
from hypothesis import given, settings

from tests.rules.trees import odd_rules
from tidings import rules
from tidings.rules import tree
from tidings.rules.tree import Rule

CANONICAL = [
    'plan = "pro" and email is present',
    'did "Order Completed" at least 3 times within 30 days where total > 50 and currency in ("USD", "EUR")',
    'not did "Project Created" since entry',
    'in segment "trials" or company.seats >= 20',
    "trial_ends_at is within 3 days from now",
    'opened email "welcome" within 7 days',
    'in group company where seats >= 20 and relation.role = "admin"',
    'did page "Pricing" exactly 2 times between "2026-01-01" and "2026-02-01T12:30:00Z"',
    'did screen "Home" at most once since "2026-01-01"',
    "a = 1 and b = 2 or c = 3 and not (d = 4 or e = true)",
    "a = 1 and (b = 2 or c = 3)",
    '(did "A" where x = 1 or y = 2) and not b = -1.5e-07',
    "now is on the anniversary of signed_up_at",
    '`two words`.inner starts with "x" and `in` ends with "\\"\\n\\\\"',
    'opened = 1 or since contains 2 or matches matches "^a"',
    "event.total > 5 and journey.score <= 3 and address.in is missing",
    'clicked sms at least 2 times since entry where href contains "/pay"',
]

SAME = [
    ("( ( a=1 ) )", "a = 1"),
    ("a = null", "a is missing"),
    ("a != null", "a is present"),
    ('a not in ("x")', 'not a in ("x")'),
    ('did not "X"', 'not did "X"'),
    ('did not page "X" within 1 week', 'not did page "X" within 7 days'),
    ('did "X" at least once', 'did "X"'),
    ('did "X" at least 1 time', 'did "X"'),
    ('did "X" within 1 month at least twice', 'did "X" at least 2 times within 30 days'),
    ('did "X" within 1 day 12 hours', 'did "X" within 36 hours'),
    ("a is after 2026-01-01", 'a is after "2026-01-01"'),
    ('a is before "2026-01-01T02:00:00+02:00"', 'a is before "2026-01-01"'),
    ("a > 2026-01-01", 'a > "2026-01-01"'),
    ("birthday is on the anniversary of now", "now is on the anniversary of birthday"),
    ('did "X" where a = 1 and did_it = 2', 'did "X" where a = 1 and did_it = 2'),
    ('a = "\\u00e9"', 'a = "é"'),
    ("`plan` = 1", "plan = 1"),
    ("a\n  = 1\r\n\tand b = 2", "a = 1 and b = 2"),
]


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_text_prints_as_it_was_read(text: str) -> None:
    assert rules.show(rules.parse(text)) == text


@pytest.mark.parametrize(("text", "canonical"), SAME)
def test_what_says_the_same_prints_the_same(text: str, canonical: str) -> None:
    assert rules.show(rules.parse(text)) == canonical
    assert rules.parse(text) == rules.parse(canonical)


@settings(max_examples=400, deadline=None)
@given(odd_rules)
def test_any_tree_comes_back_from_its_text(rule: Rule) -> None:
    text = rules.show(rule)
    again = rules.parse(text)
    assert again == rule
    assert repr(again) == repr(rule)  # True == 1 == 1.0 in Python; their texts differ
    assert rules.show(again) == text
    assert "\n" not in text


@settings(max_examples=200, deadline=None)
@given(odd_rules)
def test_any_tree_comes_back_from_json(rule: Rule) -> None:
    data = rules.to_json(rule)
    encoded = json.dumps(data)
    assert rules.from_json(data) == rule
    assert repr(rules.from_json(encoded)) == repr(rule)


def test_json_is_plain_and_says_what_each_clause_is() -> None:
    rule = rules.parse('plan = "pro" and did "X" at least 2 times within 1 hour where total > 5')
    assert rules.to_json(rule) == {
        "clause": "all",
        "of": [
            {"clause": "compare", "path": ["plan"], "operator": "=", "value": "pro"},
            {
                "clause": "did",
                "event": "X",
                "kind": "track",
                "bound": "at least",
                "times": 2,
                "window": {"window": "within", "duration": 3_600_000_000},
                "where": {"clause": "compare", "path": ["total"], "operator": ">", "value": 5},
            },
        ],
    }


def test_and_binds_tighter_than_or_and_not_tightest() -> None:
    a, b, c = (tree.Present((name,)) for name in "abc")
    assert rules.parse("a is present or b is present and c is present") == tree.Any((a, tree.All((b, c))))
    assert rules.parse("not a is present and b is present") == tree.All((tree.Not(a), b))
    assert rules.parse("not (a is present or b is present)") == tree.Not(tree.Any((a, b)))


def test_where_reaches_to_the_end_or_the_closing_parenthesis() -> None:
    a, b = tree.Present(("a",)), tree.Present(("b",))
    assert rules.parse('did "X" where a is present or b is present') == tree.Did("X", where=tree.Any((a, b)))
    assert rules.parse('(did "X" where a is present) or b is present') == tree.Any((tree.Did("X", where=a), b))


def test_the_grammar_ships_with_the_code() -> None:
    assert (files("tidings.rules") / "grammar.lark").is_file()
