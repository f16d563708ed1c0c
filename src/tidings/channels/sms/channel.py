"""SMS: what a template of it says, and where a person gets it."""

import re
from typing import Any, Final

from msgspec import Struct, field

from tidings.channels.channel import Channel, Rendered, Unsendable, is_liquid
from tidings.channels.provider import Outgoing, Recipient
from tidings.channels.sms.segments import segments
from tidings.kernel.problems import Problem
from tidings.people.document import Person

LONGEST: Final = 1600
"""Characters; what providers take at most."""
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_SPACED: Final = re.compile(r"[ ().\-\u00a0]")
_NAMED: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}|[0-9]{3,8}")


class SmsFields(Struct):
    """Front matter. ``from``: a number in E.164, a short code or a sender name (none: the provider's)."""

    sender: str = field(default="", name="from")


class Sms(Channel):
    name = "sms"
    title = "SMS"
    form = "text"
    address = "a `phone` in international form, as +14155550123"
    Fields = SmsFields
    consent = "sms"

    def recipients(self, person: Person) -> list[Recipient]:
        number = e164(person.attributes.get("phone"))
        return [Recipient(number)] if number else []

    def length(self, text: str) -> str:
        counted = segments(text.strip())
        says = f"{len(text.strip())} characters, sent as {counted.count} text message{'s' if counted.count > 1 else ''}"
        wide = next((char for char in text if segments(char).encoding == "UCS-2"), "")
        return f"{says}. With {wide} in it, one holds 70 characters instead of 160" if wide else says

    def check(self, fields: Any) -> list[Problem]:
        problems = super().check(fields)
        sender = fields.get("from")
        if isinstance(sender, str) and sender and not is_liquid(sender) and not is_sender(sender):
            hint = "write a number as +14155550123, a short code, or a name of at most 11 letters and digits"
            problems.append(Problem("`from` cannot send SMS", hint, ("from",)))
        return problems

    def outgoing(self, rendered: Rendered) -> Outgoing:
        text = rendered.text.strip()
        if not text:
            raise Unsendable("the text is empty")
        if len(text) > LONGEST:
            raise Unsendable(f"the text has {len(text)} characters; an SMS holds at most {LONGEST}")
        sender = str(rendered.fields.get("from") or "")
        if sender and not is_sender(sender):
            raise Unsendable("`from` is neither a number as +14155550123, a short code nor a short name")
        return Outgoing(
            delivery=rendered.delivery,
            workspace=rendered.workspace,
            channel=self.name,
            recipients=rendered.recipients,
            fields={"from": sender},
            text=text,
        )


def e164(value: object) -> str | None:
    """Give the number as +14155550123, or None; spaces, dots, dashes and brackets are left out, nothing is guessed."""
    if not isinstance(value, str):
        return None
    number = _SPACED.sub("", value.strip())
    return number if _E164.fullmatch(number) else None


def is_sender(text: str) -> bool:
    return bool(_E164.fullmatch(text) or _NAMED.fullmatch(text))


CHANNEL = Sms()
