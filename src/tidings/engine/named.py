"""Attributes of groups that texts name: what a message or a step's Liquid says of the company must be kept with its members too.

Texts are searched, not parsed: a name that stands in a comment is kept for nothing, which costs a few bytes and is never wrong.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tidings.rules.reach import GROUP_TYPES

_NAMED: Final = re.compile(rf"(?<![\w.])({'|'.join(sorted(GROUP_TYPES))})\.([^\W\d]\w*)")
_TEXTS: Final = ("templates", "layouts", "snippets")


def named_in_texts(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give (type of group, attribute) for each that a template, layout, snippet or live journey of a snapshot names."""
    for kind in _TEXTS:
        for entry in body.get(kind, {}).values():
            yield from _in(entry["text"] if isinstance(entry, Mapping) else entry)
    for entry in body.get("journeys", {}).values():
        yield from _in(entry["document"])


def _in(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        for found in _NAMED.finditer(value):
            yield found[1], found[2]
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _in(inner)
