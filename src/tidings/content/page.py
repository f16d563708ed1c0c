"""What every HTML mail needs around its body: a document, its styles set into the elements, a preheader, a place for the pixel."""

import re
from typing import Final

import css_inline

_BODY: Final = re.compile(r"<body\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_END: Final = re.compile(r"</body\s*>", re.IGNORECASE)
_HTML: Final = re.compile(r"<html\b", re.IGNORECASE)
_STYLE: Final = re.compile(r"<style\b", re.IGNORECASE)
_READABLE: Final = (
    "margin:0 auto;max-width:600px;padding:24px;font-family:Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5"
)


_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]*)")
_FLAT: Final = frozenset(
    "area base br col colgroup dd dt embed hr img input li link meta optgroup option p source tbody td tfoot th thead "  # noqa: SIM905
    "tr track wbr".split()
)
"""Elements that hold none, or that need no end."""
DEEPEST: Final = 500
"""Elements inside each other: many times what mail needs, and far below what parsers of HTML, which go down with each, can take."""


def nesting(masked: str) -> int:
    """Count how many elements stand inside each other at most, or more where some are never closed."""
    depth = most = 0
    end = -1
    for match in _TAG.finditer(masked):
        if match[2].lower() in _FLAT:
            continue
        if match[1]:
            depth = max(depth - 1, 0)
            continue
        if end < match.end():
            end = masked.find(">", match.end())
        if end < 0:
            break
        if masked[end - 1] != "/":
            depth += 1
            most = max(most, depth)
    return most


def document(masked: str, readable: bool) -> str:
    """Give a whole document. ``readable``: with margins and a font, for bodies that bring no style of their own."""
    if _HTML.search(masked):
        return masked
    style = f' style="{_READABLE}"' if readable else ""
    return (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n</head>\n'
        f"<body{style}>\n{masked}\n</body>\n</html>\n"
    )


def set_styles(masked: str, more: str = "") -> str:
    """Set the rules of ``<style>`` (and ``more``) into the elements; the sheets stay, for what can only stand in them."""
    if not more and not _STYLE.search(masked):
        return masked
    inliner = css_inline.CSSInliner(
        inline_style_tags=not more,
        keep_style_tags=True,
        keep_link_tags=True,
        keep_at_rules=True,
        load_remote_stylesheets=False,
        extra_css=more or None,
    )
    return inliner.inline(masked)


def with_preheader(masked: str, preheader: str) -> str:
    """Put the preheader, hidden, where mailboxes look for it: first in the body."""
    if not preheader:
        return masked
    hidden = f'<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">{preheader}</div>'
    match = _BODY.search(masked)
    at = match.end() if match else 0
    return masked[:at] + hidden + masked[at:]


def at_end(masked: str, what: str) -> str:
    """Put something last in the body."""
    ends = [match.start() for match in _END.finditer(masked)]
    at = ends[-1] if ends else len(masked)
    return masked[:at] + what + masked[at:]
