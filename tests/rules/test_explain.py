"""An answer explains itself: each clause, what it saw, and when time alone may change it."""

from dataclasses import dataclass, field
from typing import Any

from tidings import rules
from tidings.kernel.times import DAY, parse_iso
from tidings.rules import Explanation

NOW = parse_iso("2026-03-01T12:00:00Z") or 0
DONE = parse_iso("2026-02-27T09:00:00.654321Z") or 0


@dataclass(frozen=True)
class Joined:
    type: str
    key: str
    since: int
    attributes: dict[str, Any]
    relation: dict[str, Any] = field(default_factory=dict)


VIEW = rules.View(
    attributes={"plan": "pro", "tags": ["a"]},
    segments={"trials": DONE},
    groups=(Joined("company", "acme", DONE, {"seats": 5}),),
    event=None,
    journey=None,
    times=lambda counter: [(DONE - 40 * DAY, bytes(16)), (DONE, bytes(16))],
)


def why(text: str) -> Explanation:
    return rules.compile(rules.parse(text)).explain(VIEW, NOW)


def test_each_clause_says_what_it_saw() -> None:
    said = why(
        'plan = "pro" and not email is present and did "X" at least 2 times within 30 days and in segment "trials" '
        "and in group company where seats > 10"
    )
    assert (
        said.says()
        == """\
no  plan = "pro" and not email is present and did "X" at least 2 times within 30 days and in segment "trials" and \
(in group company where seats > 10)
  yes plan = "pro" (it is "pro")
  yes not email is present
    no  email is present (it is missing)
  no  did "X" at least 2 times within 30 days (counted 1: 2026-02-27T09:00:00Z)
  yes in segment "trials" (in it since 2026-02-27T09:00:00Z)
  no  in group company where seats > 10
    no  company "acme" (since 2026-02-27T09:00:00Z)
      no  seats > 10 (it is 5)"""
    )


def test_the_parts_are_data() -> None:
    said = why('did "X" within 30 days or tags contains "b"')
    assert (said.holds, said.about, said.changes_at) == (True, "join", DONE + 30 * DAY)
    counted, value = said.parts
    assert (counted.text, counted.holds, counted.times) == ('did "X" within 30 days', True, (DONE,))
    assert counted.changes_at == DONE + 30 * DAY
    assert (value.about, value.seen, value.holds, value.changes_at) == ("value", ["a"], False, None)


def test_absences_are_said() -> None:
    assert why('in segment "x"').says() == 'no  in segment "x" (not in it)'
    assert why("in group team").says() == "no  in group team (in none)"
    assert why('did "X" between 2020-01-01 and 2020-02-01').says().endswith("(counted none)")
    assert why("is_set = true").says() == "no  is_set = true (it is missing)"


def test_a_window_says_when_it_may_end() -> None:
    assert why('did "X" within 3 days').says() == (
        'yes did "X" within 3 days (counted 1: 2026-02-27T09:00:00Z); may change at 2026-03-02T09:00:00Z'
    )
