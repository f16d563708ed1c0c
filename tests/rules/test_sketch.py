"""Sketches: a clause may stand as its text and nothing is lost; each clause at fault is told with the way to it."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.trees import odd_rules
from tidings import rules
from tidings.rules.tree import Rule


@settings(max_examples=100, deadline=None)
@given(odd_rules, st.integers(0, 1 << 30))
def test_any_clause_may_stand_as_its_text(rule: Rule, seed: int) -> None:
    words, dice = rules.words_of(rule), random.Random(seed)

    def mixed(data: dict[str, Any], way: tuple[str | int, ...] = ()) -> dict[str, Any]:
        if dice.random() < 0.3:
            return {"clause": "text", "text": words[way]}
        if "of" in data:
            return {**data, "of": [mixed(each, (*way, "of", n)) for n, each in enumerate(data["of"])]}
        inner = next((key for key in ("rule", "where") if isinstance(data.get(key), dict)), None)
        return data if inner is None else {**data, inner: mixed(data[inner], (*way, inner))}

    again = rules.from_sketch(mixed(rules.to_json(rule)))
    assert repr(again) == repr(rule)
    assert rules.show(again) == words[()]


def test_each_clause_at_fault_is_told_with_the_way_to_it() -> None:
    sketch = {
        "clause": "all",
        "of": [
            {"clause": "text", "text": 'plan = = "pro"'},
            {"clause": "text", "text": "email is present"},
            {"clause": "any", "of": []},
            {
                "clause": "did",
                "event": "Order Completed",
                "where": {"clause": "any", "of": [{"clause": "text", "text": "total > true"}]},
            },
            {"clause": "not", "rule": {"clause": "compare", "path": [""], "operator": "=", "value": 1}},
            {"clause": "did", "event": ""},
        ],
    }
    with pytest.raises(rules.RuleError) as caught:
        rules.from_sketch(sketch)
    told = [(problem.path, problem.message, problem.column) for problem in caught.value.problems]
    assert [(path, column) for path, _, column in told] == [
        (("of", 0), 8),
        (("of", 2), 0),
        (("of", 3, "where", "of", 0), 7),
        (("of", 4, "rule"), 0),
        (("of", 5), 0),
    ]
    assert [message for _, message, _ in told][3:] == ["a name is empty", "the event's name is empty"]


def test_where_speaks_of_the_event_alone() -> None:
    inside = {"clause": "text", "text": 'did "Signed Up"'}
    with pytest.raises(rules.RuleError, match="inside `where`") as caught:
        rules.from_sketch({"clause": "any", "of": [{"clause": "text", "text": "a = 1"}, inside]}, where=True)
    assert caught.value.problems[0].path == ("of", 1)
    with pytest.raises(rules.RuleError, match="inside `where`"):
        rules.from_sketch({"clause": "did", "event": "X", "where": inside})


def test_a_group_of_one_is_its_clause() -> None:
    one = {"clause": "all", "of": [{"clause": "text", "text": "a = 1 or b = 2"}]}
    assert rules.show(rules.from_sketch(one)) == "a = 1 or b = 2"


def test_a_clause_of_numbers_that_no_browser_holds_is_kept() -> None:
    text = "seats = 9007199254740993 and ratio = 5.0"
    parts = [{"clause": "text", "text": each} for each in rules.words_of(rules.parse(text)).values()][1:]
    assert rules.show(rules.from_sketch({"clause": "all", "of": parts})) == text
