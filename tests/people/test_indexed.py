"""Keys of indexed attributes sort as values do, and a search means the values it names."""

import random
from typing import Any

import pytest

from tidings.people.indexed import NONE, key_of, span


def test_keys_sort_as_values_do() -> None:
    dice = random.Random(3)
    numbers: list[Any] = [0, -0.0, -1, 1, 1e300, -1e300, 5e-324, *(dice.uniform(-1e6, 1e6) for _ in range(200))]
    assert [float(each) for each in sorted(numbers, key=key_of)] == [float(each) for each in sorted(numbers)]
    texts = ["", "a", "A b", "ab", "Ärger", "z", "zz", "\U0001f600"]
    assert sorted(texts[1:], key=key_of) == sorted(texts[1:], key=str.casefold)
    mixed = [7, "7.5", "8", "text", False, True]
    assert sorted([True, "text", *mixed[:3], False], key=key_of) == mixed
    for lacking in (None, "", [], {"a": 1}, float("nan"), float("inf")):
        assert key_of(lacking) == NONE
        assert all(key_of(each) < NONE for each in mixed)


@pytest.mark.parametrize(
    ("search", "means", "not_these"),
    [
        ("pro", ["pro", "PRO", "pro "[:3]], ["pros", "pr", 1, None]),
        ("pro*", ["pro", "Professional"], ["pr", "apro", 1, True]),
        ("10", [10, "10", 10.0, "1e1"], [100, "010x", 9.999]),
        ("10..20", [10, 15.5, "20"], [9.9, 20.1, "x", True]),
        ("..0", [-5, 0], [0.1, "a"]),
        ("5..", [5, 1e9, "77"], [4, "a", None]),
        ("2026-01..2026-02", ["2026-01-15T10:00:00Z", "2026-02"], ["2026-02-01", "2025-12-31"]),
        ("b..", ["b", "zebra"], ["a", 3, False]),
        ("true", [True], [False, "true", 1]),
    ],
)
def test_a_search_means(search: str, means: list[Any], not_these: list[Any]) -> None:
    low, high = span(search)
    for value in means:
        assert low <= key_of(value) < high, value
    for value in not_these:
        assert not low <= key_of(value) < high, value
