"""What Home says of a change: whoever reads it knows what it was, also where only settings changed."""

from typing import Any

import pytest

from tidings.project.changed import differs

TEAM = {"email": "team@shop.de"}


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ({}, {"senders": {"team": TEAM}}, ["sender team@shop.de is new"]),
        ({"senders": {"team": TEAM}}, {"senders": {"team": TEAM | {"name": "Us"}}}, ["sender team@shop.de changed"]),
        ({"senders": {"team": TEAM}}, {}, ["sender team@shop.de was removed"]),
        ({}, {"channels": {"email": {"provider": "smtp"}}}, ["email is carried by smtp"]),
        ({"channels": {"email": {"provider": "smtp"}}}, {}, ["email is carried by nobody any more"]),
        (
            {"channels": {"email": {"provider": "smtp", "host": "a"}}},
            {"channels": {"email": {"provider": "smtp", "host": "b"}}},
            ["how smtp carries email changed"],
        ),
        (
            {"brand": {"name": "A"}},
            {"brand": {"name": "B", "address": "C"}},
            ["the brand’s postal address, name changed"],
        ),
        ({}, {"approval": True}, ["what goes live must be approved"]),
        ({"approval": True}, {}, ["authors publish by themselves"]),
        ({}, {"topics": {"news": {"name": "News"}}}, ["topic News is new"]),
        ({"limits": {"marketing": "1 per day"}}, {"limits": {}}, ["the limit of marketing was removed"]),
        ({"timezone": "UTC"}, {"timezone": "Asia/Tokyo"}, ["the time zone is Asia/Tokyo"]),
        ({"expires": "2 hours"}, {}, ["how late a message may go out is as usual"]),
    ],
)
def test_a_change_of_settings_is_said(before: dict[str, Any], after: dict[str, Any], says: list[str]) -> None:
    assert differs({"settings": before}, {"settings": after}) == says


def test_documents_are_said_and_no_more_than_a_handful() -> None:
    entry = {"status": "live", "document": {"steps": []}}
    before = {"journeys": {"go": entry}, "snippets": {"foot": "a"}, "layouts": {"base": "b"}}
    after = {"journeys": {"go": entry | {"status": "paused"}}, "snippets": {"foot": "c"}, "events": {"viewed": {}}}
    assert differs(before, after) == [
        "journey go is paused",
        "derived event viewed is new",
        "layout base was removed",
        "snippet foot changed",
    ]
    many = differs({}, {"segments": {str(n): {} for n in range(9)}})
    assert (len(many), many[-1]) == (5, "and 5 more")
