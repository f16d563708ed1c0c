"""A message as it would read for somebody, made without sending, planning or counting anything: previews, and tests sent to oneself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from tidings.channels import Configured, registry
from tidings.channels.channel import Rendered as Ready
from tidings.channels.channel import Unsendable
from tidings.channels.provider import Means, Missing, Outcome, Outgoing, Recipient, Retry
from tidings.content import mime
from tidings.content.address import Address
from tidings.content.address import parse as parse_address
from tidings.content.liquid import RenderError
from tidings.content.message import Message, Rendered
from tidings.content.senders import resolve_sender
from tidings.delivery.compose import Trigger, Unready, values
from tidings.delivery.delivery import Delivery
from tidings.delivery.workspaces import Snapshot
from tidings.kernel.effects import Planned
from tidings.kernel.ids import digest, show
from tidings.people.document import Person

_NOWHERE: Final = "#"
"""Where links lead that belong to a delivery: there is none."""


@dataclass(frozen=True)
class Pretended:
    """A message made for a person. ``sender``, ``reply_to``: as a reader sees them; ``links``: where the message's links lead."""

    rendered: Rendered
    sender: str
    reply_to: str
    links: tuple[str, ...]


def pretend(
    message: Message,
    person: Person,
    snapshot: Snapshot,
    event: Trigger | None,
    now: int,
    planned: Planned | None = None,
) -> Pretended:
    """Make a message for somebody, with links as they were written. Raises RenderError. ``snapshot``: what is in force now.
    ``planned``: by a run, whose values it reads as `journey.x`."""
    links: list[str] = []

    def seen(url: str, position: int) -> str:
        links.append(url)
        return url

    delivery = _delivery(message, person, now, planned)
    topic = snapshot.topics.get(message.template.topic)
    urls = dict.fromkeys(
        ("unsubscribe_url", "view_in_browser_url", "manage_subscription_preferences_url", "tracking_consent_url"),
        _NOWHERE,
    )
    urls |= {"subscription_topic_name": topic.name if topic else "", "cio_link_id": delivery.public}
    rendered = message.render(values(delivery, person, snapshot, event), links=seen, urls=urls, now=now)
    sender, reply_to = resolve_sender(snapshot.settings, rendered.from_, rendered.reply_to)
    return Pretended(rendered, sender, reply_to, tuple(dict.fromkeys(links)))


def trial(
    message: Message,
    person: Person,
    snapshot: Snapshot,
    event: Trigger | None,
    to: str,
    now: int,
    planned: Planned | None = None,
    at: int | None = None,
) -> Outgoing:
    """Make the mail that shows somebody else how a message reads. It has no copies, no list headers and no pixel. Raises `Unready`.
    ``planned``: by a run; ``at``: the moment it reads as, where that is not ``now``."""
    try:
        made = pretend(message, person, snapshot, event, now if at is None else at, planned)
        if not made.sender:
            raise Unready("it has no sender; give the template a `from`, or the workspace a `sender`")
        author = parse_address(made.sender)
        rendered = made.rendered
        subject = f"[Test] {rendered.subject}"
        delivery = _delivery(message, person, now)
        pairs = mime.headers(
            sender=str(author),
            to=str(Address("", to)),
            subject=subject,
            message_id=f"{show(digest('test', to, now, key=snapshot.secret))}@{author.email.rpartition('@')[2]}",
            sent=now,
            reply_to=made.reply_to,
            unsubscribe="",
            bulk=False,
            more={},
        )
        fields: dict[str, Any] = {"subject": subject, "from": str(author), "preheader": rendered.preheader}
        return registry()["email"].outgoing(
            Ready(
                delivery=delivery.public,
                workspace=snapshot.workspace,
                recipients=(Recipient(to),),
                fields=fields,
                headers=dict(pairs),
                text=rendered.text,
                html=rendered.html or "",
                message=mime.build(pairs, rendered.text, rendered.html),
            )
        )
    except RenderError as error:
        raise Unready(str(error)) from error
    except (ValueError, Unsendable) as error:
        raise Unready(str(error)) from error


async def hand_over(configured: Configured, outgoing: Outgoing, means: Means) -> Outcome:
    """Give one message to a channel's provider, now."""
    try:
        async with configured.provider.open(configured.settings, replace(means, reports="")) as sender:
            return await sender.send(outgoing)
    except Missing as missing:
        return Retry(str(missing))


def sample(snapshot: Snapshot, attributes: dict[str, Any], identifiers: Sequence[tuple[str, str]]) -> Person:
    """Give somebody who does not exist, for whoever has no people yet."""
    return Person(bytes(16), snapshot.workspace, 0, 0, bytes(16), list(identifiers), attributes)


def _delivery(message: Message, person: Person, now: int, planned: Planned | None = None) -> Delivery:
    template = message.template
    values = msgspec.msgpack.encode(planned.values) if planned is not None and planned.values else b""
    given: dict[str, Any] = {
        **dict.fromkeys(Delivery.__struct_fields__),
        "partition": 0,
        "id": bytes(16),
        "workspace": person.workspace,
        "home": person.partition,
        "person": person.id,
        "template": template.name,
        "channel": template.channel,
        "topic": template.topic,
        "journey": planned.journey if planned is not None else "",
        "due": now,
        "values": values,
    }
    return Delivery(**given)
