"""Filters about HTML: values are escaped where they are printed in HTML, these say otherwise or do it elsewhere."""

import html
from typing import Any, Final

from markupsafe import Markup

from tidings.content.liquid.values import safe_text, text


def raw(value: Any, *, environment: Any) -> str:
    """Print the value as HTML, unescaped: only for HTML that your own systems made."""
    return Markup(text(value)) if environment.autoescape else str(text(value))  # noqa: S704  (asked for)


def escape(value: Any, *, environment: Any) -> str:
    """Escape now; in HTML nothing is escaped twice."""
    return Markup.escape(safe_text(value)) if environment.autoescape else html.escape(text(value))


def escape_once(value: Any, *, environment: Any) -> str:
    """Escape, leaving entities that are there already."""
    plain = html.escape(html.unescape(str(text(value))))
    return Markup(plain) if environment.autoescape else plain  # noqa: S704  (escaped above)


FILTERS: Final = {
    "escape": escape,
    "escape_once": escape_once,
    "htmlencode": escape,
    "raw": raw,
    "safe": raw,
    "xml_escape": escape,
}
