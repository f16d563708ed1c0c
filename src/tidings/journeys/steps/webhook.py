"""``webhook: URL``: make an HTTP request and wait for what it answers, which is kept as ``journey.NAME``."""

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Literal, Self, cast

import msgspec
from msgspec import field

from tidings.journeys import calling
from tidings.journeys.answer import Here
from tidings.journeys.calling import Calling
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.journeys.value import ROOTS, Value, read_value
from tidings.kernel.problems import did_you_mean

METHODS: Final = ("POST", "GET", "PUT", "PATCH", "DELETE")
SECRETS: Final = "TIDINGS_SECRET_"
"""Only variables of these names may be sent out: a journey is written by more people than see the others."""
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_OURS: Final = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect", "keep-alive")
)
_SECRET: Final = re.compile(r"\{\{-?\s*secret\s*-?\}\}")
VARIABLE: Final = re.compile(SECRETS + r"[A-Z0-9_]{1,80}")


class Kind(Calling, frozen=True):
    """``data`` is sent as JSON, its Liquid worked out with types; ``body`` as the text it makes. ``secret``: the variable with the key that
    requests are signed with, and that stands for ``{{ secret }}`` in a header."""

    key: ClassVar[str] = "webhook"
    form: ClassVar[Form] = Form(
        "Call a webhook",
        "Makes an HTTP request, and keeps what it answers.",
        (
            Field("webhook", "url", "Address", required=True, example="https://api.example.com/score"),
            Field("method", "choice", "Method", "What the address is asked with; left empty, POST.", choices=METHODS),
            Field(
                "headers", "values", "Headers", "`{{ secret }}` stands for the secret.", example={"X-Team": "growth"}
            ),
            Field("data", "values", "JSON to send", "Values may be Liquid.", example={"email": "{{ customer.email }}"}),
            Field("body", "liquid", "Text to send", "In place of JSON.", example="{{ customer.email }}"),
            Field("secret", "secret", "Secret", "A variable whose name begins with TIDINGS_SECRET_."),
            *calling.fields("go on"),
        ),
        group="out",
    )
    url: Value = field(default_factory=lambda: Value(""))
    method: Literal["POST", "GET", "PUT", "PATCH", "DELETE"] = "POST"
    headers: tuple[tuple[str, Value], ...] = ()
    data: Value | None = None
    body: Value | None = None
    secret: str = ""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read the request and what becomes of its answer."""
        url = reader.text("webhook", example="https://api.example.com/score")
        if url and "{" not in url and not re.match(r"https?://[^/\s]+", url):
            reader.problem("`webhook` is no http address", "write for example https://api.example.com/score", "webhook")
        method = reader.data.get("method", "POST")
        if method not in METHODS:
            hint = did_you_mean(str(method).upper(), METHODS) or "it is one of: " + ", ".join(METHODS)
            reader.problem(f"there is no method `{method}`", hint, "method")
        if "data" in reader.data and "body" in reader.data:
            reader.problem("`data` and `body` can't both be sent", "keep one of them", "body")
        body = read_value(reader, "body") if reader.text("body", "") else None
        secret = reader.text("secret", "")
        if secret and not VARIABLE.fullmatch(secret):
            hint = f"name one that begins with {SECRETS}, such as {SECRETS}SCORING"
            reader.problem(f"`{secret}` is no variable a journey may send out", hint, "secret")
        return cls(
            url=read_value(reader, "webhook") if url else Value(""),
            method=cast(Any, method),
            headers=_headers(reader, bool(secret)),
            data=read_value(reader, "data") if "data" in reader.data else None,
            body=body,
            secret=secret,
            **cls.read_calling(reader),
        )

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write what was read."""
        data: dict[str, Any] = {"webhook": self.url.plain}
        if self.method != "POST":
            data["method"] = self.method
        if self.headers:
            data["headers"] = {name: value.plain for name, value in self.headers}
        if self.data is not None:
            data["data"] = self.data.plain
        if self.body is not None:
            data["body"] = self.body.plain
        if self.secret:
            data["secret"] = self.secret
        return data | self.write_calling()

    def request(self, here: Here) -> tuple[str, dict[str, Any]]:
        """Work the request out; the secret itself is put in by whoever makes it."""
        url = str(here.work_out(self.url)).strip()
        headers = {name: [str(here.work_out(Value(part))) for part in _parts(value)] for name, value in self.headers}
        text = ""
        if self.data is not None:
            text = msgspec.json.encode(here.work_out(self.data)).decode()
        elif self.body is not None:
            text = str(here.work_out(self.body))
        request = {"method": self.method, "url": url, "headers": headers, "body": text, "secret": self.secret}
        if self.data is not None:
            request["type"] = "application/json"
        return f"{self.method} {url[:100]}", request


class _Header(Value, frozen=True, dict=True):
    """A header's line: the secret may stand in it."""

    reads: ClassVar[tuple[str, ...]] = (*ROOTS, "secret")


def _parts(value: Value) -> list[str]:
    """A header's text, cut where the secret goes."""
    return _SECRET.split(value.plain)


def _headers(reader: Reader, has_secret: bool) -> tuple[tuple[str, Value], ...]:
    given = reader.data.get("headers", {})
    if not isinstance(given, Mapping):
        reader.at("headers", data=given)
        return ()
    found = []
    for name, value in given.items():
        if not _HEADER.fullmatch(str(name)):
            reader.problem(f"`{name}` is no header name", "letters, digits and -", "headers", name)
        elif str(name).lower() in _OURS or str(name).lower().startswith("x-tidings-"):
            reader.problem(f"the header `{name}` is set by Tidings", "leave it out", "headers", name)
        elif not isinstance(value, str) or "\n" in value or "\r" in value:
            reader.problem(f"the header `{name}` must be one line of text", "put it in quotes", "headers", name)
        else:
            parts = _SECRET.split(value)
            if len(parts) > 1 and not has_secret:
                reader.problem("there is no secret to send", f"add `secret: {SECRETS}NAME`", "headers", name)
            faults = len(reader.problems)
            for part in parts:
                read_value(Reader({"part": part}, (*reader.path, "headers", name), reader.problems), "part")
            if len(reader.problems) == faults:
                found.append((str(name), _Header(value)))
    return tuple(found)
