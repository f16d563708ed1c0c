"""Filters that change text."""

import html
import re
import unicodedata
from typing import Any, Final

from markupsafe import Markup

from tidings.content.liquid.filters.numbers import whole
from tidings.content.liquid.limits import bounded
from tidings.content.liquid.values import safe_text as text

_SPACES: Final = re.compile(r"\s+")


def append(value: Any, end: Any) -> str:
    return text(value) + text(end)


def prepend(value: Any, start: Any) -> str:
    return text(start) + text(value)


def capitalize(value: Any) -> str:
    return text(value).capitalize()


def downcase(value: Any) -> str:
    return text(value).lower()


def upcase(value: Any) -> str:
    return text(value).upper()


def titlecase(value: Any) -> str:
    words = text(value)
    return words[:0].join([word[:1].upper() + word[1:].lower() for word in re.split(r"(\s+)", words)])


def strip(value: Any) -> str:
    return text(value).strip()


def lstrip(value: Any) -> str:
    return text(value).lstrip()


def rstrip(value: Any) -> str:
    return text(value).rstrip()


def strip_newlines(value: Any) -> str:
    return text(value).replace("\r", "").replace("\n", "")


def normalize_whitespace(value: Any) -> str:
    kept = text(value)
    return type(kept)(_SPACES.sub(" ", kept))


def squish(value: Any) -> str:
    return normalize_whitespace(strip(value))


def remove(value: Any, part: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [entry for entry in value if entry != part]
    return text(value).replace(text(part), "")


def remove_first(value: Any, part: Any) -> str:
    return text(value).replace(text(part), "", 1)


def remove_last(value: Any, part: Any) -> str:
    return replace_last(value, part, "")


def replace(value: Any, part: Any, by: Any = "") -> str:
    whole_text, old, new = text(value), text(part), text(by)
    times = whole_text.count(old)
    bounded(len(whole_text) + times * max(0, len(new) * 5 - len(old)))
    return whole_text.replace(old, new)


def replace_first(value: Any, part: Any, by: Any = "") -> str:
    return text(value).replace(text(part), text(by), 1)


def replace_last(value: Any, part: Any, by: Any = "") -> str:
    whole_text, old = text(value), text(part)
    at = whole_text.rfind(old)
    return whole_text if at < 0 else whole_text[:at] + text(by) + whole_text[at + len(old) :]


def slice_(value: Any, start: Any, length: Any = 1) -> Any:
    kept = value if isinstance(value, (list, tuple, range)) else text(value)
    first, count = whole(start), whole(length)
    if first < 0:
        first += len(kept)
    chosen = kept[first : first + count] if first >= 0 and count > 0 else kept[:0]
    return chosen if isinstance(chosen, str) else list(chosen)


def split(value: Any, separator: Any = " ") -> list[Any]:
    kept, mark = text(value), text(separator)
    if not mark:
        return list(kept)
    parts = kept.split() if mark == " " else kept.split(mark)
    while parts and not parts[-1]:
        parts.pop()
    return parts


def truncate(value: Any, length: Any = 50, end: Any = "...") -> str:
    kept, tail, most = text(value), text(end), whole(length)
    return kept if len(kept) <= most else kept[: max(0, most - len(tail))] + tail


def truncatewords(value: Any, count: Any = 15, end: Any = "...") -> str:
    kept = text(value)
    words, most = kept.split(), max(1, whole(count))
    return kept if len(words) <= most else kept[:0].__class__(" ").join(words[:most]) + text(end)


def newline_to_br(value: Any, *, environment: Any) -> str:
    kept = text(value)
    if environment.autoescape:
        kept = Markup.escape(kept)
        return Markup(re.sub(r"\r?\n", "<br />\n", str(kept)))  # noqa: S704  (escaped above)
    return re.sub(r"\r?\n", "<br />\n", kept)


def slugify(value: Any, mode: Any = "") -> str:
    """Lower case words joined by dashes; letters of any script stay, unless ``mode`` is ``ascii`` or ``latin``."""
    plain = str(text(value))
    if mode in ("ascii", "latin"):
        plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[\W_]+", "-", plain.lower()).strip("-")


def pluralize(value: Any, one: Any, many: Any = None) -> str:
    """``3 | pluralize: 'item', 'items'`` gives ``3 items``; without the second form an s is added."""
    single = text(one)
    return text(value) + " " + (single if text(value) == "1" else single + "s" if many is None else text(many))


def number_of_words(value: Any) -> int:
    return len(text(value).split())


def contains(value: Any, part: Any) -> bool:
    return part in value if isinstance(value, (list, tuple)) else text(part) in text(value)


def strip_html(value: Any) -> str:
    """Take tags, comments, scripts and styles out; what remains is text."""
    source = str(text(value))
    kept: list[str] = []
    at = 0
    for hidden, close in (("<script", "</script>"), ("<style", "</style>"), ("<!--", "-->")):
        source = _without(source, hidden, close)
    while True:
        opened = source.find("<", at)
        closed = source.find(">", opened) if opened >= 0 else -1
        if closed < 0:
            kept.append(source[at:])
            break
        kept.append(source[at:opened])
        at = closed + 1
    shown = "".join(kept)
    return html.unescape(shown) if isinstance(value, Markup) else shown


def _without(source: str, opening: str, closing: str) -> str:
    kept: list[str] = []
    lower, at = source.lower(), 0
    if len(lower) != len(source):
        lower = source
    while True:
        opened = lower.find(opening, at)
        closed = lower.find(closing, opened) if opened >= 0 else -1
        if closed < 0:
            return "".join([*kept, source[at:]])
        kept.append(source[at:opened])
        at = closed + len(closing)


FILTERS: Final = {
    "append": append,
    "capitalize": capitalize,
    "contains": contains,
    "downcase": downcase,
    "lstrip": lstrip,
    "newline_to_br": newline_to_br,
    "normalize_whitespace": normalize_whitespace,
    "number_of_words": number_of_words,
    "pluralize": pluralize,
    "prepend": prepend,
    "remove": remove,
    "remove_first": remove_first,
    "remove_last": remove_last,
    "replace": replace,
    "replace_first": replace_first,
    "replace_last": replace_last,
    "rstrip": rstrip,
    "slice": slice_,
    "slugify": slugify,
    "split": split,
    "squish": squish,
    "strip": strip,
    "strip_html": strip_html,
    "strip_newlines": strip_newlines,
    "titlecase": titlecase,
    "truncate": truncate,
    "truncatewords": truncatewords,
    "upcase": upcase,
}
