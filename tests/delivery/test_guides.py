"""The guides to sending: their settings are taken, their templates published, their code runs."""

import time
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.docs.reading import Block, blocks, tables
from tidings.channels import configure, registry
from tidings.channels.webhook.http import signature
from tidings.content import template as templates
from tidings.content.compile import compile
from tidings.delivery.delivery import FINAL
from tidings.project import workspace

FOLDER = Path(__file__).parents[2] / "docs/guides"
PAGES = ["email.md", "sms.md", "push.md", "webhooks.md", "preferences.md", "deliveries.md"]


def found(language: str) -> list[Any]:
    return [
        pytest.param(block, id=f"{page}:{block.line}") for page in PAGES for block in blocks(FOLDER / page, language)
    ]


@pytest.mark.parametrize("block", found("toml"))
def test_settings_are_taken(block: Block) -> None:
    settings = workspace.read({"workspace": "production", **tomllib.loads(block.text)})
    assert workspace.write(settings)


@pytest.mark.parametrize("block", found("markdown"))
def test_templates_are_published(block: Block) -> None:
    suffix = block.label.rpartition(".")[2]
    read = templates.read(block.label, block.text, templates.SUFFIXES[suffix])
    channel = registry()[read.channel]
    own = {"subject": read.subject, "title": read.title}
    assert channel.check({key: value for key, value in own.items() if value} | read.extra) == []
    values = {"customer": {"id": "a b", "plan": 'p"ro'}, "event": {}}
    urls = {"unsubscribe_url": "https://t.example/u"}
    made = compile(read, layouts={}, snippets={}, form=channel.form).render(values, urls=urls)
    if channel.form == "raw":
        assert msgspec.json.decode(made.text) == {"plan": 'p"ro', "order": ""}
        assert made.extra["url"] == "https://crm.example.com/people/a+b"


def test_the_signature_is_checked_as_it_is_made() -> None:
    (block,) = blocks(FOLDER / "webhooks.md", "python")
    names: dict[str, Any] = {}
    exec(block.text, names)
    stamp, body = str(int(time.time())), b'{"plan": "pro"}'
    headers = {"X-Tidings-Timestamp": stamp, "X-Tidings-Signature": signature("hush", stamp, body)}
    assert names["is_ours"]("hush", headers, body)
    assert not names["is_ours"]("hush", headers, body + b" ")
    assert not names["is_ours"]("another", headers, body)
    assert not names["is_ours"]("hush", headers | {"X-Tidings-Timestamp": "1"}, body)


@pytest.mark.parametrize(("page", "channel"), [("email.md", "email"), ("sms.md", "sms")])
def test_settings_named_in_tables_exist(page: str, channel: str) -> None:
    known = {
        field.encode_name
        for name, provider in registry()[channel].providers.items()
        if name != "mailbox"
        for field in msgspec.structs.fields(provider.Settings)
    }
    rows = next(rows for heads, rows in tables(FOLDER / page) if heads[0] == "setting")
    named = {word.strip("`, ") for row in rows for word in row[0].replace(" or ", ",").split(",")}
    assert named <= known
    assert known - named <= {"url", "timeout", "username"}


def test_every_state_is_explained() -> None:
    rows = next(rows for heads, rows in tables(FOLDER / "deliveries.md") if heads[0] == "state")
    assert {row[0] for row in rows} == {"planned", "attempting", *FINAL}


def test_the_channels_settings_are_complete() -> None:
    for page, channel in (("sms.md", "sms"), ("push.md", "push"), ("webhooks.md", "webhook")):
        tables_of = tomllib.loads(blocks(FOLDER / page, "toml")[0].text)["channels"]
        assert list(configure(tables_of)) == [channel]
