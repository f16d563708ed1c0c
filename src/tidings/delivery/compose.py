"""Compose: from a template, a person and a delivery to what a provider is handed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from tidings import history
from tidings.channels import registry
from tidings.channels.channel import Channel, Rendered, Unsendable
from tidings.channels.provider import Outgoing, Recipient
from tidings.content import mime
from tidings.content import template as templates
from tidings.content.address import Address
from tidings.content.address import parse as parse_address
from tidings.content.compile import compile
from tidings.content.liquid import RenderError
from tidings.content.message import Message as Compiled
from tidings.content.message import Rendered as Read
from tidings.content.senders import resolve_sender
from tidings.database.pool import Connection
from tidings.delivery import queue
from tidings.delivery.copies import Stem, stem_of
from tidings.delivery.delivery import Delivery
from tidings.delivery.links import Links
from tidings.delivery.workspaces import Snapshot, Workspaces
from tidings.history.kinds import ENTER, EVENTS
from tidings.kernel.ids import digest, home_of, show
from tidings.kernel.problems import Invalid
from tidings.kernel.times import SECOND
from tidings.people import links
from tidings.people.document import Person

_EVENTS: Final = (*EVENTS.values(), ENTER)


class Unready(Exception):
    """The message can't be made; the text says why, with the template's line where it has one."""


class Message(Struct, frozen=True):
    """A compiled template. ``marketing`` False: transactional. ``reads_event``: it needs what started the run."""

    compiled: Compiled
    topic: str
    marketing: bool
    reads_event: bool
    stem: Stem


class Trigger(Struct, frozen=True):
    """The event that started a run."""

    name: str
    properties: Mapping[str, Any]
    time: int


def message(snapshot: Snapshot, template: str) -> Message:
    """Give a snapshot's template, compiled the first time it is asked for. Raises `Unready`."""
    made = snapshot.made.get(template)
    if made is None:
        made = snapshot.made[template] = compiled(snapshot, template)
    if isinstance(made, str):
        raise Unready(made)
    found: Message = made
    return found


def is_made(snapshot: Snapshot, template: str) -> bool:
    """Whether `message` has nothing left to compile."""
    return template in snapshot.made


def compiled(snapshot: Snapshot, template: str) -> Message | str:
    """Compile a template, or say why it can't be. That may take a while: do it in a thread, with nothing locked."""
    entry = snapshot.template(template)
    if entry is None:
        return f"there is no template `{template}`"
    try:
        read = templates.read(template, entry["text"], entry.get("format") or "")
        channel = registry().get(read.channel)
        if channel is None:
            return f"there is no channel `{read.channel}`"
        made = compile(
            read,
            layouts=snapshot.body.get("layouts") or {},
            snippets=snapshot.body.get("snippets") or {},
            form=channel.form,
            assets=snapshot.assets,
        )
    except Invalid as invalid:
        return f"the template can't be used: {invalid}"
    roots = {path.partition(".")[0].partition("[")[0] for path in made.variables}
    reads_event = not roots.isdisjoint(("event", "trigger", "event_timestamp"))
    return Message(made, read.topic, read.marketing, reads_event, stem_of(made))


def marketing_topic(snapshot: Snapshot, template: str) -> str | None:
    """A template's topic ("": none), by its front matter alone; None where its messages count towards no cap, or it can't be read."""
    if template not in snapshot.topics_of:
        entry = snapshot.template(template)
        try:
            read = templates.read(template, entry["text"], entry.get("format") or "") if entry else None
        except Invalid:
            read = None
        snapshot.topics_of[template] = read.topic if read is not None and read.marketing else None
    return snapshot.topics_of[template]


