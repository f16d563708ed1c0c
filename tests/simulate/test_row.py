"""Rows of history told apart: what an application calls its events may be anything."""

from tidings.history import kinds
from tidings.simulate.row import Row, absorbs, is_named


def test_an_event_may_be_called_as_a_link_is() -> None:
    for name, holds in (("named", is_named), ("absorbs", absorbs)):
        assert holds(Row(b"", kinds.LINK, 0, 0, 0, name, b"", b""))
        assert not holds(Row(b"", kinds.TRACK, 0, 0, 0, name, b"", b""))
