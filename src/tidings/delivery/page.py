"""Pages that strangers and developers see: plain HTML rendered here, with a strict policy of what a page may load, and no scripts."""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from email import message_from_bytes
from hashlib import sha256
from html import escape
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs

from tidings.delivery.looks import PLAIN, Looks

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST: Final = 1 << 20
"""Bytes of a request's body that are read."""
FORM: Final = 64 << 10
"""Bytes of a form: a preference page has some for each topic."""
FIELDS: Final = 1000


class TooLarge(Exception):
    """The request's body is larger than it may be."""


STYLE: Final = """
:root{color-scheme:light dark;--ground:#f7f8f9;--card:#fff;--ink:#1b2128;--soft:#545d69;--line:#dbe0e6;--accent:#0b6475;
--fill:#0b6475;--on:#fff;--wash:#e7f6f8;--focus:#0b6475}
@media (prefers-color-scheme:dark){:root{--ground:#101317;--card:#15191f;--ink:#eceff2;--soft:#a9b1bc;--line:#343b45;
--accent:#74c5d3;--fill:#0f7587;--on:#fff;--wash:#0d333b;--focus:#74c5d3}}
*{box-sizing:border-box}
html{font:16px/1.5 Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
body{margin:0;background:var(--ground);color:var(--ink);-webkit-font-smoothing:antialiased}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:4px}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem;letter-spacing:-.01em}
p{margin:0 0 1rem}
.soft{color:var(--soft)}
.small{font-size:.875rem}
button,.button{font:inherit;font-weight:600;border:1px solid transparent;border-radius:8px;padding:.6rem 1.1rem;min-height:44px;
background:var(--fill);color:var(--on);cursor:pointer;text-decoration:none;display:inline-block}
button.plain{background:none;color:var(--ink);border-color:var(--line)}
button:hover{filter:brightness(1.06)}
.center{min-height:100vh;display:grid;place-items:center;padding:24px}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:32px;width:min(100%,460px);
box-shadow:0 1px 2px rgb(0 0 0/.04),0 8px 24px rgb(0 0 0/.05)}
.row{display:flex;gap:12px;flex-wrap:wrap;align-items:center}
@media(max-width:480px){.row>*{flex:1 1 100%;text-align:center}}
fieldset{border:0;margin:0 0 1.25rem;padding:0}
legend{padding:0;font-weight:600;margin-bottom:.25rem}
.choice{display:flex;gap:14px;align-items:flex-start;padding:14px 0;border-top:1px solid var(--line);cursor:pointer}
.choice input{width:20px;height:20px;margin:2px 0 0;accent-color:var(--accent);flex:none}
.choice b{display:block;font-weight:600}
.choice span span{display:block;color:var(--soft);font-size:.875rem}
.note{background:var(--wash);border-radius:10px;padding:12px 14px;margin:0 0 1.25rem}
"""


def document(title: str, body: str, style: str = STYLE, head: str = "") -> bytes:
    """Give a whole page. ``body`` is HTML; ``title`` is text."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"{head}<style>{style}</style></head><body>{body}</body></html>"
    ).encode()


def policy(*styles: str, frames: bool = False, images: str = "") -> str:
    """Give the Content-Security-Policy of a page of ours: these style sheets, forms to ourselves, pictures of one origin, nothing else."""
    hashes = " ".join(f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" for style in styles)
    return (
        f"default-src 'none'; style-src {hashes}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        + ("; frame-src 'self'" if frames else "")
        + (f"; img-src {images}" if images else "")
    )


async def respond(
    send: Send,
    status: int,
    body: bytes,
    content_type: str = "text/html; charset=utf-8",
    headers: Mapping[str, str] | None = None,
) -> None:
    """Answer. Nothing of ours is stored by caches, says where it was linked from, or is guessed to be of another type."""
    fields = {
        "content-type": content_type,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        **(headers or {}),
    }
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def respond_page(
    send: Send,
    title: str,
    body: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    looks: Looks = PLAIN,
) -> None:
    """Answer with a page in our own style, or a brand's."""
    style = STYLE + looks.style
    rules = {"content-security-policy": policy(style, images=looks.images)}
    await respond(send, status, document(title, body, style), headers=rules | dict(headers or {}))


def card(title: str, content: str, head: str = "") -> str:
    """Give a page's body: one card in the middle. ``head``: HTML above its title."""
    return f'<main class="center"><div class="card">{head}<h1>{escape(title)}</h1>{content}</div></main>'


async def body(receive: Receive, largest: int = LARGEST) -> bytes:
    """Read a request's body; raises `TooLarge`."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > largest:
            raise TooLarge
        if not message.get("more_body"):
            return b"".join(parts)


async def form(scope: Scope, receive: Receive) -> dict[str, list[str]]:
    """Read a form, sent in either of the two ways there are; raises `TooLarge`."""
    data, kind = await body(receive, FORM), headers(scope).get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        try:
            return parse_qs(data.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS)
        except ValueError:
            raise TooLarge from None
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
    found: dict[str, list[str]] = {}
    for part in message_from_bytes(head + data).walk():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and not part.is_multipart():
            value = part.get_payload(decode=True)
            found.setdefault(name, []).append(value.decode("utf-8", "replace") if isinstance(value, bytes) else "")
    return found


def headers(scope: Scope) -> dict[str, str]:
    """Give a request's headers, names in lower case."""
    pairs: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}
