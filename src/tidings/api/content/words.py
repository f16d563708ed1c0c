"""What may be read and named in a text, and what may be written in it."""

import re
from collections.abc import Mapping
from typing import Final

from litestar import get
from msgspec import Struct

from tidings.api.here import Here
from tidings.api.permit import may
from tidings.content import brand, pictures
from tidings.content.liquid.environment import tags
from tidings.content.liquid.filters import FILTERS
from tidings.content.mjml.schema import ANYWHERE, ATTRIBUTES
from tidings.content.senders import resolve_sender
from tidings.people import catalog
from tidings.project import store
from tidings.settings import Settings

_PLAIN: Final = re.compile(r"[A-Za-z_][\w-]*")
_ALWAYS: Final = {
    "brand.name": "",
    "brand.address": "",
    "brand.website": "",
    "workspace.name": "",
    "topic.name": "",
    "event_timestamp": "",
    "delivery_id": "",
}


class Variable(Struct):
    """What a template may read: ``customer.plan``. ``types`` and ``example``: as they were seen."""

    path: str
    types: list[str]
    example: str


class Variables(Struct):
    """What templates may read in this workspace; ``events``: the properties of each by name."""

    variables: list[Variable]
    events: dict[str, list[Variable]]


class TagWord(Struct):
    """A Liquid tag. ``end``: what closes it, "" where nothing does."""

    name: str
    end: str


class ContentWords(Struct):
    """What may be written in a text: Liquid's tags and filters, and MJML's elements with their attributes."""

    tags: list[TagWord]
    filters: list[str]
    elements: dict[str, list[str]]


class TopicNamed(Struct):
    """A topic of the workspace."""

    id: str
    name: str


class ContentNames(Struct):
    """What front matter may name. ``sender``: who sends where a template does not say, as its readers see it."""

    senders: list[str]
    sender: str
    topics: list[TopicNamed]


@get("/content/variables", guards=[may("content:read")])
async def list_variables(here: Here, settings: Settings) -> Variables:
    """List what templates may read: attributes and properties as the catalog knows them, and what every message has."""
    async with here.pool.acquire() as connection:
        words = await catalog.words(connection, here.workspace.id)
        seen = [line for line in await catalog.read(connection, here.workspace.id) if not _hidden(line, words)]
        in_force = await store.newest(connection, here.workspace.id)
        begun = await store.drafts(connection, here.workspace.id)
    found = {f"customer.{name}": Variable(f"customer.{name}", ["text"], "") for name in ("id", "email")}
    events: dict[str, list[Variable]] = {}
    for line in seen:
        if line.kind == "person" and line.property:
            found |= {each.path: each for each in _read("customer", line)}
        elif line.kind in ("track", "page", "screen"):
            known = events.setdefault(line.name, [])
            if line.property:
                known += _read("event", line)
        elif line.kind == "company" and line.property:
            found |= {each.path: each for each in _read("company", line)}
    shown = {**in_force.body.get("assets", {}), **{each.name: each.body for each in begun if each.kind == "asset"}}
    addresses = pictures.addresses(shown, settings.pictures)
    looks = brand.values(in_force.body.get("settings", {}).get("brand") or {}, here.workspace.name, addresses)
    for path, example in {**_ALWAYS, **{f"brand.{name}": value for name, value in looks.items()}}.items():
        found[path] = Variable(path, ["text"], example)
    for name, address in addresses.items():
        path = f"assets['{name}']"
        found[path] = Variable(path, ["text"], address)
    for name in in_force.body.get("snippets", {}):
        found[f"snippets.{name}"] = Variable(f"snippets.{name}", ["text"], "")
    return Variables(list(found.values()), events)


@get("/content/words", guards=[may("content:read")])
async def list_words() -> ContentWords:
    """List what may be written in a text."""
    elements = {name: sorted(own | ANYWHERE - {"*"}) for name, own in ATTRIBUTES.items()}
    return ContentWords([TagWord(*tag) for tag in tags()], sorted(FILTERS), elements)


@get("/content/names", guards=[may("content:read")])
async def list_names(here: Here) -> ContentNames:
    """List the senders and topics of the workspace."""
    async with here.pool.acquire() as connection:
        settings = (await store.newest(connection, here.workspace.id)).body.get("settings", {})
    topics = [TopicNamed(id, table.get("name") or id) for id, table in settings.get("topics", {}).items()]
    return ContentNames(list(settings.get("senders", {})), resolve_sender(settings)[0], topics)


def _hidden(line: catalog.Seen, words: Mapping[tuple[str, str, str], catalog.Words]) -> bool:
    return any(words.get((line.kind, line.name, each), catalog.NO_WORDS).hidden for each in (line.property, ""))


def _read(root: str, line: catalog.Seen) -> list[Variable]:
    """Give an attribute, and what it has in it."""
    path = _path(root, line.property)
    inner = catalog.within(line.types, line.example)
    return [
        Variable(path, line.types, catalog.shortened(line.example)),
        *(Variable(f"{path}.{name}", types, catalog.shortened(example)) for name, types, example in inner),
    ]


def _path(root: str, name: str) -> str:
    """Name an attribute as Liquid reads it: in brackets where it is no plain word."""
    if _PLAIN.fullmatch(name):
        return f"{root}.{name}"
    quote = '"' if "'" in name else "'"
    return f"{root}[{quote}{name}{quote}]"
