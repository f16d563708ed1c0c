"""``{% render_liquid snippets.offer %}``: Liquid inside Liquid, from content only.

A snippet is chosen by name, also by a computed one (``snippets[event.kind]``), and a literal text is read on the spot. What people or
their systems send is never read as a template: such a text is data, whatever it looks like.
"""

from typing import Any, Final

from liquid.ast import BlockNode, Node
from liquid.builtin.expressions import Path, StringLiteral, parse_primitive
from liquid.builtin.tags.liquid_tag import LiquidNode
from liquid.context import RenderContext
from liquid.exceptions import LiquidError, LiquidSyntaxError
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG, Token

from tidings.content.liquid.context import State
from tidings.content.liquid.limits import SNIPPETS
from tidings.content.liquid.tokens import Stream, expression
from tidings.content.liquid.values import text


class Snippet(Node):
    """Renders the snippet whose name ``key`` gives, with the message's values (not the names assigned around it)."""

    def __init__(self, token: Token, key: Any) -> None:
        super().__init__(token)
        self.key, self.blank = key, False

    def __str__(self) -> str:
        return f"{{% render_liquid snippets[{self.key}] %}}"

    def render_to_output(self, context: RenderContext, buffer: Any) -> int:
        """Render it."""
        key = self.key.evaluate(context) if isinstance(self.key, Path) else self.key
        return int(buffer.write(self.show(context.state, key, context.globals)))  # type: ignore[attr-defined]  # our own context's

    def show(self, state: State, key: Any, values: Any) -> str:
        """Give its text; raises LiquidError where there is no such snippet."""
        run = state.snippets.get(text(key))
        if run is None:
            raise LiquidError(f"there is no snippet `{text(key)[:60]}`", token=self.token)
        if state.depth >= SNIPPETS:
            raise LiquidError(f"snippets stand inside each other more than {SNIPPETS} deep", token=self.token)
        state.depth += 1
        try:
            return run(values, state)
        finally:
            state.depth -= 1

    def expressions(self) -> list[Any]:
        """The name, where it is computed."""
        return [self.key] if isinstance(self.key, Path) else []


class RenderLiquidTag(Tag):
    """Decides by what is written, not by what it holds."""

    name = "render_liquid"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        """Read the text or the name."""
        token = stream.eat(TOKEN_TAG)
        behind = stream.expect(TOKEN_EXPRESSION)
        what = parse_primitive(self.env, expression(behind))
        if isinstance(what, StringLiteral):
            inner = Stream(self.env.tokenizer()(what.value))
            inner.tokens = [
                part._replace(start_index=behind.start_index, source=behind.source) for part in inner.tokens
            ]
            return LiquidNode(token, behind, BlockNode(token, get_parser(self.env).parse(inner)))
        if isinstance(what, Path) and what.path[0] == "snippets" and len(what.path) == 2:
            return Snippet(token, what.path[1])
        raise LiquidSyntaxError(
            "only content is rendered as Liquid, never what people send; write `{% render_liquid snippets.name %}`",
            token=token,
        )


TAGS: Final[Any] = (RenderLiquidTag,)
