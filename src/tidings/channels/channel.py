"""Channel: a kind of message, and all that the rest of the program needs to know about it without knowing its name.

A channel is a folder with a ``channel.py`` whose attribute ``CHANNEL`` is one of these; its providers are the other files.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import msgspec
from msgspec import Struct

from tidings.channels.provider import Outgoing, Provider, Recipient
from tidings.kernel.expected import plain
from tidings.kernel.problems import Problem, did_you_mean
from tidings.kernel.times import MINUTE
from tidings.people.document import Person

Form = Literal["mail", "text", "raw"]
"""What a template's body becomes: a MIME message with HTML and text; plain text; exactly what was written (JSON, say)."""


class Rendered(Struct, frozen=True, kw_only=True):
    """What content made of a template for one person. ``fields``: the channel's front matter after Liquid.

    ``message``: the finished MIME bytes, for channels of form ``mail``. ``text``: the body of the other forms, and the text part of mail.
    """

    delivery: str
    workspace: int
    recipients: tuple[Recipient, ...]
    fields: dict[str, Any] = {}
    headers: dict[str, str] = {}
    text: str = ""
    html: str = ""
    message: bytes = b""


class Unsendable(Exception):
    """The rendered message can't be sent on this channel; the text says why. The delivery fails with it."""


class Channel(ABC):
    """One channel.

    ``form``: what its templates' bodies are. ``Fields``: its front matter, beside what every template has. ``address``: what a
    person needs for it, in words. ``consent``: its name in a person's channel consent ("": it needs none). ``window``: microseconds
    after which a claimed send that was not answered counts as unknown; no provider waits longer.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    form: ClassVar[Form]
    address: ClassVar[str]
    Fields: ClassVar[type[Struct]]
    consent: ClassVar[str]
    window: ClassVar[int] = 5 * MINUTE
    providers: Mapping[str, Provider[Any]] = {}
    """By name; filled by the walk over the channel's folder."""

    @abstractmethod
    def recipients(self, person: Person) -> list[Recipient]:
        """Give the person's addresses on this channel, all of which one delivery goes to; none: it can't be reached."""

    @abstractmethod
    def outgoing(self, rendered: Rendered) -> Outgoing:
        """Make what is handed to a provider; raises `Unsendable`."""

    def trial(self, to: str) -> tuple[Recipient, dict[str, Any]]:
        """Give whom a test goes to that somebody asks for by typing an address, and the front matter it has."""
        return Recipient(to), {}

    def length(self, text: str) -> str:
        """Say how long a finished text is, in the terms it is paid by; "" where nobody counts."""
        return ""

    def check(self, fields: Mapping[str, Any]) -> list[Problem]:
        """Say what is wrong with a template's own front matter (Liquid not yet rendered), each with the field as its path."""
        known = {field.encode_name: field for field in msgspec.structs.fields(self.Fields)}
        problems = [
            Problem(f"{self.name} has no field `{name}`", did_you_mean(name, list(known)), (name,))
            for name in fields
            if name not in known
        ]
        for name, field in known.items():
            if name not in fields:
                if field.required:
                    problems.append(Problem(f"`{name}` is missing", f"{self.name} needs it", (name,)))
                continue
            try:
                msgspec.convert(fields[name], field.type)
            except msgspec.ValidationError as error:
                problems.append(Problem(f"`{name}`: {plain(str(error))}", "", (name,)))
        return problems

    def schema(self) -> dict[str, Any]:
        """JSON Schema of a template's own front matter."""
        return msgspec.json.schema(self.Fields)


def is_liquid(text: str) -> bool:
    """True where a field's value is only known after rendering."""
    return "{{" in text or "{%" in text
