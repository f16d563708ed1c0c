"""Text components, and what stands in them: HTML or text, and no MJML. Read in one go, however broken the source is."""

import re
from collections.abc import Callable, Collection
from typing import Final

_ATTRIBUTES: Final = re.compile(r"((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")


def each_inside(source: str, names: Collection[str], change: Callable[[str, str, str], str]) -> str:
    """Put something in the place of each component that is called one of ``names`` and has an end: ``change`` is given its name, its
    attributes as they are written, and what stands in it."""
    opening = re.compile(rf"<({'|'.join(sorted(names, key=len, reverse=True))})\b")
    ends = {name: re.compile(rf"</{name}\s*>") for name in names}
    out: list[str] = []
    at = look = 0
    while found := opening.search(source, look):
        name, tag = found[1], _ATTRIBUTES.match(source, found.end())
        if tag is None:
            break  # a tag that never ends: whatever comes behind it is its own
        look = tag.end()
        if tag[1].endswith("/") or name not in ends:
            continue
        end = ends[name].search(source, look)
        if end is None:
            del ends[name]  # nor has any that comes later
            continue
        out += (source[at : found.start()], change(name, tag[1], source[look : end.start()]))
        at = look = end.end()
    return "".join((*out, source[at:]))
