"""Webhook: an HTTP request made of a template. Nobody needs an address for it; the template names the URL."""

import re
from collections.abc import Iterable
from typing import Any, Final, Literal

from msgspec import Struct

from tidings.channels.channel import Channel, Rendered, Unsendable, is_liquid
from tidings.channels.provider import Outgoing, Recipient
from tidings.kernel.problems import Problem
from tidings.people.document import Person

METHODS: Final = ("POST", "PUT", "PATCH", "DELETE", "GET")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_OURS: Final = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect", "keep-alive")
)


class WebhookFields(Struct):
    """Front matter; the body is sent as it is rendered."""

    url: str
    method: Literal["POST", "PUT", "PATCH", "DELETE", "GET"] = "POST"
    headers: dict[str, str] = {}
    content_type: str = "application/json"


class Webhook(Channel):
    name = "webhook"
    title = "Webhook"
    form = "raw"
    address = "nothing"
    Fields = WebhookFields
    consent = ""

    def recipients(self, person: Person) -> list[Recipient]:
        return [Recipient("")]

    def trial(self, to: str) -> tuple[Recipient, dict[str, Any]]:
        return Recipient(""), {"url": to}

    def check(self, fields: Any) -> list[Problem]:
        problems = super().check(fields)
        url = fields.get("url")
        if isinstance(url, str) and not is_liquid(url) and not re.match(r"https?://[^/\s]+", url):
            problems.append(Problem("`url` is no http address", "write https://example.com/hook", ("url",)))
        headers = fields.get("headers")
        if isinstance(headers, dict):
            problems += [Problem(f"the header `{name}` {why}", "", ("headers", name)) for name, why in _faults(headers)]
        return problems

    def outgoing(self, rendered: Rendered) -> Outgoing:
        fields = rendered.fields
        url = str(fields.get("url") or "").strip()
        if not url:
            raise Unsendable("the url is empty")
        headers = {str(name): str(value) for name, value in (fields.get("headers") or {}).items()}
        for name, why in _faults(headers):
            raise Unsendable(f"the header `{name}` {why}")
        method = str(fields.get("method") or "POST").upper()
        if method not in METHODS:
            raise Unsendable(f"`method` must be one of {', '.join(METHODS)}")
        kind = str(fields.get("content_type") or "application/json")
        return Outgoing(
            delivery=rendered.delivery,
            workspace=rendered.workspace,
            channel=self.name,
            recipients=(Recipient(url),),
            fields={"url": url, "method": method},
            headers={"Content-Type": kind, **headers},
            message=rendered.text.encode("utf-8", "replace"),
            text=rendered.text,
        )


def _faults(headers: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            yield name, "is no header name"
        elif name.lower() in _OURS or name.lower().startswith("x-tidings-"):
            yield name, "is set by Tidings"
        elif not isinstance(value, str) or any(ord(char) < 32 and char != "\t" for char in value):
            yield name, "must be one line of text"


CHANNEL = Webhook()
