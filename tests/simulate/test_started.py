"""When a trigger last happened to somebody: what is read off their life, against a slow world that looks at every minute."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules import oracle
from tests.simulate.test_course import ANN, BOB, LASTS, Did, asked, at, happenings, iso, row, rows_of, slow
from tidings import engine, rules
from tidings.engine.definitions import Version
from tidings.history import kinds
from tidings.kernel.times import MINUTE, parse_iso
from tidings.people.document import Person
from tidings.simulate.course import Course
from tidings.simulate.row import Row
from tidings.simulate.started import last_start

HOURLY = "FREQ=DAILY;BYHOUR=0;BYMINUTE=7,19"


def version(trigger: dict[str, Any], **settings: Any) -> tuple[engine.Definitions, Version]:
    document = {"journey": "j", "trigger": trigger, "reenter": "always", "steps": [{"id": "a", "wait": "1 day"}]}
    body = {"journeys": {"j": {"version": 1, "status": "live", "document": document}}, "settings": settings}
    body["segments"] = {
        "s1": {"segment": "s1", "manual": True},
        "seated": {"segment": "seated", "rule": "company.seats > 0"},
    }
    made = engine.Definitions(engine.Workspace(1, b"k" * 32), 1, body)
    return made, made.journeys["j"]


def all_rows(life: list[Did], merged: int | None) -> list[Row]:
    """With calls of the API, and what befell groups, which say nothing of who somebody is."""
    found = rows_of([each for each in life if each.what not in ("called", "befell")], merged)
    for n, did in enumerate(life):
        if did.who == BOB and (merged is None or did.minute >= merged):
            continue
        if did.what == "called":
            found.append(row(did.who, kinds.ENTER, did.minute, "j", {"n": did.value}, n=n))
        elif did.what == "befell":
            said = {"group_type": "company", "group_id": did.name, "before": {}, "after": {"seats": did.value}}
            found.append(row(did.who, kinds.BEFELL, did.minute, "", said, did.late, n))
    return sorted(found, key=lambda each: each.received)


def course(life: list[Did], merged: int | None, until: int, definitions: engine.Definitions) -> Course:
    return Course(definitions, Person(ANN, 1, 0, at(0), ANN, [("id", "ann")]), all_rows(life, merged), at(until))


def slowly(trigger: dict[str, Any], life: list[Did], merged: int | None, until: int) -> int | None:
    """The last minute at which it happened."""
    known = [each for each in life if each.what not in ("called", "befell")]
    mine = [each for each in life if each.who == ANN or (merged is not None and each.minute < merged)]
    own, found = [each for each in life if each.who == ANN], list[int]()
    if "attribute" in trigger and "group" not in trigger:
        return _changed(trigger, life, merged)
    for minute in range(until + 1):
        before, now = slow(known, merged, at(minute) - 1), slow(known, merged, at(minute))
        here = [each for each in own if each.minute == minute]
        if "api" in trigger:
            happened = any(each.what == "called" and each.minute == minute for each in mine)
        elif "segment" in trigger:
            change = "enter" if trigger["segment"] == "entered s1" else "exit"
            happened = any(each.what == change and each.name == "s1" for each in here)
        elif "group" in trigger:
            befell = [each for each in here if each.what == "befell" and each.value == trigger["to"]]
            happened = any(
                group.key == each.name and group.since <= at(minute - each.late)
                for each in befell
                for group in now.groups
            )
        elif "date" in trigger:
            offset = int(trigger["offset"].split()[0]) * (-1 if trigger["offset"].endswith("before") else 1)
            due = parse_iso(str(before.attributes.get("due", "")))
            happened = minute > 0 and due is not None and due + offset * MINUTE == at(minute)
        else:
            rule = rules.parse(trigger["who"]) if "who" in trigger else None
            happened = minute in (7, 19) and (rule is None or oracle.holds(rule, before, at(minute)))
        found += [minute] if happened else []
    return found[-1] if found else None


def _changed(trigger: dict[str, Any], life: list[Did], merged: int | None) -> int | None:
    """One change after the other; what a merge fills in is none."""
    ann, bob, found, waiting = {}, {}, None, merged
    for did in sorted(life, key=lambda did: did.minute):
        if waiting is not None and did.minute >= waiting:
            ann, waiting = {**bob, **ann}, None
        if did.what != "set":
            continue
        who = bob if did.who == BOB else ann
        was = who.get(did.name)
        who.pop(did.name, None) if did.value is None else who.update({did.name: did.value})
        wanted = {key: trigger[key] for key in ("from", "to") if key in trigger}
        change = did.who == ANN and did.name == "x" and was != did.value
        if change and wanted.get("from", was) == was and wanted.get("to", did.value) == did.value:
            found = did.minute
    return found


offsets = st.tuples(st.integers(1, 9), st.sampled_from(["before", "after"])).map(lambda of: f"{of[0]} minutes {of[1]}")
values = st.sampled_from([0, 1, 2, None])
triggers = st.one_of(
    st.fixed_dictionaries({"attribute": st.just("x")}, optional={"from": values, "to": values}),
    st.fixed_dictionaries({"date": st.just("due"), "offset": offsets}),
    st.fixed_dictionaries({"schedule": st.just(HOURLY)}, optional={"who": asked.map(rules.show)}),
    st.just({"api": True}),
    st.sampled_from([{"segment": "entered s1"}, {"segment": "left s1"}]),
    st.fixed_dictionaries({"group": st.just("company"), "attribute": st.just("seats"), "to": st.integers(0, 2)}),
)
more = st.one_of(
    happenings,
    st.builds(Did, st.integers(0, LASTS), st.sampled_from([ANN, BOB]), st.just("called"), st.just(""), st.just(0)),
    st.builds(
        Did,
        st.integers(0, LASTS),
        st.just(ANN),
        st.just("befell"),
        st.sampled_from(["acme", "beta"]),
        st.integers(0, 2),
        st.sampled_from([0, 0, 3]),
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(more, max_size=16), st.one_of(st.none(), st.integers(1, LASTS)), triggers)
def test_it_last_happened_when_the_slow_world_says_so(
    life: list[Did], merged: int | None, trigger: dict[str, Any]
) -> None:
    definitions, own = version(trigger)
    found = last_start(course(life, merged, LASTS + 5, definitions), own)
    minute = slowly(trigger, life, merged, LASTS + 5)
    assert found.held.since is None
    assert found.held.until == (None if minute is None else at(minute))
    assert found.row is None or found.row.received == found.held.until


@pytest.mark.parametrize(
    ("trigger", "until"),
    [
        ({"date": "born", "every": "year", "at": "09:00"}, "2025-02-28T09:00:00Z"),  # the 29th is kept on the 28th
        ({"date": "born", "every": "year", "at": "09:00", "offset": "1 day after"}, "2025-03-01T09:00:00Z"),
        ({"schedule": "every hour"}, "2026-01-05T00:00:00Z"),
        ({"schedule": "every year on 29 february at 10:00"}, "2024-02-29T10:00:00Z"),
        ({"schedule": "on 2023-05-01 at 10:00"}, "2023-05-01T10:00:00Z"),
        ({"schedule": "on 2019-05-01 at 10:00"}, None),
        ({"schedule": "every hour", "who": 'plan = "pro"'}, None),
    ],
)
def test_a_time_is_found_however_long_ago(trigger: dict[str, Any], until: str | None) -> None:
    definitions, own = version(trigger)
    since = parse_iso("2022-01-01T00:00:00Z")
    assert since is not None
    born = Row(ANN, kinds.ATTRIBUTES, since, since, 1, "", b"a" * 16, b"")
    born = born._replace(body=row(ANN, kinds.ATTRIBUTES, 0, "", {"born": "2020-02-29", "plan": "free"}).body)
    lived = Course(definitions, Person(ANN, 1, 0, since, ANN, [("id", "ann")]), [born], at(30))
    held = last_start(lived, own).held
    assert (held.until and iso(held.until)) == until
    assert held.since is None


def test_of_what_is_not_kept_no_change_is_claimed() -> None:
    definitions, own = version({"attribute": "x", "to": 1}, retention="20 minutes")
    rows = [each for each in all_rows([Did(15, ANN, "set", "x", 1)], None) if each.time >= at(10)]
    ann = Person(ANN, 1, 0, at(0), ANN, [("id", "ann")], {"id": "ann", "x": 1, "y": 1})
    held = last_start(Course(definitions, ann, rows, at(LASTS), whole=True), own).held
    assert held.happened() == f"it did not since {iso(at(15))}, and no more is known"
