"""Email: what a template of it says, and where a person gets it."""

import re
from collections.abc import Iterable
from email.utils import parseaddr
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct, field

from tidings.channels.channel import Channel, Rendered, Unsendable, is_liquid
from tidings.channels.email.address import Unusable, check_address
from tidings.channels.provider import Outgoing, Recipient
from tidings.kernel.problems import Problem
from tidings.kernel.times import MINUTE
from tidings.people.document import Person, identifier

_SENDER: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_OURS: Final = frozenset(
    (
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "reply-to",
        "sender",
        "return-path",
        "message-id",
        "date",
        "mime-version",
        "received",
        "dkim-signature",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "precedence",
    )
)


class EmailFields(Struct):
    """Front matter. ``from``: ``Ada <ada@example.com>`` or the name of a sender of the workspace (none: the workspace's own).
    ``return_path``: where bounces go (none: ``from``). ``bcc``: who gets a copy unseen. ``headers``: more of them, by name."""

    subject: str
    sender: str = field(default="", name="from")
    reply_to: str = ""
    preheader: str = ""
    return_path: str = ""
    bcc: str | list[str] = ""
    headers: dict[str, str] = {}


class Email(Channel):
    name = "email"
    title = "Email"
    form = "mail"
    address = "an `email`"
    Fields = EmailFields
    consent = "email"
    window = 10 * MINUTE

    def recipients(self, person: Person) -> list[Recipient]:
        address = identifier(person, "email") or person.attributes.get("email")
        if not isinstance(address, str):
            return []
        try:
            check_address(address)
        except Unusable:
            return []
        name = person.attributes.get("name")
        return [Recipient(address, name if isinstance(name, str) and name.isprintable() else "")]

    def trial(self, to: str) -> tuple[Recipient, dict[str, Any]]:
        return Recipient(to), {"subject": "A test from Tidings"}

    def check(self, fields: Any) -> list[Problem]:
        problems = super().check(fields)
        for key in ("from", "reply_to", "return_path"):
            value = fields.get(key)
            if isinstance(value, str) and value and not is_liquid(value):
                if key == "from" and _SENDER.fullmatch(value):
                    continue
                try:
                    check_address(parseaddr(value)[1])
                except Unusable as error:
                    problems.append(Problem(f"`{key}` {error}", "write `Ada <ada@example.com>`", (key,)))
        headers = fields.get("headers")
        if isinstance(headers, dict):
            problems += [Problem(why, "", ("headers", name)) for name, why in _faults(headers)]
        return problems

    def outgoing(self, rendered: Rendered) -> Outgoing:
        fields = rendered.fields
        sender = str(fields.get("return_path") or _bare(str(fields.get("from") or "")))
        if not sender:
            raise Unsendable("it has no sender; give the template a `from`, or the workspace a sender")
        for _, why in _faults(fields.get("headers") or {}):
            raise Unsendable(why)
        hidden = fields.get("bcc") or []
        others = [parseaddr(each)[1] for each in (hidden.split(",") if isinstance(hidden, str) else hidden)]
        rcpt_to = tuple(dict.fromkeys([rendered.recipients[0].address, *filter(None, others)]))
        try:
            for address in (sender, *rcpt_to):
                check_address(address)
        except Unusable as error:
            raise Unsendable(f"an address {error}") from None
        return Outgoing(
            delivery=rendered.delivery,
            workspace=rendered.workspace,
            channel=self.name,
            recipients=rendered.recipients,
            fields=dict(fields),
            message=rendered.message,
            mail_from=sender,
            rcpt_to=rcpt_to,
            subject=str(fields.get("subject") or ""),
            text=rendered.text,
            html=rendered.html,
        )


@lru_cache(1024)
def _bare(text: str) -> str:
    return parseaddr(text)[1]


def _faults(headers: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for name in headers:
        lower = str(name).lower()
        if lower in _OURS or lower.startswith("content-"):
            yield name, f"the header `{name}` is set by Tidings"


CHANNEL = Email()
