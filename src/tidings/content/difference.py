"""What changed between two versions of a text, as its readers would put it: its front matter, its words, where its links lead."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from html.parser import HTMLParser
from typing import Final, NamedTuple

from tidings.content import markdown
from tidings.content.liquid.tokens import changed
from tidings.content.mask import Mask, fresh_word
from tidings.content.plain import plain_text
from tidings.content.template import MARKETING_EXPIRES, Template
from tidings.content.template import read as read_template
from tidings.kernel.problems import Invalid
from tidings.kernel.times import show_duration

Pieces = list[tuple[str, str]]
"""A line cut up: pieces of text, each with `` ``, ``-`` or ``+``."""

_WORDS: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\s+|[^\s\w]|\w+", re.DOTALL)
_CLOSE: Final = 0.4
"""How alike two lines are, of 1, so that one is the other, changed."""
_PARAGRAPHS: Final = frozenset(
    ["mj-text", "mj-button", "mj-social-element", "mj-navbar-link", "mj-accordion-title", "mj-accordion-text"]
)
_TAGS: Final = {"mj-head": "head", "mj-image": "img", "a": "span"}
_TAG: Final = re.compile(r"<(/?)(mj-[a-z-]+|a)(?=[\s/>])", re.IGNORECASE)


class Changed(NamedTuple):
    """One thing that changed. ``what``: ``Subject``, ``Words``, ``Links to``…; ``pieces``: how, word by word."""

    what: str
    pieces: Pieces


class Text(NamedTuple):
    """A version of a template, layout or snippet."""

    kind: str
    text: str
    format: str


def difference(before: Text, after: Text) -> list[Changed]:
    """Compare two versions; an empty list where nothing changed that is read, so that only looks can have."""
    old, new = _read(before), _read(after)
    found = []
    for field in dict.fromkeys((*old.said, *new.said)):
        was, now = old.said.get(field, ""), new.said.get(field, "")
        if was != now:
            found.append(Changed(field, pieces(was, now)))
    found += [Changed("Words", line) for line in lines(old.words, new.words)]
    for what, had, has in (("Link", old.links, new.links), ("Picture", old.pictures, new.pictures)):
        found += [Changed(what, [("-", each)]) for each in had if each not in has]
        found += [Changed(what, [("+", each)]) for each in has if each not in had]
    return found


def lines(before: Sequence[str], after: Sequence[str]) -> Iterator[Pieces]:
    """Give the lines that differ: what is alike is told word by word, the rest as gone and as new."""
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        fresh = list(after[c:d])
        for line in before[a:b]:
            near = next((each for each in fresh if _alike(line, each)), None)
            if near is None:
                yield [("-", line)]
                continue
            at = fresh.index(near)
            yield from ([("+", each)] for each in fresh[:at])
            yield pieces(line, near)
            del fresh[: at + 1]
        yield from ([("+", each)] for each in fresh)


def pieces(before: str, after: str) -> Pieces:
    """Compare two lines word by word; a value such as ``{{ customer.plan }}`` is one word."""
    if not before or not after:
        return [("-", before)] if before else [("+", after)]
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    found: Pieces = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append((" ", "".join(old[a:b])))
            continue
        if b > a:
            found.append(("-", "".join(old[a:b])))
        if d > c:
            found.append(("+", "".join(new[c:d])))
    return found


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, _WORDS.findall(one), _WORDS.findall(other), autojunk=False).ratio() >= _CLOSE


class _Reading(NamedTuple):
    said: dict[str, str]
    words: list[str]
    links: list[str]
    pictures: list[str]


def _read(version: Text) -> _Reading:
    said: dict[str, str] = {}
    body, format = version.text, version.format
    if version.kind == "template":
        try:
            template = read_template("", version.text, version.format)
        except Invalid:  # a draft whose front matter is half written is compared as it stands
            return _Reading({}, [line for line in version.text.splitlines() if line.strip()], [], [])
        said, body, format = _said(template), template.body, template.format
    if format == "text":
        return _Reading(said, [line.strip() for line in body.splitlines() if line.strip()], [], [])
    mask = Mask(fresh_word(body), {})
    hidden = changed(body, lambda found: mask.mark(found, ("", 0, 0)))
    if format == "markdown":
        hidden = markdown.to_html(hidden, mask)
    seen = _Addresses()
    seen.feed(hidden)
    alone = re.compile(rf"(?<=>)(?:\s*{mask.word}\d+z)+(?=\s*<)")
    hidden = alone.sub(lambda found: _lines_of_their_own(found[0], mask), hidden)
    words = plain_text(_TAG.sub(_plainly, hidden), mask.pattern)
    own = [" ".join(mask.reveal(line)[0].split()) for line in words.splitlines()]
    links, pictures = ([mask.reveal(each)[0] for each in dict.fromkeys(of)] for of in (seen.links, seen.pictures))
    return _Reading(said, [line for line in own if line], links, pictures)


def _said(template: Template) -> dict[str, str]:
    """The front matter in a form's words; what stands there by default is left out."""
    expires = "never" if template.expires is None else show_duration(template.expires)
    said = {
        "Subject": template.subject,
        "Preview text": template.preheader,
        "Title": template.title,
        "From": template.from_,
        "Replies go to": template.reply_to,
        "Topic": template.topic,
        "Layout": template.layout,
        "Channel": template.channel,
        "Format": template.format,
        "Kind": "marketing" if template.marketing else "transactional",
        "If nobody knows whether it arrived": template.policy.replace("_", " "),
        "Given up after": "" if template.expires == (MARKETING_EXPIRES if template.marketing else None) else expires,
    }
    return {name: value for name, value in said.items() if value} | {
        key: str(value) for key, value in template.extra.items()
    }


def _lines_of_their_own(marks: str, mask: Mask) -> str:
    """Conditions and loops between blocks, each as a block, so that what stands beside them is the same line with and without."""
    return mask.pattern.sub(
        lambda found: f"<div>{found[0]}</div>" if mask.liquid_of(found[3]).startswith("{%") else found[0], marks
    )


def _plainly(found: re.Match[str]) -> str:
    """A component as the element whose words are read likewise; a link as its words alone."""
    tag = found[2].lower()
    return f"<{found[1]}{_TAGS.get(tag) or ('p' if tag in _PARAGRAPHS else 'div')}"


class _Addresses(HTMLParser):
    """Where links lead and pictures stand."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.pictures: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "href" and value and tag != "link":
                self.links.append(value)
            elif name == "src" and value and tag in ("img", "mj-image"):
                self.pictures.append(value)
