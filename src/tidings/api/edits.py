"""Edits that never overwrite silently: what is read carries its revision as an ETag, what is written names it in If-Match.

A write that names no revision is answered 428, one that names an older 412, with what is there now left untouched. A first write says
``If-None-Match: *``.
"""

from typing import Any

from litestar import Request

from tidings.api.problem import Refusal


def etag(revision: int) -> dict[str, str]:
    """Give the header that tells a revision."""
    return {"etag": f'"{revision}"'}


def revision_meant(request: Request[Any, Any, Any]) -> int:
    """Give the revision a write is based on: 0 for a first one. Raises `Refusal`."""
    if request.headers.get("if-none-match", "").strip() == "*":
        return 0
    text = request.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
    if not text:
        raise Refusal(
            428, "Say which revision this edit is based on.", "Send its ETag as If-Match.", code="no_revision"
        )
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refusal(400, "If-Match is not the ETag of a revision.")
    return int(text)


def overtaken(by: str = "") -> Refusal:
    """Refuse an edit of what somebody has changed meanwhile."""
    who = by or "Somebody"
    return Refusal(
        412, f"{who} changed this while you were editing.", "Load it again and repeat your edit.", code="overtaken"
    )
