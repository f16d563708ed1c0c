"""When each attribute of a person was last said, so that a change which says when it was made does not undo a later one.

A person's attributes are mostly said all at once, again and again: one time stands for all that are not named apart. Beside attributes,
what they agreed to by topic and channel goes by names that no attribute has. Pure.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

GONE: Final = 50
"""Of attributes that were removed, how many are remembered; the oldest are forgotten first."""
LONGEST: Final = 100
"""Characters of the name of one that is."""
IDENTIFYING: Final = frozenset(("id", "email"))
"""These follow a person's identifiers, whatever was said when."""


class Latest(Struct, array_like=True):
    """Unix seconds: ``apart`` by name, ``all`` for every attribute that the person has and that is not named there (0: not known)."""

    all: int = 0
    apart: dict[str, int] = {}


def topic(name: str) -> str:
    """Give the name by which a topic goes."""
    return f"topic\n{name}"


def channel(name: str) -> str:
    """Give the name by which a channel goes."""
    return f"channel\n{name}"


def known(latest: Latest, attributes: Mapping[str, Any], name: str) -> int:
    """Give when something was last said; 0 where that is not known, or it never was."""
    found = latest.apart.get(name)
    return found if found is not None else latest.all if name in attributes else 0


def said(latest: Latest, attributes: Mapping[str, Any], names: Collection[str], at: int) -> Latest:
    """Write down that ``names``, each once, were said; ``attributes``: those the person has now. One removed is remembered too."""
    now = [name for name in names if name not in IDENTIFYING]
    here = {name for name in now if name in attributes}
    others = len(attributes) - len(here) - ("id" in attributes) - ("email" in attributes)
    if not now:
        return latest
    if others >= len(here):
        return Latest(latest.all, _bounded({**latest.apart, **dict.fromkeys(now, at)}, attributes))
    apart = {name: time for name, time in latest.apart.items() if name not in here}
    if others:
        for name in attributes:
            if name not in here and name not in IDENTIFYING:
                apart.setdefault(name, latest.all)
    for name in now:
        if name not in here:
            apart[name] = at
    return Latest(at, _bounded(apart, attributes))


def merged(into: Latest, own: Mapping[str, Any], absorbed: Latest, theirs: Mapping[str, Any]) -> Latest:
    """Join what is known of two people, whose attributes these are: the survivor's, and the absorbed's where the survivor has none."""
    filled = {name: known(absorbed, theirs, name) for name in theirs if name not in own}
    gone = {name: time for name, time in absorbed.apart.items() if name not in theirs and name not in own}
    newer = {name: max(time, into.apart.get(name, 0)) for name, time in gone.items()}
    return Latest(into.all, _bounded({**into.apart, **filled, **newer}, {**own, **theirs}))


def without(latest: Latest, names: Iterable[str]) -> Latest:
    """Forget attributes, as if they had never been said."""
    gone = set(names)
    return Latest(latest.all, {name: time for name, time in latest.apart.items() if name not in gone})


def _bounded(apart: dict[str, int], attributes: Mapping[str, Any]) -> dict[str, int]:
    gone = [(len(name) <= LONGEST, time, name) for name, time in apart.items() if name not in attributes]
    if gone:
        gone.sort()
        for place, (short, _, name) in enumerate(gone):
            if not short or place < len(gone) - GONE:
                del apart[name]
    return apart
