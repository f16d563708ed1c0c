"""MJML to HTML: the engine behind the preparation it needs.

Liquid is masked; what stands in text components is carried around the engine and put back as it was written; line breaks in
attributes are collapsed (the engine would write them out as characters); pictures get an ``alt``; fonts are named, since the
engine's default is fetched from afar.
"""

import re
from typing import Final

import mjml

from tidings.content.mjml.check import xml_entities
from tidings.content.mjml.inside import each_inside
from tidings.content.mjml.schema import ENDING

FONTS: Final = "Helvetica, Arial, sans-serif"

_TAG: Final = re.compile(r"<[A-Za-z!/](?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_CARRIED: Final = ENDING - {"mj-style", "mj-title", "mj-preview", "mj-html-attribute"}
_INLINE: Final = re.compile(r"<mj-style\b[^>]*\binline\s*=\s*[\"']inline[\"'][^>]*>(.*?)</mj-style\s*>", re.DOTALL)
_IMAGE: Final = re.compile(r"<(?:mj-image|mj-carousel-image)\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_ALT: Final = re.compile(r"\salt\s*=")
_ALL: Final = re.compile(r"<mj-all\b[^>]*\bfont-family\s*=")


class EngineError(ValueError):
    """The engine refuses the MJML; the checks before it let something through."""


def to_html(masked: str, word: str) -> tuple[str, str]:
    """Give the HTML, and the CSS that is to be set into its elements. Raises EngineError. ``word``: what marks begin with."""
    css: list[str] = []
    carried: list[str] = []

    def inline(match: re.Match[str]) -> str:
        css.append(match[1])
        return ""

    def carry(name: str, attributes: str, inside: str) -> str:
        if inside.strip():
            carried.append(inside if name == "mj-raw" else inside.strip())
            inside = f"{word}c{len(carried) - 1}z"
        return f"<{name}{attributes}>{inside}</{name}>"

    prepared = each_inside(_INLINE.sub(inline, masked), _CARRIED, carry)
    prepared = _TAG.sub(lambda m: re.sub(r"\s*\n\s*", " ", m[0]), prepared)
    prepared = _IMAGE.sub(_with_alt, prepared)
    prepared = _with_fonts(xml_entities(prepared))
    try:
        html = mjml.mjml2html(prepared.strip(), fonts={}, include_loader=_no_file)
    except Exception as error:  # the engine's own kinds of error have no common base
        raise EngineError(str(error)) from error
    html = re.sub(rf"{word}c(\d+)z", lambda m: carried[int(m[1])], html)
    return html, "\n".join(css)


def _with_alt(match: re.Match[str]) -> str:
    tag = match[0]
    if _ALT.search(tag):
        return tag
    return tag[:-2].rstrip() + ' alt="" />' if tag.endswith("/>") else tag[:-1] + ' alt="">'


def _with_fonts(source: str) -> str:
    if _ALL.search(source):
        return source
    named = f'<mj-all font-family="{FONTS}" />'
    if "<mj-attributes>" in source:
        return source.replace("<mj-attributes>", "<mj-attributes>" + named, 1)
    if "<mj-head>" in source:
        return source.replace("<mj-head>", f"<mj-head><mj-attributes>{named}</mj-attributes>", 1)
    return re.sub(r"(<mjml\b[^>]*>)", rf"\1<mj-head><mj-attributes>{named}</mj-attributes></mj-head>", source, count=1)


def _no_file(path: str) -> str:
    raise ValueError(f"a template can't read the file {path!r}")