async def events(connection: Connection, asked: Sequence[tuple[Delivery, Message]]) -> dict[bytes, Trigger]:
    """Read the events that started the runs of deliveries whose templates name them, by delivery id.

    Events stay with the person they happened to, so those of a survivor may stand with somebody absorbed.
    """
    wanted = {
        delivery.id: (delivery.home, delivery.person, delivery.event_time, delivery.event_id)
        for delivery, message in asked
        if message.reads_event and delivery.event_time is not None and delivery.event_id is not None
    }
    if not wanted:
        return {}
    rows = await history.rows_at(connection, sorted(set(wanted.values())), _EVENTS)
    found = {id: _trigger(rows[place]) for id, place in wanted.items() if place in rows}
    lost = {id: place for id, place in wanted.items() if id not in found}
    if lost:
        absorbed = await links.absorbed(connection, sorted({person for _, person, _, _ in lost.values()}))
        places = [
            (id, (home_of(other), other, time, event))
            for id, (_, person, time, event) in lost.items()
            for other in absorbed.get(person, ())
        ]
        rows = await history.rows_at(connection, sorted({place for _, place in places}), _EVENTS)
        found |= {id: _trigger(rows[place]) for id, place in places if place in rows}
    return found


def _trigger(row: history.Entry) -> Trigger:
    return Trigger(row.name, history.unpack(row.body), row.time)


def outgoing(
    message: Message,
    delivery: Delivery,
    person: Person,
    recipients: Sequence[Recipient],
    channel: Channel,
    snapshot: Snapshot,
    event: Trigger | None,
    base: str,
    now: int,
) -> Outgoing:
    """Render the message and give what the provider takes. Raises `Unready`.

    ``snapshot``: what is in force now, for senders and topics; ``base``: the address of the tracking pages; ``now``: microseconds.
    """
    links = Links(base, snapshot.secret, delivery.workspace, delivery.partition, delivery.id)
    try:
        rendered = message.compiled.render(
            values(delivery, person, snapshot, event),
            links=lambda url, position: links.click(url),
            pixel=links.open(),
            urls=_urls(links, delivery, snapshot),
            now=now,
        )
        fields = {
            "subject": rendered.subject,
            "title": rendered.title,
            "from": rendered.from_,
            "reply_to": rendered.reply_to,
            "preheader": rendered.preheader,
        }
        fields = {name: value for name, value in fields.items() if value and name in _known(channel)} | rendered.extra
        headers: dict[str, str] = {}
        data = b""
        if channel.form == "mail":
            pairs = _headers(fields, delivery, recipients[0], snapshot, links, message.marketing, now)
            headers = dict(pairs)
            data = mime.build(pairs, rendered.text, rendered.html)
        return channel.outgoing(
            Rendered(
                delivery=delivery.public,
                workspace=delivery.workspace,
                recipients=tuple(recipients),
                fields=fields,
                headers=headers,
                text=rendered.text,
                html=rendered.html or "",
                message=data,
            )
        )
    except RenderError as error:
        raise Unready(f"the template failed: {error}") from error
    except (mime.BadHeader, Unsendable) as error:
        raise Unready(str(error)) from error


class Anew(NamedTuple):
    """What it takes to make a message again, for the person as they are now."""

    message: Message
    person: Person
    snapshot: Snapshot
    event: Trigger | None


async def anew(connection: Connection, workspaces: Workspaces, delivery: Delivery) -> Anew | None:
    """Gather what a message that was made before is made of now; None where the person or the workspace is gone. Raises `Unready`."""
    await workspaces.refresh(connection, [(delivery.workspace, delivery.definitions)])
    newest = workspaces.newest(delivery.workspace)
    pinned = workspaces.at(delivery.workspace, delivery.definitions)
    person = (await queue.people(connection, [(delivery.home, delivery.person)])).get((delivery.home, delivery.person))
    if newest is None or pinned is None or person is None:
        return None
    made = await asyncio.to_thread(message, pinned, delivery.template)
    return Anew(made, person, newest, (await events(connection, [(delivery, made)])).get(delivery.id))


def view(made: Anew, delivery: Delivery, base: str, now: int) -> str:
    """Give the HTML of a message as a page; "" where it has none. Raises `Unready`."""
    links = Links(base, made.snapshot.secret, delivery.workspace, delivery.partition, delivery.id)
    urls = _urls(links, delivery, made.snapshot)
    return _read(made, delivery, lambda url, position: links.click(url), urls, now).html or ""


