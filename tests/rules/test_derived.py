"""Derived events by example: what they are made of, and what they refuse to be."""

import pytest

from tidings import events
from tidings.kernel.problems import Invalid


def made(**rules: str) -> events.DerivedEvent:
    return events.read({"event": "made", "name": "Made", **rules})


def test_an_event_goes_by_its_own_name_and_by_all_that_it_is_made_of() -> None:
    derived = events.derived(
        {
            "a": {"event": "a", "name": "Viewed pricing", "rule": '(did page "Pricing" where n > 2) or did "Compared"'},
            "b": {"event": "b", "name": "Keen", "formerly": ["Eager"], "rule": 'did "Viewed pricing" where n > 5'},
        }
    )
    page = ("page", "Pricing")
    assert derived.names(page, {"n": 1}) == (page,)
    assert derived.names(page, {"n": 3}) == (page, ("track", "Viewed pricing"))
    assert set(derived.names(page, {"n": 6})) == {
        page,
        *(("track", name) for name in ("Viewed pricing", "Keen", "Eager")),
    }
    assert derived.names(("track", "Keen"), {"n": 9}) == ()
    assert derived.names(("track", "Else"), {}) == (("track", "Else"),)
    assert derived.raw([("track", "Keen"), ("track", "Else")]) == {page, ("track", "Compared"), ("track", "Else")}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ('plan = "pro"', "is none"),
        ('did "A" and did "B"', "is none"),
        ('not did "A"', "is none"),
        ('did "A" at least 3 times', "counts several"),
        ('did "A" within 3 days', "looks at a window"),
        ('did "A" or received email', "is none"),
    ],
)
def test_it_is_one_event_at_a_time(rule: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        made(rule=rule)


def test_none_is_made_of_itself_and_no_two_share_a_name() -> None:
    with pytest.raises(Invalid, match='"A" → "B" → "A"') as found:
        events.derived(
            {
                "x": {"event": "x", "name": "A", "rule": 'did "B"'},
                "y": {"event": "y", "name": "B", "rule": 'did "Sent" or did "A"'},
            }
        )
    assert found.value.problems[0].path == ("x", "rule")
    pairs = [("A", "B"), ("B", "A"), ("C", "A"), ("D", "D"), ("E", "Sent")]
    with pytest.raises(Invalid) as several:
        events.derived({of: {"event": of.lower(), "name": of, "rule": f'did "{by}"'} for of, by in pairs})
    assert [problem.path for problem in several.value.problems] == [("A", "rule"), ("D", "rule")]
    with pytest.raises(Invalid, match='two derived events are called "A"'):
        events.derived(
            {
                "x": {"event": "x", "name": "A", "rule": 'did "Sent"'},
                "y": {"event": "y", "name": "B", "formerly": ["A"], "rule": 'did "Sent"'},
            }
        )


def test_what_it_says_is_written_as_it_was_read() -> None:
    data = {
        "event": "made",
        "name": "Made",
        "formerly": ["Was"],
        "note": "Why.",
        "rule": 'did "A" or (did page "B" where n > 1)',
    }
    assert events.write(events.read(data)) == data
