"""A happening: what one input, or one effect of it, changed about a person; the unit in which consequences are worked out."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from tidings.kernel.records import Answered, Befell, TakeIn

DEEPEST: Final = 50
BY: Final = "all of the "
"""How a place in the chain of causes begins where it went on by a group, to everybody in it."""

CIRCLE: Final = "an endless loop: "
"""How it begins why a run is parked whose chain of causes has no end: what it let happen last reaches nobody."""


class Happening(Struct):
    """``event``: (kind, name), and ``names``: all that it goes by; ``properties``, ``time`` and ``id`` are the event's.
    ``values``: attributes to set, and ``said``, when they were said (unix seconds; 0: now); ``attributes``: roots that changed, ``before``:
    all of them as they were; ``groups``: types of groups that did.

    ``members``: manual segments set or cleared. ``due``: time itself. ``born``: the person's first. ``quiet``: starts nothing.
    ``called``: a journey that a call of the API names.
    ``entry``: a journey that a step lets the person enter, with what it reads as ``journey.x``.
    ``answer``: to a call that a run waits for. ``befell``: something that happened to a group of theirs.
    ``taken``: a journey lets in whom it matched already. ``group``: the group that an event names, to which it belongs.
    ``depth`` and ``way`` tell the chain of causes.
    """

    event: tuple[str, str] | None = None
    names: tuple[tuple[str, str], ...] = ()
    properties: Mapping[str, Any] = {}
    time: int = 0
    id: bytes = b""
    values: Mapping[str, Any] = {}
    said: int = 0
    attributes: tuple[str, ...] = ()
    before: Mapping[str, Any] = {}
    groups: tuple[str, ...] = ()
    members: tuple[tuple[str, bool], ...] = ()
    due: bool = False
    born: bool = False
    quiet: bool = False
    starts: bool = True
    touched: tuple[str, ...] = ()
    group: str = ""
    depth: int = 0
    way: tuple[str, ...] = ()
    called: str = ""
    entry: tuple[str, Mapping[str, Any]] | None = None
    answer: Answered | None = None
    befell: Befell | None = None
    taken: TakeIn | None = None


class Touched(Struct):
    """What a happening reached: counters that counted it, attribute roots, groups, and segments that flipped in its wake."""

    counters: set[bytes]
    attributes: frozenset[str]
    groups: frozenset[str]
    segments: dict[str, bool]
