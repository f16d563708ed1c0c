"""Whom a message is from."""

from email.utils import parseaddr

import pytest

from tidings.content.senders import resolve_sender

TWO = {
    "sender": "team",
    "senders": {
        "team": {"email": "hello@example.com", "name": "Brightboard", "reply_to": "support@example.com"},
        "ada": {"email": "ada@example.com", "name": 'Ada "Countess", of L.'},
    },
}


@pytest.mark.parametrize(
    ("settings", "said", "expected"),
    [
        (TWO, ("", ""), ("Brightboard <hello@example.com>", "support@example.com")),
        (TWO, ("team", "me@example.com"), ("Brightboard <hello@example.com>", "me@example.com")),
        (TWO, ("Bo <bo@example.com>", ""), ("Bo <bo@example.com>", "")),
        ({"senders": {"only": {"email": "a@example.com"}}}, ("", ""), ("a@example.com", "")),
        ({"senders": {"a": {"email": "a@example.com"}, "b": {"email": "b@example.com"}}}, ("", ""), ("", "")),
        ({}, ("", ""), ("", "")),
    ],
)
def test_the_template_decides_then_the_workspace(
    settings: dict[str, object], said: tuple[str, str], expected: tuple[str, str]
) -> None:
    assert resolve_sender(settings, *said) == expected


def test_a_name_with_signs_in_it_stays_one_name() -> None:
    assert parseaddr(resolve_sender(TWO, "ada")[0]) == ('Ada "Countess", of L.', "ada@example.com")
