"""What a step or trigger asks for, field by field, as data: the canvas draws its panel from it, editors complete by it.

A kind says it once, beside the code that reads the same fields; `schema` turns it into JSON Schema.
"""

from typing import Any, Literal, TypeAlias

from msgspec import Struct

Ask: TypeAlias = Literal[
    "text",
    "lines",
    "name",
    "number",
    "truth",
    "choice",
    "duration",
    "clock",
    "zone",
    "date",
    "offset",
    "rate",
    "times",
    "schedule",
    "rule",
    "where",
    "event",
    "attribute",
    "template",
    "segment",
    "journey",
    "step",
    "topic",
    "action",
    "secret",
    "url",
    "liquid",
    "values",
    "steps",
    "fields",
]
"""What stands in a field. ``offset`` is so long before or after something, ``rate`` so many in a time, ``times`` so often, ``schedule``
when it comes again. ``rule`` is over the person, ``where`` over an event; ``event`` to ``action`` name something that exists; ``values``
maps names to any values; ``steps`` is an inner list of steps; ``fields`` is a mapping of the inner ``fields``."""


class Field(Struct, frozen=True, omit_defaults=True):
    """One field. ``title`` and ``about``: for people. ``many``: a list of such. ``says``: what each of the ``choices`` is called;
    ``usual``: what holds where none is made, in words. ``also``: other values that may stand instead, such as ``true``. ``example``: a
    value that could stand there. ``of``: asked only where one of these fields beside it is filled. ``choose``: of the inner
    ``fields`` those that exclude each other, each with what it is called as a choice; the first goes along with any of them,
    but for what its ``of`` says."""

    key: str
    ask: Ask
    title: str
    about: str = ""
    required: bool = False
    many: bool = False
    choices: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    usual: str = ""
    fields: tuple["Field", ...] = ()
    also: tuple[Any, ...] = ()
    example: Any = None
    of: tuple[str, ...] = ()
    choose: tuple[tuple[str, str], ...] = ()


class Form(Struct, frozen=True, omit_defaults=True):
    """A kind in a few words, and its fields; the first is the one by which a document chooses the kind.

    ``group``: steps of a sort stand together where one is picked.
    """

    title: str
    about: str
    fields: tuple[Field, ...] = ()
    group: Literal["message", "time", "way", "data", "out", ""] = ""
