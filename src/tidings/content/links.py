"""Finding the links of a mail when it is published, so that sending only fills them in."""

import re
from html import unescape
from typing import Final

from tidings.content.liquid import Place
from tidings.content.liquid.tags.links import SLOT
from tidings.content.liquid.tags.urls import NAMES
from tidings.content.mask import Mask

_ANCHOR: Final = re.compile(r"<(?:a|area)\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_HREF: Final = re.compile(r"(\shref\s*=\s*)(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))", re.IGNORECASE)
_UNTRACKED: Final = re.compile(r"\sclass\s*=\s*[\"'][^\"']*\buntracked\b", re.IGNORECASE)
_ADDRESS: Final = re.compile(rf"\{{%-?\s*(?:{'|'.join(NAMES)})\b.*", re.DOTALL)
_NOWHERE: Final = re.compile(r"\s*(?:#|(?!https?:)[a-z][a-z0-9+.-]*:|$)", re.IGNORECASE)


def slot_links(masked: str, mask: Mask) -> tuple[str, list[str]]:
    """Make a slot of each link that can be counted, in order; gives the HTML and the addresses as written.

    Not counted: ``class="untracked"``, places on the page, mail, telephone and other schemes than http.
    """
    found: list[str] = []

    def anchor(match: re.Match[str]) -> str:
        tag = match[0]
        if _UNTRACKED.search(tag):
            return tag
        return _HREF.sub(href, tag, count=1)

    def href(match: re.Match[str]) -> str:
        value = next(group for group in match.groups()[1:] if group is not None)
        whole = mask.pattern.fullmatch(value.strip())
        if whole and _ADDRESS.fullmatch(mask.liquid_of(next(filter(None, whole.groups())))):
            return match[0]
        starts_with_liquid = mask.pattern.match(value.strip())
        if not starts_with_liquid and _NOWHERE.match(value):
            return match[0]
        if not starts_with_liquid and not re.match(r"\s*https?:", value, re.IGNORECASE):
            return match[0]
        found.append(unescape(mask.reveal(value)[0].strip()))
        inner = mask.pattern.search(value)
        place: Place = mask.pieces[int(next(filter(None, inner.groups())))][1] if inner else ("", 0, 0)
        opening = mask.mark(f"{{% {SLOT} {len(found)} %}}", place)
        closing = mask.mark(f"{{% end{SLOT} %}}", place)
        quote = "'" if '"' in value else '"'
        return f"{match[1]}{quote}{opening}{value.strip()}{closing}{quote}"

    return _ANCHOR.sub(anchor, masked), found
