"""The page about rules: every rule on it is read and printed as it stands there, every answer is asked for."""

import json
import re
from datetime import date, datetime
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.docs.pages import ROOT
from tests.docs.reading import Block, blocks, tables
from tidings import rules
from tidings.kernel.problems import Invalid
from tidings.kernel.times import from_datetime, parse_iso
from tidings.rules.counters import Counter
from tidings.rules.tree import Not

PAGE = ROOT / "docs/reference/rules.md"
NOW = parse_iso("2026-03-01T12:00:00Z") or 0
RULES = [line for block in blocks(PAGE, "rule") for line in block.text.splitlines()]
ASKED = [row for heads, rows in tables(PAGE) if heads[1:] == ["yes", "no"] for row in rows]
WRONG = [row for heads, rows in tables(PAGE) if heads == ["written", "answer"] for row in rows]
EXAMPLES = blocks(PAGE, "yaml")


def test_there_is_something_to_try() -> None:
    assert len(RULES) > 12
    assert len(ASKED) > 18
    assert len(WRONG) == 5
    assert len(EXAMPLES) == 2


@pytest.mark.parametrize("text", RULES)
def test_a_rule_is_printed_as_it_is_written(text: str) -> None:
    assert rules.show(rules.parse(text)) == text


@pytest.mark.parametrize("row", ASKED, ids=[row[0] for row in ASKED])
def test_a_row_answers_as_it_says(row: list[str]) -> None:
    rule = rules.parse(row[0].strip("`"))
    inner = rule.rule if isinstance(rule, Not) else rule
    (name,) = inner.path  # type: ignore[union-attr]
    compiled = rules.compile(rule)
    for expected, cell in ((True, row[1]), (False, row[2])):
        values = [json.loads(value) for value in re.findall(r"`([^`]*)`", cell)]
        people: list[dict[str, Any]] = [{name: value} for value in values] + [{}] * ("missing" in cell)
        assert people
        for person in people:
            assert compiled.holds(view(person), NOW) is expected, person


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: f"line {block.line}")
def test_an_example_answers_as_it_says(block: Block) -> None:
    data = YAML(typ="safe").load(block.text)
    compiled = rules.compile(rules.parse(data["rule"]))
    for day, expected in data["answers"].items():
        now = moment(day)
        done = [event for event in data["events"] if moment(event["at"]) <= now]

        def times(counter: Counter, done: list[dict[str, Any]] = done) -> list[tuple[int, bytes]]:
            found = [
                (moment(event["at"]), bytes(8))
                for event in done
                if event["event"] == counter.event and counter.matches(event)
            ]
            return sorted(found)

        assert compiled.holds(view({}, times), now) is (expected in (True, "yes")), day


@pytest.mark.parametrize("row", WRONG, ids=[row[0] for row in WRONG])
def test_a_fault_is_answered_as_it_says(row: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        rules.parse(row[0].strip("`"))
    (problem,) = caught.value.problems
    assert f"{problem.line}:{problem.column}: {problem.message}; {problem.hint}" == row[1]


def test_bounds_are_the_programs() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for bound in (rules.LENGTH, rules.CLAUSES, rules.DEPTH, rules.VALUES):
        assert f"{bound:,}" in page


def moment(day: date) -> int:
    return from_datetime(datetime(day.year, day.month, day.day))


def view(attributes: dict[str, Any], times: Any = lambda counter: ()) -> rules.View:
    return rules.View(attributes, {}, (), None, None, times)
