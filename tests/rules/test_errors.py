"""A faulty rule is answered with the place, what is wrong and what would be right."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidings import rules
from tidings.rules import tree
from tidings.rules.check import DEPTH

GOLDEN = [
    ('plan == "pro"', 1, 6, "equality is written with one sign", "write `=` instead of `==`"),
    ("plan = 'pro'", 1, 8, "text stands in straight double quotes", 'write `"pro"`'),
    ('plan = "a" && b = 2', 1, 12, "`&&` is not written that way here", "write `and` instead of `&&`"),
    ('plan = "a" || b = 2', 1, 12, "`||` is not written that way here", "write `or` instead of `||`"),
    (
        "did Order Completed within 3 days",
        1,
        5,
        "an event's name stands in double quotes",
        'write `did "Order Completed"`',
    ),
    ('did "Order" at least 3 within 3 days', 1, 24, "the word `times` is missing", "write `3 times`"),
    ('did "Paid" in the last 3 days', 1, 12, "`in` does not begin a time", "write `within 3 days`"),
    ('did "Paid" at least 2 times in 3 days', 1, 29, "`in` does not begin a time", "write `within 3 days`"),
    ('did "Paid" over the past week', 1, 12, "`over` does not begin a time", "write `within 30 days`"),
    ('opened email "hi" last 2 weeks', 1, 19, "`last` does not begin a time", "write `within 2 weeks`"),
    ('did "X" within 3 dayz', 1, 18, "`dayz` is not a unit of time", "did you mean `days`?"),
    ('did "X" within 3', 1, 17, "the unit after `3` is missing", "write for example `3 days`"),
    ("plan is null", 1, 9, "`is null` is not a test", "write `is missing`"),
    ("plan is not null", 1, 9, "`is not null` is not a test", "write `is present`"),
    ("plan <> 3", 1, 6, "`<>` is not written that way here", "write `!=` instead of `<>`"),
    ("plan != = 3", 1, 9, "`=` twice", "write one comparison: `=`, `!=`, `<`, `<=`, `>` or `>=`"),
    ("plan = pro", 1, 8, "a text stands in double quotes", 'write `"pro"`'),
    ('opend email "hi"', 1, 1, "`opend` is not known here", "did you mean `opened`?"),
    ('plan = "a" and dd "Paid"', 1, 16, "`dd` is not known here", "did you mean `did`?"),
    ("plan = TRUE", 1, 8, "`TRUE` is written small", "write `true`"),
    ('plan = "x" AND b = 2', 1, 12, "`AND` is written small", "write `and`"),
    ('name contain "x"', 1, 6, "`contain` is not an operator", "write `contains`"),
    (
        'name does not contain "x"',
        1,
        6,
        "`does` does not stand here",
        "put `not` before the whole clause: `not name contains …`",
    ),
    (
        'name not contains "x"',
        1,
        6,
        "`not contains` does not stand here",
        "put `not` before the whole clause: `not name contains …`",
    ),
    (
        '"plan" = "pro"',
        1,
        1,
        "an attribute's name has no quotes",
        "write `plan` without quotes",
    ),
    (
        'did "X" 3 times',
        1,
        9,
        "how the times are counted is missing",
        "write `at least 3 times`, `at most` or `exactly`",
    ),
    (
        'did "X" since 3 days ago',
        1,
        15,
        "`since` takes a fixed time",
        'write `within 30 days`, or `since "2026-01-31"`',
    ),
    ("(a = 1", 1, 7, "a `)` is missing", "close what a `(` opened"),
    ("a = 1)", 1, 6, "one `)` too many", "take it away, or open a `(` before"),
    (
        "a =",
        1,
        4,
        "the rule ends too early",
        "expected after `=`: a value: a text in double quotes, a number, true or false",
    ),
    ("", 1, 1, "the rule is empty", 'write for example `plan = "pro"`'),
    (
        "a b = 3",
        1,
        3,
        "`b` follows a name",
        'write an operator after `a`, or `did "a b"` of an event; a name with spaces stands in backticks: `` `a b` ``',
    ),
    ('"a b" = 3', 1, 1, "an attribute's name has no quotes", "with spaces in it, it stands in backticks: `` `a b` ``"),
    ('opened "welcome"', 1, 8, "the channel is missing", 'write for example `opened email "welcome"`'),
    ("opened a mail in the last 30 days", 1, 8, "`a` is not a channel", "write for example `opened email`"),
    ("opened any message", 1, 8, "`any` is not a channel", "write for example `opened email`"),
    ('never did "Paid"', 1, 1, "`never` is not known here", 'write `not did "Paid"`'),
    ('did not do "Paid"', 1, 9, "`do` does not stand here", 'write `did not "Paid"`'),
    (
        'did "Paid" with total over 50',
        1,
        12,
        "`with` does not stand here",
        "properties of the event come after `where`: write `where total > 50`",
    ),
    ('plan = "pro" but not did "Paid"', 1, 14, "`but` does not join clauses", "write `and`"),
    ('did "Paid" more than 3 times', 1, 12, "`more than` does not count", "write `at least 4 times`"),
    ('did "Paid" less than 3 times', 1, 12, "`less than` does not count", "write `at most 2 times`"),
    ("joined > 2 weeks ago", 1, 8, "a time is not compared with a sign", "write `is after 2 weeks ago`"),
    ("joined more than 2 weeks ago", 1, 8, "`more than` is not an operator", "write `is before 2 weeks ago`"),
    ("joined before 2 weeks ago", 1, 8, "`before` goes with `is`", "write `joined is before …`"),
    ("ends within 3 days", 1, 6, "`within` goes with `is`", "write `ends is within 3 days from now`, or `ago`"),
    ('is in segment "trials"', 1, 1, "`is` does not begin a rule", "write `in …` without `is`"),
    ("in segment trials", 1, 12, "a segment's name stands in double quotes", 'write `segment "trials"`'),
    (
        'x matches "("',
        1,
        11,
        '"(" is not a regular expression: missing ): (',
        "the syntax is RE2's, without look-around and back-references",
    ),
    (
        'did "A" where x > 1 and did "B"',
        1,
        25,
        "`did` inside `where`, which speaks of an event's properties",
        '`where` reaches to the end: put what comes before `and` or `or` in parentheses: `(did "A" where total > 5) and did "B"`',
    ),
    ('did "A" where event.total > 3', 1, 15, "inside `where` names are an event's properties", "write `total` alone"),
    (
        'did "A" where t is within 3 days ago',
        1,
        15,
        "what an event says does not move with time",
        'compare with a fixed time: `is before "2026-01-31"`; for recent events write `within 3 days` before `where`',
    ),
    (
        "x is within 3 days",
        1,
        19,
        "`ago` or `from now` is missing",
        "write `is within 3 days ago` or `is within 3 days from now`",
    ),
    (
        "a = 1 or or b = 2",
        1,
        10,
        "`or` does not stand here",
        'expected after `or`: a clause, such as `plan = "pro"` or `did "Order Completed"`',
    ),
    ('did "A" within "3 days"', 1, 16, "a duration has no quotes", "write `within 3 days`"),
    ('x in ["a"]', 1, 6, "a list stands in parentheses", 'write `in ("a", "b")`'),
    (
        'x in ("a",)',
        1,
        11,
        "`)` does not stand here",
        "expected after `,`: a value: a text in double quotes, a number, true or false",
    ),
    ("x > 99999999999999999999", 1, 5, "the number is too large", "whole numbers go up to 9223372036854775807"),
    ("x > true", 1, 3, "nothing is more or less than true and false", "compare with `=` or `!=`"),
    ("x in (1, null)", 1, 10, "a list holds no null", 'write `plan in ("a", "b") or plan is missing`'),
    ('x startswith "a"', 1, 3, "`startswith` is not an operator", "write `starts with`"),
    (
        "x is not before now",
        1,
        6,
        "`is not` is not a test",
        "put `not` before the whole clause: `not expires_at is before now`",
    ),
    ("x exists", 1, 3, "`exists` is not an operator", "write `is present`"),
    ("{{ x }}", 1, 1, "there is no Liquid in a rule", "write the attribute's name alone: `plan`"),
    ('x = "abc', 1, 5, "the text is not closed", 'put `"` at its end, and `\\"` for a quote inside it'),
    ('x = "a\\q"', 1, 7, "`\\q` stands for nothing", 'known are \\" \\\\ \\` \\n \\t \\r and \\u with four hex digits'),
    ("a = 1 b = 2", 1, 7, "`b` does not stand here", "expected after `1`: `and`, `or` or the end of the rule"),
    ('did "X" at least 0 times', 1, 1, "`at least 0 times`", "that is always so; leave it out"),
    ("a < 1,000", 1, 6, "`,` does not stand here", "expected after `1`: `and`, `or` or the end of the rule"),
    ("created_at < now", 1, 14, "`now` is not compared with a sign", "write `is before now`"),
    ("expires_at is befor now", 1, 15, "`is befor` is not a test", "did you mean `is before`?"),
    ('did "A" >= 3 times', 1, 9, "times are counted in words", "write `at least 3 times`"),
    (
        "not",
        1,
        4,
        "the rule ends too early",
        'expected after `not`: a clause, such as `plan = "pro"` or `did "Order Completed"`',
    ),
    ("a.b. = 3", 1, 4, "a name goes before and after each dot", "write `address.city`, without spaces"),
    (
        "not not not x",
        1,
        14,
        "the rule ends too early",
        "expected after `x`: an operator: =, !=, <, <=, >, >=, in, contains, starts with, ends with, matches or is",
    ),
    ("a = 1\nand b == 2", 2, 7, "equality is written with one sign", "write `=` instead of `==`"),
    ("a = 1 or\n  did Order", 2, 7, "an event's name stands in double quotes", 'write `did "Order"`'),
    ('plan is "pro"', 1, 9, '`is "pro"` is not a test', 'write `= "pro"`'),
    ("plan is not missing", 1, 9, "`is not missing` is not a test", "write `is present`"),
    ('plan is in ("a")', 1, 9, "`is in` is not a test", "write `in (…)` without `is`"),
    ("x = ‘a’", 1, 5, "text stands in straight double quotes", 'write `"a"`'),
    ('did "X" at 3 times', 1, 12, "`at` goes on with `least` or `most`", "write `at least 3 times`"),
    ('did "X" within last 30 days', 1, 16, "a duration begins with a number", "write `within 30 days`"),
    (
        'did "X" between now and 2026-01-01',
        1,
        17,
        "`now` is not a fixed time",
        'write `since "2026-01-31"`; a `since` has no end',
    ),
    ("total is greater than 5", 1, 10, "`is greater` is not a test", "write `>`"),
    (
        'did "A" since yesterday',
        1,
        15,
        "`yesterday` does not stand here",
        "expected after `since`: `entry`, a date or a text in double quotes",
    ),
    (
        'x is before "soon"',
        1,
        13,
        '"soon" is not a time',
        'write for example `"2026-01-31"` or `"2026-01-31T09:00:00Z"`',
    ),
    ("opened email welcome", 1, 14, "a template's name stands in double quotes", 'write `opened email "welcome"`'),
    ("`` = 1", 1, 1, "a name is empty", "write the name between the backticks"),
    (
        'x = "\\ud800"',
        1,
        6,
        "`\\ud800` stands for nothing",
        'known are \\" \\\\ \\` \\n \\t \\r and \\u with four hex digits',
    ),
    ("x starts with 5", 1, 15, "`5` does not stand here", "expected after `with`: a text in double quotes"),
    (
        "did",
        1,
        4,
        "the rule ends too early",
        "expected after `did`: `not`, `page`, `screen` or a text in double quotes",
    ),
    ('did ""', 1, 1, "the event's name is empty", 'write `did "Order Completed"`'),
    ("x is within 200 years ago", 1, 13, "the duration is too long", "100 years are allowed"),
    (
        'did "X" between 2026-02-01 and 2026-01-01',
        1,
        1,
        "`between` ends before it begins",
        "put the earlier time first",
    ),
    ("a = 1 andb = 2", 1, 7, "`andb` is not known here", "did you mean `and`?"),
    ("in grup company", 1, 4, "`grup` is not known here", "did you mean `group`?"),
    ("a = .5", 1, 5, "a number begins with a digit", "write `0.5`"),
]


@pytest.mark.parametrize(("text", "line", "column", "message", "hint"), GOLDEN)
def test_a_mistake_is_named(text: str, line: int, column: int, message: str, hint: str) -> None:
    with pytest.raises(rules.RuleError) as caught:
        rules.parse(text)
    [problem] = caught.value.problems
    assert (problem.line, problem.column, problem.message, problem.hint) == (line, column, message, hint)


WORDS = [
    *(
        "did",
        "not",
        "and",
        "or",
        "in",
        "is",
        "where",
        "within",
        "since",
        "entry",
        "between",
        "3",
        "days",
        "(",
        ")",
        ",",
        "=",
    ),
    *(
        '"X"',
        "plan",
        "segment",
        "group",
        "at",
        "least",
        "times",
        "now",
        "ago",
        "from",
        "true",
        "null",
        "opened",
        "email",
        "!=",
    ),
    *(
        "contains",
        "starts",
        "with",
        "2026-01-01",
        "page",
        "exactly",
        "once",
        "on",
        "the",
        "anniversary",
        "of",
        "present",
        "`a b`",
    ),
]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=30))
def test_any_text_is_a_rule_or_is_answered_with_a_place(text: str) -> None:
    try:
        rule = rules.parse(text)
    except rules.RuleError as error:
        for problem in error.problems:
            assert problem.message
            assert 1 <= problem.line <= text.count("\n") + 1
            assert problem.column >= 1
    else:
        assert rules.parse(rules.show(rule)) == rule


def test_what_only_the_whole_tells_points_at_the_clause() -> None:
    with pytest.raises(rules.RuleError) as caught:
        rules.parse('a = 1 and\n  (did "X" where in segment "b")')
    [problem] = caught.value.problems
    assert (problem.line, problem.column) == (2, 18)


def test_depth_size_and_length_are_bounded() -> None:
    deep = "(a = 1 or " * 40 + "a = 1" + ")" * 40
    for text, said in [
        (" or ".join(["a = 1"] * 600), "more than 500 clauses"),
        ("(" * 5_000, "nested too deeply"),
        ("not " * 4_000 + "a = 1", "nested too deeply"),
        ('did "X" where ' * 1_000 + "a = 1", "nested too deeply"),
        (deep, "nested more than 32 deep"),
        ("a = 1 " + " " * 20_000, "characters long"),
        (f'a = "{"x" * 1_001}"', "1001 characters"),
        (f"a in ({', '.join(['1'] * 1_001)})", "1001 values"),
        (".".join("a" * 11) + " = 1", "11 names"),
        ('did "X" at least 10001 times', "10001 times"),
        (f'a matches "{"(x{1,1000}){1,1000}" * 3}"', "regular expression"),
    ]:
        with pytest.raises(rules.RuleError) as caught:
            rules.parse(text)
        assert said in str(caught.value), text[:40]


def test_a_deep_rule_within_the_bounds_is_read_and_asked() -> None:
    text = "not " * (DEPTH - 1) + "a = 1"
    rule = rules.parse(text)
    assert rules.show(rule) == text
    view = rules.View({"a": 1}, {}, (), None, None, lambda counter: ())
    assert rules.compile(rule).holds(view, 0) is ((DEPTH - 1) % 2 == 0)


BAD_JSON: list[tuple[Any, tuple[Any, ...], str]] = [
    ({"clause": "compair", "path": ["a"]}, ("clause",), "compair"),
    ({"clause": "compare", "path": ["a"], "operator": "==", "value": 1}, ("operator",), "=="),
    ({"clause": "compare", "path": ["a"], "operator": "="}, (), "value"),
    ({"clause": "compare", "path": [], "operator": "=", "value": 1}, (), "0 names"),
    ({"clause": "compare", "path": ["a"], "operator": "=", "value": None}, ("value",), "null"),
    ({"clause": "compare", "path": ["a"], "operator": "=", "value": 1, "x": 2}, (), "x"),
    ({"clause": "compare", "path": ["a"], "operator": "<", "value": True}, (), "no order"),
    ({"clause": "compare", "path": ["a"], "operator": "<", "value": float("nan")}, (), "nan"),
    (
        {"clause": "all", "of": [{"clause": "present", "path": ["a"]}, {"clause": "present", "path": [""]}]},
        ("of", 1),
        "empty",
    ),
    ({"clause": "any", "of": [{"clause": "present", "path": ["a"]}]}, (), "two"),
    ({"clause": "not", "rule": {"clause": "did", "event": "X", "times": 0}}, ("rule",), "at least 0"),
    ({"clause": "did", "event": "X", "where": {"clause": "in_segment", "segment": "x"}}, ("where",), "in segment"),
    ({"clause": "did", "event": "X", "window": {"window": "within", "duration": 5}}, (), "whole seconds"),
    ({"clause": "did", "event": "X\0"}, (), "cannot be stored"),
    ({"clause": "matches", "path": ["a"], "pattern": "(?=x)"}, (), "regular expression"),
    ("{", (), ""),
    ('{"clause": "not", "rule": ' * 5_000, (), ""),
    ([], (), ""),
]


@pytest.mark.parametrize(("data", "path", "said"), BAD_JSON)
def test_a_faulty_tree_is_answered_with_its_path(data: Any, path: tuple[Any, ...], said: str) -> None:
    with pytest.raises(rules.RuleError) as caught:
        rules.from_json(data)
    [problem] = caught.value.problems
    assert problem.path == path
    assert said in problem.message


def test_a_tree_made_by_hand_is_checked_before_it_runs() -> None:
    with pytest.raises(rules.RuleError):
        rules.compile(tree.Did("X", times=0))
    nested: tree.Rule = tree.Present(("a",))
    for _ in range(5_000):
        nested = tree.Not(nested)
    with pytest.raises(rules.RuleError, match="nested"):
        rules.compile(nested)


def test_a_where_alone_speaks_of_the_event_only() -> None:
    assert rules.parse_where('plan = "trial" and total > 5') == rules.parse('plan = "trial" and total > 5')
    for text in [
        'did "X"',
        'in segment "x"',
        "event.plan = 1",
        "a is before now",
        "a is within 3 days ago",
        "journey.x = 1",
    ]:
        with pytest.raises(rules.RuleError):
            rules.parse_where(text)
        with pytest.raises(rules.RuleError):
            rules.compile_where(rules.parse(text))
