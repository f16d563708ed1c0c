"""YAML is printed in one way and reads back equal; faults are found with their place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.kernel.problems import Invalid, Problem
from tidings.project.print_yaml import print_yaml
from tidings.project.read_yaml import read_yaml

EXAMPLE = """\
journey: onboarding
name: Trial onboarding
note: |-
  Two lines:
  # not a comment
trigger:
  event: Signed Up
  where: plan = "trial"
audience: email is present
reenter: never
exit: in segment "paying"
goal:
  rule: did "Subscription Started"
  within: 14 days
steps:
  - id: welcome
    send: welcome
  - id: settle
    wait: 1 day
  - id: got-it
    branch:
      - when: did "Project Created" since entry
        steps:
          - {id: praise, send: nice-first-project}
          - {id: later, wait: 1 day}
      - otherwise:
          - {id: nudge, send: need-a-hand, at: {days: weekdays, between: ["09:00", "17:00"], zone: person}}
  - id: subject-test
    split:
      - {share: 50, steps: [{id: a, send: tips-a}]}
      - {share: 50, steps: [{id: b, send: tips-b}]}
  - id: mark
    set: {onboarded: true, yes: 1.5, text: "0123", tags: [a, b]}
"""

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30) | st.text(
    "ab 1:0-_,#'\"[]{}|>\n\t%@`&*!?~=<.+exoyn", max_size=12
)
words = st.sampled_from(
    [
        "yes",
        "No",
        "null",
        "~",
        "on",
        "1:30",
        "2024-01-01",
        "1e3",
        "0x1F",
        "-",
        "---",
        "?",
        ".inf",
        "<<",
        "=",
        "1_0",
        "",
        " ",
    ]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63) + 1, (1 << 63) - 1)
    | st.floats(allow_nan=False, allow_infinity=False, max_value=1e18, min_value=-1e18)
    | texts
    | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts | words, inner, max_size=4),
    max_leaves=25,
)


def test_the_canonical_form_is_the_documented_one() -> None:
    data, _ = read_yaml(EXAMPLE)
    assert print_yaml(data) == EXAMPLE


@given(st.dictionaries(texts | words, values, max_size=5))
def test_what_is_printed_reads_back_equal_and_prints_the_same(data: dict[str, object]) -> None:
    text = print_yaml(data)
    again, _ = read_yaml(text)
    assert again == data
    assert list(again) == list(data)
    assert [type(value) for value in again.values()] == [type(value) for value in data.values()]
    assert print_yaml(again) == text


@given(st.text(max_size=200) | st.text("ab: -\n[]{},&*!|>'\"#\t", max_size=60))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        read_yaml(text, "journeys/x.yaml")
        problems = []
    except Invalid as error:
        problems = error.problems
    assert all(problem.file and problem.line >= 1 and problem.column >= 1 for problem in problems)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\na: 2\n", 2, 1, "`a` stands here twice"),
        ("a: &x 1\n", 1, 4, "anchors"),
        ("a: &x [1]\nb: *x\n", 1, 4, "anchors"),
        ("a: !!python/object 1\n", 1, 4, "tag"),
        ("a: {<<: {b: 1}}\n", 1, 5, "merge"),
        ("a:\n  - b: c: d\n", 2, 9, "mapping values are not allowed"),
        ("a: .inf\n", 1, 4, "not a number"),
        ("a: 1\n\tb: 2\n", 2, 1, ""),
        ("a: 1\n---\nb: 2\n", 2, 1, "single document"),
        ("a: [1\n", 2, 1, ""),
        ('a: "\\0"\n', 1, 4, "can't stand"),
        ("? [a]\n: 1\n", 1, 3, "a key is text"),
    ],
)
def test_faults_point_at_their_place(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_yaml(text, "x.yaml")
    problem = caught.value.problems[0]
    assert message in problem.message
    assert (problem.file, problem.line, problem.column) == ("x.yaml", line, column)


def test_a_field_that_is_set_in_too_far_is_told_its_column() -> None:
    with pytest.raises(Invalid) as caught:
        read_yaml("trigger:\n  event: Paid\n   where: plan\n", "x.yaml")
    assert "in the column of the one above" in caught.value.problems[0].hint


def test_deep_nesting_is_refused_not_fatal() -> None:
    for text in ("[" * 5000, "a: " + "[" * 100 + "]" * 100, "- " * 3000 + "x"):
        with pytest.raises(Invalid):
            read_yaml(text)


def test_positions_lead_from_a_path_to_its_place() -> None:
    _, positions = read_yaml(EXAMPLE, "journeys/onboarding.yaml")
    where = positions.locate(Problem("x", path=("trigger", "where"), line=1, column=8))
    assert (where.file, where.line, where.column) == ("journeys/onboarding.yaml", 8, 17)
    inside = positions.locate(Problem("x", path=("note",), line=2, column=3))
    assert (inside.line, inside.column) == (5, 5)
    missing = positions.locate(Problem("x", path=("steps", 1, "send")))
    assert (missing.line, missing.column) == (18, 5)
    arm = positions.locate(Problem("x", path=("steps", 2, "branch", 1, "otherwise", 0, "at", "between", 1)))
    assert EXAMPLE.splitlines()[arm.line - 1][arm.column - 1 :].startswith('"17:00"')


@pytest.mark.parametrize("text", ["[" * 200_000, "a: " + "{a: " * 100_000, "- " * 1000 + "a"])
def test_what_nests_without_end_is_refused_at_once(text: str) -> None:
    with pytest.raises(Invalid, match="nested"):
        read_yaml(text)