def reading(made: Anew, delivery: Delivery, now: int) -> Read:
    """Give what a message says, with its links as they were written: for whoever looks at it. Raises `Unready`."""
    links = Links("", made.snapshot.secret, delivery.workspace, delivery.partition, delivery.id)
    urls = {name: "#" if "url" in name else text for name, text in _urls(links, delivery, made.snapshot).items()}
    return _read(made, delivery, lambda url, position: url, urls, now)


def _read(made: Anew, delivery: Delivery, links: Callable[[str, int], str], urls: Mapping[str, str], now: int) -> Read:
    given = values(delivery, made.person, made.snapshot, made.event)
    try:
        return made.message.compiled.render(given, links=links, urls=urls, now=now)
    except RenderError as error:
        raise Unready(str(error)) from error


def values(delivery: Delivery, person: Person, snapshot: Snapshot, event: Trigger | None) -> dict[str, Any]:
    """Give what a template may read."""
    topic = snapshot.topics.get(delivery.topic)
    groups: dict[str, list[dict[str, Any]]] = {}
    for group in person.groups:
        groups.setdefault(group.type, []).append({**group.attributes, "id": group.key, "relationship": group.relation})
    properties = event.properties if event else {}
    return {
        "customer": {**person.attributes, **dict(person.identifiers), "cio_id": show(person.id)},
        "event": properties,
        "trigger": properties,
        "event_timestamp": event.time // SECOND if event else None,
        "journey": delivery.said(),
        "campaign": {"id": delivery.journey, "name": delivery.journey},
        "delivery": {"id": delivery.public, "channel": delivery.channel, "due": delivery.due // SECOND},
        "delivery_id": delivery.public,
        "message": {"id": delivery.template, "name": delivery.template},
        "company": groups["company"][-1] if "company" in groups else {},
        "objects": groups,
        "workspace": {"name": snapshot.name},
        "brand": snapshot.brand,
        "topic": {"id": topic.id, "name": topic.name, "description": topic.description} if topic else {},
    }


def _urls(links: Links, delivery: Delivery, snapshot: Snapshot) -> dict[str, str]:
    topic = snapshot.topics.get(delivery.topic)
    return {
        "unsubscribe_url": links.unsubscribe(),
        "view_in_browser_url": links.view(),
        "manage_subscription_preferences_url": links.preferences(),
        "tracking_consent_url": links.preferences(),
        "subscription_topic_name": topic.name if topic else "",
        "cio_link_id": delivery.public,
    }


def _headers(
    fields: dict[str, Any],
    delivery: Delivery,
    recipient: Recipient,
    snapshot: Snapshot,
    links: Links,
    marketing: bool,
    now: int,
) -> list[tuple[str, str]]:
    """Give a mail's headers, and set in ``fields`` who it is from."""
    said, reply_to = resolve_sender(snapshot.settings, str(fields.get("from") or ""), str(fields.get("reply_to") or ""))
    if not said:
        raise Unready("it has no sender; give the template a `from`, or the workspace a `sender`")
    try:
        author = parse_address(said)
    except ValueError as error:
        raise Unready(f"the sender can't be used: {error}") from error
    fields["from"] = str(author)
    return mime.headers(
        sender=str(author),
        to=str(Address(recipient.name, recipient.address)),
        subject=str(fields.get("subject") or ""),
        message_id=f"{show(digest('message', delivery.id, key=snapshot.secret))}@{author.email.rpartition('@')[2]}",
        sent=now,
        reply_to=reply_to,
        unsubscribe=links.unsubscribe() if marketing else "",
        bulk=marketing,
        more=fields.get("headers") or {},
    )


@lru_cache(maxsize=64)
def _known(channel: Channel) -> frozenset[str]:
    return frozenset(field.encode_name for field in msgspec.structs.fields(channel.Fields))
