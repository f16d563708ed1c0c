"""Who uses what of the content: journeys send templates, templates stand in layouts, and any of them puts in snippets."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tidings import journeys
from tidings.content import pictures
from tidings.content.mask import SNIPPET
from tidings.content.template import read as read_template
from tidings.journeys.document import templates as templates_of
from tidings.kernel.problems import Invalid

Piece = tuple[str, str]
"""(kind, name): `("layout", "base")`."""
KINDS: Final = ("template", "layout", "snippet")
_CHOSEN: Final = re.compile(r"\{%-?\s*render_liquid\b")
"""A snippet whose name is a value: it may be any of them."""


def users(body: Mapping[str, Any]) -> dict[Piece, list[Piece]]:
    """Give what uses each template, layout, snippet and picture directly, of the definitions in force. The brand is `("brand", "logo")`."""
    found: dict[Piece, dict[Piece, None]] = {}
    for id, entry in body.get("journeys", {}).items():
        for _, template in templates_of(journeys.read(entry["document"])):
            found.setdefault(("template", template), {})[("journey", id)] = None
    for name, entry in body.get("templates", {}).items():
        if layout := layout_of(name, entry["text"], entry.get("format") or ""):
            found.setdefault(("layout", layout), {})[("template", name)] = None
    snippets, assets = list(body.get("snippets", {})), list(body.get("assets", {}))
    logo = body.get("settings", {}).get("brand", {}).get("logo", "")
    if logo in assets:
        found.setdefault(("asset", logo), {})[("brand", "logo")] = None
    for kind in KINDS:
        for name, entry in body.get(f"{kind}s", {}).items():
            text = entry["text"] if kind == "template" else entry
            for snippet in snippets_of(text, snippets):
                found.setdefault(("snippet", snippet), {})[(kind, name)] = None
            for asset in assets_of(text, assets):
                found.setdefault(("asset", asset), {})[(kind, name)] = None
    return {piece: list(by) for piece, by in found.items()}


def journeys_using(piece: Piece, uses: Mapping[Piece, list[Piece]]) -> set[str]:
    """The journeys that use a piece, through whatever stands between."""
    found, waiting, seen = set[str](), [piece], set[Piece]()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        if one[0] == "journey":
            found.add(one[1])
        waiting += uses.get(one, ())
    return found


def layout_of(name: str, text: str, format: str) -> str:
    """The layout a template names; "" where it names none, or can't be read."""
    try:
        return read_template(name, text, format).layout
    except Invalid:
        return ""


def snippets_of(text: str, known: list[str]) -> list[str]:
    """The snippets a text puts in; all of them where it chooses one by a value."""
    named = [match[1] or match[2] for match in SNIPPET.finditer(text)]
    return list(dict.fromkeys([*named, *(known if _CHOSEN.search(text) else ())]))


def assets_of(text: str, known: Iterable[str]) -> list[str]:
    """The pictures a text shows; all of them where it chooses one by a value."""
    named = [name for name, _ in pictures.named(text)] if "assets" in text else []
    return list(dict.fromkeys([*named, *(known if "assets" in text and pictures.CHOSEN.search(text) else ())]))
