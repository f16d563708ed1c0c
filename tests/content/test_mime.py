"""Mails as bytes: the standard library reads back what was meant, in every script; and nobody's words become headers."""

import email
import email.policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tidings.content import mime
from tidings.content.address import Address, ascii_domain, check, parse
from tidings.content.mime import BadHeader, build, header, headers

SCRIPTS = [
    "Grüße aus München",
    "Привет, мир",
    "こんにちは世界" * 12,
    "مرحبا بالعالم",
    "שלום עולם",
    "नमस्ते दुनिया",
    "👩‍👩‍👧‍👦 family 🎉" * 9,
    "Ελληνικά",
    "한국어",
    "ไทย" * 40,
    "plain " * 40,
    "a" * 400,
    "=?utf-8?b?not encoded?=",
    'quotes " and \\ back',
    "  spaces   kept  ",
    "e\u0301 combining",
]
LINE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200)
BODY = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=600)


def read(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)  # type: ignore[return-value]


def well_formed(data: bytes) -> None:
    """What every relay passes on unchanged."""
    assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert data.isascii()
    head = data.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 78 or b" " not in line.partition(b": ")[2] for line in head.split(b"\r\n"))


@pytest.mark.parametrize("text", SCRIPTS)
def test_subjects_and_names_in_every_script(text: str) -> None:
    data = build([("From", str(Address(text.strip(), "a@example.com"))), ("Subject", text)], "x", None)
    well_formed(data)
    mail = read(data)
    assert mail["Subject"].strip() == text.strip()
    # the standard library's own address parser leaves spaces between encoded words; its decoder, as RFC 2047 has it, does not
    written, _, address = email.message_from_bytes(data, policy=email.policy.compat32)["From"].rpartition(" ")
    encoded = "=?" in written
    name = str(make_header(decode_header(written))) if encoded else parseaddr(f"{written} <a@b.c>")[0]
    assert (" ".join(name.split()), address) == (" ".join(text.split()), "<a@example.com>")
    assert mail.defects == []


@settings(max_examples=300, deadline=None)
@given(LINE)
@example("x" * 75 + " é")
@example("é" * 75)
def test_any_subject(text: str) -> None:
    data = build([("Subject", text)], "x", None)
    well_formed(data)
    found = str(read(data)["Subject"])
    assert " ".join(found.split(" ")).strip() == text.strip()


@settings(max_examples=300, deadline=None)
@given(BODY, BODY)
@example(".\n..\n.hidden\nFrom me\n>From you\n", "x" * 3000)
@example("tab\tend \nspace \n", "\n\n\n")
@example("日本語" * 400, "<p>" + "é" * 2000 + "</p>")
def test_any_body(text: str, html: str) -> None:
    data = build([("Subject", "x")], text, html)
    well_formed(data)
    assert b"\r\n.\r\n" not in data
    assert b"\r\nFrom " not in data
    plain, marked = read(data).iter_parts()
    for part, meant in ((plain, text), (marked, html)):
        found = part.get_content().replace("\r\n", "\n")  # type: ignore[attr-defined]
        assert found.rstrip("\n") == meant.rstrip("\n")
    assert (plain.get_content_type(), marked.get_content_type()) == ("text/plain", "text/html")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["Subject", "From", "To", "Reply-To", "X-Own", "Message-ID"]))
@example("x\r\nBcc: everybody@example.com", "Subject")
@example("Ada\nX: 1 <ada@example.com>", "From")
@example("a@b.c\r\n\r\nbody", "To")
@example("x\x0bBcc: a@b.c", "X-Own")
@example("x\x85Bcc: a@b.c", "Subject")
@example("x\u2028Bcc: a@b.c", "Subject")
def test_no_value_becomes_a_header(value: str, name: str) -> None:
    try:
        data = build([(name, value), ("X-End", "1")], "body", None)
    except BadHeader:
        return
    raw = email.message_from_bytes(data, policy=email.policy.compat32)
    assert raw.keys()[:2] == [name, "X-End"]
    assert len(raw.keys()) == 5
    assert raw.get_payload().strip() == "body"


@pytest.mark.parametrize("name", ["", "X Y", "X:Y", "Ä", "X\r\nBcc", "x" * 90])
def test_header_names(name: str) -> None:
    with pytest.raises(BadHeader):
        header(name, "x")


def test_the_headers_of_a_mail() -> None:
    made = dict(
        headers(
            sender="Ada <ada@example.com>",
            to="bob@example.com",
            subject="Hi",
            message_id="abc@example.com",
            sent=1_700_000_000_000_000,
            reply_to="help@example.com",
            unsubscribe="https://t.example/u/1",
            more={"X-A": "1"},
        )
    )
    assert made["Message-ID"] == "<abc@example.com>"
    assert made["List-Unsubscribe"] == "<https://t.example/u/1>"
    assert made["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert made["Precedence"] == "bulk"
    assert parsedate_to_datetime(made["Date"]).timestamp() == 1_700_000_000
    plain = dict(headers(sender="a@b.c", to="d@e.f", subject="", message_id="x@y", sent=0, bulk=False))
    assert plain.keys() == {"From", "To", "Subject", "Message-ID", "Date"}


def test_a_letter_before_the_at_that_is_not_ascii_stands_as_it_is() -> None:
    data = build([("To", "Jörg <jörg@exämple.de>")], "x", None)
    assert "<jörg@xn--exmple-cua.de>".encode() in data


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ada@example.com", ("", "ada@example.com")),
        ("Ada Lovelace <ada@EXAMPLE.com>", ("Ada Lovelace", "ada@EXAMPLE.com")),
        ('"Lovelace, Ada" <ada@example.com>', ("Lovelace, Ada", "ada@example.com")),
        ("Ünï <a@bücher.example>", ("Ünï", "a@xn--bcher-kva.example")),
        ("<a@straße.de>", ("", "a@xn--strae-oqa.de")),
    ],
)
def test_addresses_as_people_write_them(text: str, expected: tuple[str, str]) -> None:
    found = parse(text)
    assert (found.name, found.email.lower()) == (expected[0], expected[1].lower())
    assert parse(str(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.com",
        "a@",
        "a b@c.d",
        "a@b@c",
        "a@-b.c",
        "a..b@c.d",
        "a@b\r\n.c",
        "x" * 70 + "@b.c",
        "a@b,c@d",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


def test_parts_of_addresses() -> None:
    assert check("a@b.example") == "a@b.example"
    assert ascii_domain("münchen.de") == "xn--mnchen-3ya.de"
    assert mime.split_addresses('"a, b" <a@b.c>, d@e.f') == ['"a, b" <a@b.c>', " d@e.f"]
