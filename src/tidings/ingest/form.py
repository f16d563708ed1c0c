"""Plain HTML forms: ``POST /forms/{write key}/{form id}`` as a browser sends one, answered by leading it on to a page.

Fields are the person's attributes and what the event `Form Submitted` says; ``email`` (or ``id``, with a secret key) says who it is. Those
that begin with ``_`` are not kept: ``_redirect`` says where to go on, and ``_gotcha`` is a field that people do not see, so that whoever
fills it is a program: it is answered like anybody, and nothing is kept.
"""

from html import escape
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from tidings.ingest import track
from tidings.ingest.check import Malformed, mended
from tidings.ingest.request import Answer, Keys, Request
from tidings.ingest.sealed import sealed
from tidings.ingest.unfit import Unfit
from tidings.kernel.records import Event, Identifier, Identify

LARGEST: Final = 64 * 1024
FIELDS: Final = 100
_URLENCODED: Final = "application/x-www-form-urlencoded"
_PAGE: Final = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}


def answer(request: Request, keys: Keys) -> Answer:
    """Translate one form; ``path``: the write key and the form's id."""
    key, id = request.path[0], request.path[1].strip()
    source = keys(key)
    if source is None or source.kind != "write_key":
        return error(404, "form_unknown", "This form leads nowhere: its key is unknown.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _URLENCODED:
        return error(415, "form_encoding", f"This form is not sent as {_URLENCODED}; leave `enctype` out.")._replace(
            source=source
        )
    try:
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=FIELDS, errors="strict")
    except ValueError:
        return error(400, "form_unreadable", f"This form can't be read; it may have {FIELDS} fields.")._replace(
            source=source
        )
    sent: dict[str, str] = mended({name.strip(): value.strip() for name, value in pairs if name.strip()})
    led = _lead(request, sent.get("_redirect", ""))._replace(source=source)
    if sent.get("_gotcha"):
        return led
    fields = {name: value for name, value in sent.items() if not name.startswith("_") and value}
    try:
        who: list[Identifier] = []
        for kind in ("email",) if source.public else ("id", "email"):
            named = track.limited(fields.get(kind), kind)
            if named is not None:
                who.append(track.named(kind, named))
        if not who or not id or len(id) > 100:
            raise Unfit("It does not say who sends it: a field `email` is needed.")
        fields.pop("id", None)
        checked = track.attributes(dict(fields))
    except (Malformed, ValueError) as fault:
        return error(400, "form_unfit", str(fault))._replace(source=source)
    event = Event("Form Submitted", {"form_id": id, **checked})
    return led._replace(
        records=sealed(source, tuple(who), request.received, request.received, [Identify(checked), event])
    )


def error(status: int, code: str, message: str) -> Answer:
    """Tell whoever sent the form what is wrong."""
    return Answer(status, _page("This form could not be taken", message), headers=_PAGE)


def _lead(request: Request, wanted: str) -> Answer:
    """Lead on to a page of the site the form stands on, and to no other: the form's address would else lend its name to any page."""
    page = request.headers.get("referer") or request.headers.get("origin") or ""
    try:
        target = urljoin(page, wanted) if wanted else ""
        own, other = urlsplit(page), urlsplit(target)
    except ValueError:
        return Answer(200, _page("Thank you", "It was taken."), headers=_PAGE)
    same = own.scheme in ("http", "https") and (own.scheme, own.netloc) == (other.scheme, other.netloc)
    if same and target.isascii() and target.isprintable() and " " not in target:
        return Answer(303, b"", headers={"location": target, "cache-control": "no-store"})
    return Answer(200, _page("Thank you", "It was taken."), headers=_PAGE)


def _page(title: str, text: str) -> bytes:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><h1>{escape(title)}</h1><p>{escape(text)}</p></html>"
    ).encode()
