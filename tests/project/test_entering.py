"""Who is let into a journey by a file: what can't be kept as it stands is mended or told, line by line."""

import pytest

from tidings.kernel.records import encode
from tidings.project.entering import Entering, laid_over, of_lines

LINES = [
    '{"id": "a\\u0000b", "data": {"n": 123456789012345678901234567890}}',
    "[" * 30 + "]" * 30,
    '{"id": "\\ud800"}',
    '{"id": "a"',
]


def test_a_line_is_read_as_a_body_is_at_the_door() -> None:
    some = of_lines(Entering(1, 1, {"journey": "hello", "data": {}}), LINES, "", 0, 10)
    assert [record.who for record in some.records] == [(("id", "a\ufffdb"),), (("id", "\ufffd"),)]
    assert all(encode(record) for record in some.records)
    assert [(number, said.partition(":")[0]) for number, said in some.faults] == [
        (2, "it nests more than 20 levels deep"),
        (4, "it is not JSON"),
    ]


def test_data_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 64 bits"):
        laid_over({}, {"n": 1 << 70})
