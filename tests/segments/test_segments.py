"""Segments as documents, and the order in which nested ones are worked out."""

import re

import pytest

from tidings.kernel.problems import Invalid
from tidings.segments import in_order, read, write


def rule(name: str, text: str) -> dict[str, str]:
    return {"segment": name, "rule": text}


def test_what_is_written_is_what_was_read() -> None:
    for document in (
        {"segment": "paying", "name": "Paying customers", "note": "since May", "rule": 'plan in ("pro", "team")'},
        {"segment": "vips", "manual": True},
    ):
        assert write(read(document)) == document


def test_a_segment_comes_after_those_it_names() -> None:
    found = in_order(
        map(
            read,
            [
                rule("a", 'in segment "c" or x = 1'),
                rule("b", "x = 1"),
                rule("c", 'in segment "b" and not in segment "d"'),
                rule("d", "y = 1"),
            ],
        )
    )
    names = [segment.id for segment in found]
    assert names.index("b") < names.index("c") < names.index("a")
    assert names.index("d") < names.index("c")


@pytest.mark.parametrize(
    ("documents", "words"),
    [
        ([rule("a", 'in segment "b"'), rule("b", 'in segment "a"')], "in a circle: a → b → a"),
        ([rule("a", 'in segment "a"')], "in a circle: a → a"),
        ([rule("paying", "x = 1"), rule("b", 'in segment "payin"')], "did you mean `paying`?"),
    ],
)
def test_circles_and_unknown_names_are_refused(documents: list[dict[str, str]], words: str) -> None:
    with pytest.raises(Invalid, match=re.escape(words)):
        in_order(map(read, documents))


def test_every_circle_and_every_unknown_name_is_told() -> None:
    pairs = [("a", "b"), ("b", "a"), ("c", "a"), ("d", "e"), ("e", "d"), ("f", "nobody")]
    with pytest.raises(Invalid) as told:
        in_order(read(rule(name, f'in segment "{other}"')) for name, other in pairs)
    assert [problem.path[1] for problem in told.value.problems] == ["a", "d", "f"]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"segment": "Not Good", "rule": "x = 1"}, "small letters"),
        ({"segment": "a"}, "the rule is missing"),
        ({"segment": "a", "rule": "x =="}, "="),
        ({"segment": "a", "rule": "x = 1", "manual": True}, "kept by hand has no rule"),
        ({"segment": "a", "rul": "x = 1"}, "did you mean `rule`?"),
    ],
)
def test_faults_are_told(document: dict[str, object], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(document)
    assert words in str(caught.value)
