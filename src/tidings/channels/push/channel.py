"""Push: what a template of it says, and the devices of a person."""

from typing import Any, Literal

from msgspec import Struct

from tidings.channels.channel import Channel, Rendered, Unsendable, is_liquid
from tidings.channels.provider import Outgoing, Recipient
from tidings.kernel.problems import Problem
from tidings.people.document import Person


class PushFields(Struct):
    """Front matter; the body is the text. ``link``: what a tap opens. ``data``: for the app. ``to``: all devices, or the last used."""

    title: str = ""
    image: str = ""
    link: str = ""
    sound: str = ""
    badge: int | str | None = None
    data: dict[str, str] = {}
    to: Literal["all", "last used"] = "all"
    priority: Literal["high", "normal"] = "high"


class Push(Channel):
    name = "push"
    title = "Push"
    form = "text"
    address = "a device"
    Fields = PushFields
    consent = "push"

    def recipients(self, person: Person) -> list[Recipient]:
        devices = sorted(person.devices, key=lambda device: -device.last_used)
        return [Recipient(device.token, platform=device.platform) for device in devices]

    def trial(self, to: str) -> tuple[Recipient, dict[str, Any]]:
        return Recipient(to), {"title": "A test from Tidings"}

    def check(self, fields: Any) -> list[Problem]:
        problems = super().check(fields)
        badge = fields.get("badge")
        if isinstance(badge, str) and not is_liquid(badge) and not badge.strip().isdecimal():
            problems.append(Problem("`badge` is no number", "", ("badge",)))
        image = fields.get("image")
        if isinstance(image, str) and image and not is_liquid(image) and not image.startswith("https://"):
            problems.append(Problem("`image` must be an https address", "", ("image",)))
        return problems

    def outgoing(self, rendered: Rendered) -> Outgoing:
        fields, text = dict(rendered.fields), rendered.text.strip()
        title = str(fields.get("title") or "")
        if not title and not text:
            raise Unsendable("it has neither a title nor a text")
        badge = str(fields.get("badge") or "").strip()
        if badge and not badge.isdecimal():
            raise Unsendable("`badge` is no number")
        fields["badge"] = int(badge) if badge else None
        fields["data"] = {str(key): str(value) for key, value in (fields.get("data") or {}).items()}
        only_last = fields.get("to") == "last used"
        return Outgoing(
            delivery=rendered.delivery,
            workspace=rendered.workspace,
            channel=self.name,
            recipients=rendered.recipients[:1] if only_last else rendered.recipients,
            fields=fields,
            subject=title,
            text=text,
        )


CHANNEL = Push()
