"""Tags that print something from the rendering's state: written once, for both ways of rendering."""

from abc import abstractmethod
from typing import Any, ClassVar, TextIO

from liquid.ast import Node
from liquid.context import RenderContext
from liquid.expression import Expression
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG, Token

from tidings.content.liquid.context import State


class Printing(Node):
    """Prints what `show` makes of the state and the values of its ``arguments``."""

    def __init__(self, token: Token, name: str, arguments: list[Expression]) -> None:
        super().__init__(token)
        self.name, self.arguments, self.blank = name, arguments, False

    def __str__(self) -> str:
        return f"{{% {self.name} %}}"

    @abstractmethod
    def show(self, state: State, html: bool, *values: Any) -> str:
        """Give the text, escaped where it goes into HTML."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Print."""
        values = [argument.evaluate(context) for argument in self.arguments]
        return buffer.write(self.show(context.state, context.autoescape, *values))  # type: ignore[attr-defined]  # our own context's

    def expressions(self) -> list[Expression]:
        """The values it reads."""
        return self.arguments


class PrintingTag(Tag):
    """A tag without an end. `arguments` reads what stands behind its name."""

    block = False
    node: ClassVar[type[Printing]]

    def parse(self, stream: TokenStream) -> Node:
        """Read the tag."""
        token = stream.eat(TOKEN_TAG)
        if stream.current.kind == TOKEN_EXPRESSION:
            return self.made(token, stream.current, stream)
        stream.pos -= 1  # the parser steps over the last token of a tag itself
        return self.made(token, None, stream)

    def made(self, token: Token, behind: Token | None, stream: TokenStream) -> Node:
        """Make the node."""
        return self.node(token, self.name, [])
