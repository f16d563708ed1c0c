"""Email: what a template of it says, and where a person gets it."""

from email.utils import parseaddr
from typing import Any

from msgspec import Struct, field

from tidings.channels.channel import Channel, Rendered, Unsendable, is_liquid
from tidings.channels.email.address import Unusable, check_address
from tidings.channels.provider import Outgoing, Recipient
from tidings.kernel.problems import Problem
from tidings.kernel.times import MINUTE
from tidings.people.document import Person, identifier


class EmailFields(Struct):
    """Front matter. ``from``: ``Ada <ada@example.com>`` (none: the workspace's sender). ``return_path``: where bounces go
    (none: ``from``)."""

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

    def check(self, fields: Any) -> list[Problem]:
        problems = super().check(fields)
        for key in ("from", "reply_to", "return_path"):
            value = fields.get(key)
            if isinstance(value, str) and value and not is_liquid(value):
                try:
                    check_address(parseaddr(value)[1])
                except Unusable as error:
                    problems.append(Problem(f"`{key}` {error}", "write `Ada <ada@example.com>`", (key,)))
        return problems

    def outgoing(self, rendered: Rendered) -> Outgoing:
        fields = rendered.fields
        sender = str(fields.get("return_path") or parseaddr(str(fields.get("from") or ""))[1])
        if not sender:
            raise Unsendable("it has no sender; give the template a `from`, or the workspace a sender")
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


CHANNEL = Email()
