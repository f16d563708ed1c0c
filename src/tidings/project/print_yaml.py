"""Print plain data as YAML, in one way only: the same data always gives the same bytes, and reads back equal.

Mappings and lists are written line by line. Small things deep inside stand in one line: from the third level down, a mapping
whose texts are all short and plain, that fits in `WIDTH`, that holds no list of more than one mapping, and is more than a name
over such a list. A list of plain values stands in one line from the first level on. Text is quoted only where another reading
is possible (``"09:00"``, ``"yes"``, ``"# 1"``); text of several lines is a block. Keys come in the order given; comments are not
kept (``note:`` is the place for them).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

WIDTH: Final = 110
"""Characters of a line that holds a mapping or list."""
WORDS: Final = 2
"""Words that a text within a one-line mapping may have: "1 day" and "Signed Up", not a rule."""

_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`~=<.+0-9]|[.+0-9-](?=.)", re.DOTALL)
_OTHER = re.compile(
    r"(?i)y|yes|n|no|on|off|true|false|null|~|<<|="  # words that some reader takes for something else
    r"|[-+.0-9][-+.0-9a-fox_:]*|[-+]?\.(inf|nan)"  # what looks like a number, also in base 16 or 60, or a date
    r"|\d{4}-\d{1,2}-\d{1,2}[Tt \t].*"
)
_UNPRINTABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]|\t")


def print_yaml(data: Mapping[str, Any]) -> str:
    """Give the text of a document, ended by a line break. Keys are text, numbers finite."""
    return "\n".join(_mapping(data, 0, 0)) + "\n" if data else "{}\n"


def _mapping(data: Mapping[str, Any], indent: int, level: int) -> Iterator[str]:
    pad = " " * indent
    for key, value in data.items():
        yield from _value(f"{pad}{_key(key, flow=False)}:", value, indent, level + 1)


def _value(head: str, value: Any, indent: int, level: int) -> list[str]:
    """Lines of ``head`` and a value below or beside it; ``head`` ends with a colon and stands at ``indent``."""
    if _is_block(value):
        return [f"{head} {_block_mark(value)}", *_block_lines(value, indent + 2)]
    line = f"{head} {_beside(value)}" if _in_line(value, level) else ""
    if line and (not _is_nested(value) or len(line) <= WIDTH or not value):
        return [line]
    if isinstance(value, Mapping):
        return [head, *_mapping(value, indent + 2, level)]
    return [head, *_list(value, indent + 2, level)]


def _list(items: Sequence[Any], indent: int, level: int) -> Iterator[str]:
    pad = " " * indent
    for item in items:
        if _is_block(item):
            yield f"{pad}- {_block_mark(item)}"
            yield from _block_lines(item, indent + 2)
            continue
        line = f"{pad}- {_beside(item)}" if _in_line(item, level + 1) else ""
        if line and (not _is_nested(item) or len(line) <= WIDTH or not item):
            yield line
            continue
        inner = (
            _mapping(item, indent + 2, level + 1) if isinstance(item, Mapping) else _list(item, indent + 2, level + 1)
        )
        first, *rest = inner
        yield f"{pad}- {first.lstrip(' ')}"
        yield from rest


def _in_line(value: Any, level: int) -> bool:
    """Whether the value may stand in one line at this level."""
    if isinstance(value, Mapping):
        return not value or (level >= 3 and _is_small(value) and not _is_frame(value))
    if _is_list(value):
        return not value or (not any(map(_is_nested, value)) and all(map(_is_small, value)))
    return True


def _is_frame(value: Mapping[str, Any]) -> bool:
    """Whether all there is to the mapping is a name over a list of mappings (``otherwise:``)."""
    only = next(iter(value.values())) if len(value) == 1 else None
    return isinstance(only, list | tuple) and any(isinstance(item, Mapping) for item in only)


def _is_small(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(len(key) <= 40 and _is_small(inner) for key, inner in value.items())
    if _is_list(value):
        return sum(isinstance(item, Mapping) for item in value) <= 1 and all(map(_is_small, value))
    if isinstance(value, str):
        quoted = _flow(value).startswith(('"', "'"))
        return (
            len(value) <= 40
            and len(value.split(" ")) <= WORDS
            and '"' not in value
            and (not quoted or bool(_OTHER.fullmatch(value)) or not value)
        )
    return True


def _beside(value: Any) -> str:
    return _flow(value) if _is_nested(value) else _scalar(value, flow=False)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key, flow=True)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if _is_list(value):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value, flow=True)


def _key(key: str, *, flow: bool) -> str:
    word = key.lower() not in ("null", "~", "true", "false", "<<", "=")
    return key if word and _is_plain(key, flow) and len(key) <= 128 else _quoted(key)


def _scalar(value: Any, *, flow: bool) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    text = str(value)
    return text if _is_plain(text, flow) and not _OTHER.fullmatch(text) else _quoted(text)


def _float(value: float) -> str:
    mantissa, e, exponent = repr(value).partition("e")
    if e and "." not in mantissa:
        mantissa += ".0"  # older readers take 1e+20 for text
    return mantissa + (f"e{exponent if exponent[0] in '+-' else '+' + exponent}" if e else "")


def _is_plain(text: str, flow: bool) -> bool:
    """Whether the text can stand without quotes and is one line."""
    return bool(
        _PLAIN.match(text)
        and text[:2] not in ("- ", "? ", "--")
        and not text.endswith((" ", ":"))
        and ": " not in text
        and " #" not in text
        and not _UNPRINTABLE.search(text)
        and not (flow and re.search(r"[,\[\]{}]|:(?=[,\[\]{}\"'])|\?", text))
    )


def _quoted(text: str) -> str:
    if '"' in text and not _UNPRINTABLE.search(text):
        return "'" + text.replace("'", "''") + "'"
    shown = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", shown)


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping) or _is_list(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _is_block(value: Any) -> bool:
    """Whether the text has several lines that can stand as they are."""
    if not isinstance(value, str) or "\n" not in value or value[0] in " \n":
        return False
    return all(not _UNPRINTABLE.search(line) and (not line or bool(line.strip(" "))) for line in value.split("\n"))


def _block_mark(text: str) -> str:
    return "|-" if not text.endswith("\n") else "|+" if text.endswith("\n\n") else "|"


def _block_lines(text: str, indent: int) -> list[str]:
    lines = text.removesuffix("\n").split("\n")
    return [" " * indent + line if line else "" for line in lines]
