"""Tags that print something nobody can foresee: ``{% random 100 %}``, ``{% generate_uuid %}``."""

import random
from typing import Any, Final
from uuid import uuid4

from liquid.ast import Node
from liquid.builtin.expressions import parse_primitive
from liquid.exceptions import LiquidSyntaxError
from liquid.stream import TokenStream
from liquid.token import Token

from tidings.content.liquid.context import State
from tidings.content.liquid.filters.numbers import number
from tidings.content.liquid.tags.printing import Printing, PrintingTag
from tidings.content.liquid.tokens import expression


class Uuid(Printing):
    """A random id."""

    def show(self, state: State, html: bool, *values: Any) -> str:
        """Give one."""
        return str(uuid4())


class Random(Printing):
    """A whole number from 0 up to, but without, the one behind the name."""

    def show(self, state: State, html: bool, *values: Any) -> str:
        """Give one."""
        return str(random.randrange(max(1, int(number(values[0])))))


class UuidTag(PrintingTag):
    """``{% generate_uuid %}``"""

    name = "generate_uuid"
    node = Uuid


class RandomTag(PrintingTag):
    """``{% random 100 %}``"""

    name = "random"

    def made(self, token: Token, behind: Token | None, stream: TokenStream) -> Node:
        """Read the bound."""
        if behind is None:
            raise LiquidSyntaxError("a bound is missing; write `{% random 100 %}`", token=token)
        return Random(token, self.name, [parse_primitive(self.env, expression(behind))])


TAGS: Final = (UuidTag, RandomTag)
