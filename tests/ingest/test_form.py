"""Plain HTML forms: what one becomes, where it leads, and what it is refused for."""

from urllib.parse import urlencode

import pytest

from tests.ingest.calls import BROWSER, NOW, SECRET, keys
from tidings.ingest import Answer, Request, form
from tidings.kernel.records import PUBLIC, Event, Identify

SITE = "https://shop.example/contact?from=ad"
HTML = "application/x-www-form-urlencoded"


def send(
    fields: dict[str, str] | bytes, key: str = "public", page: str = SITE, kind: str = HTML, id: str = "demo"
) -> Answer:
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    headers = {"content-type": kind} | ({"referer": page} if page else {})
    return form.answer(Request("POST", [key, id], headers, body, NOW), keys)


def test_a_form_is_a_person_and_an_event_and_leads_on() -> None:
    given = send({"email": "Ada@example.com", "seats": "12", "empty": "", "_redirect": "/thanks", "_note": "x"})
    assert (given.status, given.headers["location"], given.source) == (303, "https://shop.example/thanks", BROWSER)
    said = {"email": "Ada@example.com", "seats": "12"}
    assert [record.body for record in given.records] == [
        Identify(said),
        Event("Form Submitted", {"form_id": "demo", **said}),
    ]
    assert {(record.who, record.trust) for record in given.records} == {((("email", "ada@example.com"),), PUBLIC)}


def test_text_is_mended_and_an_address_is_not() -> None:
    (identify, _) = send(b"email=a@example.com&na%00me=A%00B").records
    assert identify.body == Identify({"email": "a@example.com", "na\ufffdme": "A\ufffdB"})
    assert send(b"email=a%00@example.com").status == 400


def test_only_a_secret_key_may_say_an_id() -> None:
    fields = {"email": "a@example.com", "id": "42"}
    assert send(fields).records[0].who == (("email", "a@example.com"),)
    given = send(fields, "wk")
    assert (given.source, given.records[0].who) == (SECRET, (("id", "42"), ("email", "a@example.com")))


@pytest.mark.parametrize(
    ("wanted", "page"),
    [
        ("https://evil.example/", SITE),
        ("//evil.example", SITE),
        ("javascript:alert(1)", SITE),
        ("https://shop.example@evil.example/", SITE),
        ("http://shop.example/", SITE),
        ("https://shop.example\\@evil.example/", SITE),
        ("/thanks\r\nset-cookie: a=b", SITE),
        ("https://shop.example/thanks", ""),
        ("/thanks", "https://[broken"),
        ("", SITE),
    ],
)
def test_it_leads_to_no_other_site(wanted: str, page: str) -> None:
    given = send({"email": "a@example.com", "_redirect": wanted}, page=page)
    assert given.status == 200
    assert b"Thank you" in given.body
    assert "location" not in given.headers
    assert len(given.records) == 2


def test_a_program_is_answered_like_anybody_and_nothing_is_kept() -> None:
    given = send({"email": "a@example.com", "_gotcha": "buy", "_redirect": "/thanks"})
    assert (given.status, given.records, given.refused) == (303, (), ())


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (send({"seats": "3"}), 400),
        (send({"email": "a@example.com"}, key="nobody"), 404),
        (send({"email": "a@example.com"}, key="app"), 404),
        (send(b"--x", kind="multipart/form-data; boundary=x"), 415),
        (send(b"\xff\xfe=1"), 400),
        (send({f"f{n}": "1" for n in range(101)}), 400),
        (send({"email": "a@example.com"}, id=" "), 400),
    ],
)
def test_what_can_not_be_taken_is_said_on_a_page(given: Answer, status: int) -> None:
    assert (given.status, given.records) == (status, ())
    assert given.body.startswith(b"<!doctype html>")
    assert given.headers["content-type"].startswith("text/html")
