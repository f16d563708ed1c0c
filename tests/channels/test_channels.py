"""Channels: found by walking, set up by a workspace, and what each makes of a person and a message."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.channels import configure, registry
from tidings.channels.channel import Rendered, Unsendable
from tidings.channels.email.address import Unusable, check_address
from tidings.channels.provider import Outgoing, Provider, Recipient
from tidings.channels.sms.channel import e164
from tidings.kernel.ids import digest
from tidings.kernel.problems import Invalid, Problem
from tidings.people.document import Handset, Person

ID = digest("ada")


def person(attributes: dict[str, Any] | None = None, **more: Any) -> Person:
    return Person(ID, 1, 5, 0, ID, attributes=attributes or {}, **more)


def rendered(text: str = "Hi", address: str = "ada@example.com", **more: Any) -> Rendered:
    return Rendered(delivery="d", workspace=1, recipients=(Recipient(address),), text=text, **more)


def made(channel: str, **more: Any) -> Outgoing:
    return registry()[channel].outgoing(rendered(**more))


def faults(channel: str, **fields: Any) -> list[Problem]:
    return registry()[channel].check(fields)


def test_each_channel_is_a_folder_with_its_providers() -> None:
    assert {name: sorted(channel.providers) for name, channel in registry().items()} == {
        "email": ["mailbox", "smtp"],
        "push": ["fcm", "mailbox"],
        "sms": ["mailbox", "twilio"],
        "webhook": ["http", "mailbox"],
    }


@pytest.mark.parametrize("channel", sorted(registry()))
def test_settings_and_front_matter_describe_themselves(channel: str) -> None:
    found = registry()[channel]
    assert found.schema()["$defs"]
    for provider in found.providers.values():
        assert isinstance(provider, Provider)
        assert provider.title
        assert provider.schema()["$defs"]
        assert provider.Settings.__doc__


@pytest.mark.parametrize(
    ("tables", "path", "words"),
    [
        ({"emial": {}}, ("emial",), "did you mean `email`?"),
        ({"email": {"provider": "stmp"}}, ("email", "provider"), "did you mean `smtp`?"),
        ({"email": {}}, ("email", "provider"), "choose one of mailbox, smtp"),
        ({"email": "smtp"}, ("email",), "is no table"),
        ({"email": {"provider": "smtp"}}, ("email", "host"), "`host` is missing"),
        ({"email": {"provider": "smtp", "host": "h", "prot": 1}}, ("email", "prot"), "did you mean `port`?"),
        ({"email": {"provider": "smtp", "host": "h", "port": 99999}}, ("email", "port"), "65535"),
        (
            {"email": {"provider": "smtp", "host": "h", "username": "a", "password_env": "hunter2"}},
            ("email", "password_env"),
            "the name of the environment variable",
        ),
        (
            {"email": {"provider": "smtp", "host": "h", "username": "a", "password_env": "P", "security": "none"}},
            ("email", "security"),
            "only sent over TLS",
        ),
        ({"sms": {"provider": "twilio", "account_sid": "AC1", "auth_token_env": "T"}}, ("sms", "account_sid"), ""),
        ({"webhook": {"provider": "http", "secret_env": ""}}, ("webhook", "secret_env"), "WEBHOOK_SECRET"),
        ({"push": {"provider": "fcm", "credentials_env": ""}}, ("push", "credentials_env"), "FCM_CREDENTIALS"),
    ],
)
def test_settings_that_are_wrong(tables: dict[str, Any], path: tuple[str, ...], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        configure(tables)
    (problem,) = caught.value.problems
    assert problem.path == path
    assert words in f"{problem.message} {problem.hint}"
    assert "hunter2" not in str(caught.value), "what was written may be the secret itself"


def test_settings_that_are_right() -> None:
    found = configure({"email": {"provider": "smtp", "host": "mail.example.com"}})
    assert found["email"].provider.name == "smtp"
    assert found["email"].provider.secrets(found["email"].settings) == ()
    signed = configure({"webhook": {"provider": "http", "secret_env": "KEY"}})["webhook"]
    assert signed.provider.secrets(signed.settings) == ("KEY",)


@pytest.mark.parametrize(
    ("channel", "who", "addresses"),
    [
        (
            "email",
            person(identifiers=[("email", "old@example.com"), ("email", "new@example.com")]),
            ["new@example.com"],
        ),
        ("email", person({"email": "ada@example.com"}), ["ada@example.com"]),
        ("email", person({"email": "not an address"}), []),
        ("email", person({"email": 5}), []),
        ("email", person({"email": "a@b.c\r\nBcc: d@e.f"}), []),
        ("sms", person({"phone": "+1 (415) 555-0123"}), ["+14155550123"]),
        ("sms", person({"phone": "0171 1234567"}), []),
        ("sms", person({"phone": 14155550123}), []),
        ("push", person(devices=[Handset("old", "ios", 1), Handset("new", "android", 2)]), ["new", "old"]),
        ("push", person(), []),
        ("webhook", person(), [""]),
    ],
)
def test_where_a_person_gets_it(channel: str, who: Person, addresses: list[str]) -> None:
    assert [recipient.address for recipient in registry()[channel].recipients(who)] == addresses


@pytest.mark.parametrize(
    ("channel", "fields", "path", "words"),
    [
        ("email", {}, ("subject",), "`subject` is missing"),
        ("email", {"subject": "x", "form": "a@b.c"}, ("form",), "did you mean `from`?"),
        ("email", {"subject": "x", "from": "Ada Lovelace"}, ("from",), "write `Ada <ada@example.com>`"),
        ("email", {"subject": "x", "reply_to": "ada"}, ("reply_to",), "is no email address"),
        ("email", {"subject": "x", "headers": {"Bcc": "a@b.c"}}, ("headers", "Bcc"), "set by Tidings"),
        ("email", {"subject": "x", "headers": {"content-type": "a"}}, ("headers", "content-type"), "set by Tidings"),
        ("email", {"subject": "x", "headers": 1}, ("headers",), "names with values"),
        ("sms", {"from": "a name that is far too long"}, ("from",), "cannot send SMS"),
        ("push", {"badge": "many"}, ("badge",), "is no number"),
        ("push", {"image": "http://x"}, ("image",), "https"),
        ("push", {"to": "some"}, ("to",), "some"),
        ("webhook", {"url": "example.com"}, ("url",), "https://example.com/hook"),
        ("webhook", {"url": "https://e.x/", "headers": {"Host": "a"}}, ("headers", "Host"), "set by Tidings"),
        ("webhook", {"url": "https://e.x/", "headers": {"A B": "a"}}, ("headers", "A B"), "no header name"),
    ],
)
def test_front_matter_that_is_wrong(channel: str, fields: dict[str, Any], path: tuple[str, ...], words: str) -> None:
    (problem,) = faults(channel, **fields)
    assert problem.path == path
    assert words in f"{problem.message} {problem.hint}"


@pytest.mark.parametrize(
    ("channel", "fields"),
    [
        ("email", {"subject": "x", "from": "team"}),
        ("email", {"subject": "x", "from": "{{ customer.owner }}", "bcc": ["a@b.c"], "headers": {"X-A": "1"}}),
        ("sms", {"from": "{{ customer.x }}"}),
        ("push", {"title": "x", "badge": "{{ customer.n }}", "image": "{{ x }}", "data": {"a": "b"}}),
        ("webhook", {"url": "{{ customer.hook }}", "method": "PUT"}),
    ],
)
def test_front_matter_that_is_right(channel: str, fields: dict[str, Any]) -> None:
    assert faults(channel, **fields) == []


@pytest.mark.parametrize(
    ("channel", "more", "words"),
    [
        ("email", {"fields": {}}, "no sender"),
        ("email", {"fields": {"from": "a@b.c", "bcc": "nobody"}}, "an address is no email address"),
        ("email", {"fields": {"from": "a@b.c", "headers": {"Subject": "x"}}}, "set by Tidings"),
        ("sms", {"text": " \n"}, "the text is empty"),
        ("sms", {"text": "x" * 1601}, "at most 1600"),
        ("sms", {"fields": {"from": "€"}}, "`from` is neither"),
        ("push", {"text": ""}, "neither a title nor a text"),
        ("push", {"fields": {"badge": "x"}}, "`badge` is no number"),
        ("webhook", {"fields": {"url": " "}}, "the url is empty"),
        ("webhook", {"fields": {"url": "https://e.x", "method": "brew"}}, "must be one of"),
        ("webhook", {"fields": {"url": "https://e.x", "headers": {"X": "a\r\nB: c"}}}, "one line"),
    ],
)
def test_what_cannot_be_sent_says_why(channel: str, more: dict[str, Any], words: str) -> None:
    with pytest.raises(Unsendable, match=words):
        made(channel, **more)


def test_what_is_handed_over() -> None:
    mail = made("email", fields={"from": "Ada <ada@example.org>", "bcc": "c@example.com, c@example.com"}, message=b"x")
    assert (mail.mail_from, mail.rcpt_to) == ("ada@example.org", ("ada@example.com", "c@example.com"))
    assert made("email", fields={"from": "a@b.c", "return_path": "bounce@b.c"}).mail_from == "bounce@b.c"
    assert made("sms", text=" Hi \n").text == "Hi"
    push = made("push", fields={"title": "T", "badge": "3", "data": {"n": 1}})
    assert (push.subject, push.fields["badge"], push.fields["data"]) == ("T", 3, {"n": "1"})
    both = Rendered(
        delivery="d", workspace=1, recipients=(Recipient("new"), Recipient("old")), text="x", fields={"to": "last used"}
    )
    assert registry()["push"].outgoing(both).recipients == (Recipient("new"),)
    hook = made("webhook", fields={"url": " https://e.x/ ", "headers": {"X-A": "1"}}, text='{"a": "é"}')
    assert (hook.recipient.address, hook.message) == ("https://e.x/", '{"a": "é"}'.encode())
    assert hook.headers == {"Content-Type": "application/json", "X-A": "1"}


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("ada@example.com", ("ada@example.com", False)),
        ("ada@bücher.example", ("ada@xn--bcher-kva.example", False)),
        ("ada@straße.de", ("ada@xn--strae-oqa.de", False)),
        ("jörg@example.com", ("jörg@example.com", True)),
        ('"a b"@example.com', ('"a b"@example.com', False)),
        ("ada@[192.0.2.1]", ("ada@[192.0.2.1]", False)),
    ],
)
def test_addresses_of_the_envelope(address: str, wire: tuple[str, bool]) -> None:
    assert check_address(address) == wire


@given(st.text(max_size=40))
def test_no_address_breaks_out_of_its_command(text: str) -> None:
    try:
        wire, _ = check_address(text)
    except Unusable:
        return
    assert not set(wire) & set("\r\n<>\0")


@given(st.text(alphabet="+0123456789 ()-.a\u00a0", max_size=20))
def test_numbers_are_international_or_none(text: str) -> None:
    number = e164(text)
    assert number is None or (number[0] == "+" and number[1:].isdecimal() and 7 <= len(number[1:]) <= 15)
