"""The text part of a mail, made from its HTML. The HTML is masked, so loops and conditions keep their place in the text."""

import re
from html.parser import HTMLParser
from typing import Final

_BLOCKS: Final = frozenset(
    "address article aside blockquote center dd div dl dt fieldset figcaption figure footer form header main nav ol section table tbody "  # noqa: SIM905
    "tfoot thead tr ul".split()
)
_PARAGRAPHS: Final = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "pre"])
_SKIPPED: Final = frozenset(["head", "style", "script", "title", "template", "noscript", "svg"])
_VOID: Final = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_SPACES: Final = re.compile(r"[ \t\r\n\f]+")
_HIDDEN: Final = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)


def plain_text(html: str, mark: re.Pattern[str]) -> str:
    """Give the text. ``mark`` finds masked Liquid: as a comment's inside it is kept, inline, where it stands."""
    reader = _Reader(mark)
    reader.feed(html)
    reader.close()
    text = "".join(reader.out)
    text = re.sub(r"[ \t]+\n", "\n", text)
    text = re.sub(r"\n[ \t]+", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


class _Reader(HTMLParser):
    def __init__(self, mark: re.Pattern[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.mark = mark
        self.out: list[str] = []
        self.skipping: list[str] = []
        self.links: list[tuple[str, int]] = []
        self.lists: list[int] = []
        self.pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self.skipping:
            if tag == self.skipping[0]:
                self.skipping.append(tag)
            return
        if tag in _SKIPPED or (tag not in _VOID and _HIDDEN.search(given.get("style") or "")):
            self.skipping = [tag]
        elif tag == "br":
            self.out.append("\n")
        elif tag == "hr":
            self.out.append("\n\n---\n\n")
        elif tag == "img":
            self._word(given.get("alt") or "")
        elif tag == "a":
            self.links.append((given.get("href") or "", len(self.out)))
        elif tag == "li":
            if self.lists and self.lists[-1]:
                self.out.append(f"\n{self.lists[-1]}. ")
                self.lists[-1] += 1
            else:
                self.out.append("\n- ")
        elif tag in ("td", "th"):
            self._word(" ")
        elif tag in _PARAGRAPHS:
            self.out.append("\n\n")
        elif tag in _BLOCKS:
            self.out.append("\n")
        if tag in ("ol", "ul"):
            self.lists.append(1 if tag == "ol" else 0)
        self.pre += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if self.skipping:
            if tag == self.skipping[0]:
                self.skipping.pop()
            return
        if tag == "a" and self.links:
            self._link(*self.links.pop())
        elif tag in _PARAGRAPHS:
            self.out.append("\n\n")
        elif tag in _BLOCKS:
            self.out.append("\n")
        if tag in ("ol", "ul") and self.lists:
            self.lists.pop()
        self.pre -= tag == "pre" and self.pre > 0

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self._word(data)

    def handle_comment(self, data: str) -> None:
        if not self.skipping and self.mark.fullmatch(data):
            self.out.append(data)

    def _word(self, data: str) -> None:
        if self.pre:
            self.out.append(data)
            return
        data = _SPACES.sub(" ", data.replace("\u200c", "").replace("\u00ad", ""))
        before = self.out[-1] if self.out else "\n"
        if data.startswith(" ") and before.endswith((" ", "\n")):
            data = data[1:]
        if data:
            self.out.append(data)

    def _link(self, href: str, start: int) -> None:
        shown = "".join(self.out[start:]).strip()
        bare = self.mark.sub("", href).strip()
        if not href or href.startswith("#"):
            return
        if not shown:
            del self.out[start:]
            self.out.append(href)
        elif shown in (href, bare) or bare in (f"mailto:{shown}", f"tel:{shown}"):
            del self.out[start:]
            self.out.append(shown if bare != shown else href)
        else:
            self.out.append(f" ({href})")
