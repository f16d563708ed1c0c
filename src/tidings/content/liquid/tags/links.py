"""Links as slots: what stands in one is rendered, then the rendering's ``links`` says what goes out instead."""

import re
from html import unescape
from typing import Any, Final, TextIO

from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression
from liquid.context import RenderContext
from liquid.exceptions import LiquidSyntaxError
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.token import TOKEN_CONTENT, TOKEN_EXPRESSION, TOKEN_TAG, Token
from markupsafe import escape

from tidings.content.liquid.context import Shown, State
from tidings.content.liquid.tags.countdown import read_fields
from tidings.content.liquid.tags.printing import Printing, PrintingTag
from tidings.content.liquid.tokens import Stream, expression

SLOT: Final = "tidings_link"
"""The tag a link becomes when a template is published. Not for people to write: it is refused in their text."""
PIXEL: Final = "tidings_pixel"
"""The tag that stands where an opening is seen; refused likewise."""


class Slot(Node):
    """A link: ``block`` makes its address, ``position`` counts from 1 (0: not counted), ``tracked`` says whether it may be replaced."""

    def __init__(self, token: Token, block: BlockNode, position: int, tracked: bool = True) -> None:
        super().__init__(token)
        self.block, self.position, self.tracked, self.blank = block, position, tracked, False

    def __str__(self) -> str:
        return f"{{% link %}}{self.block}{{% endlink %}}"

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Render the address, then print what it becomes."""
        inner = context.get_buffer(buffer)
        self.block.render(context, inner)
        return buffer.write(self.show(context.state, context.autoescape, inner.getvalue()))  # type: ignore[attr-defined]  # our own context's

    def show(self, state: State, html: bool, address: str) -> str:
        """Give what goes out for the rendered address; in HTML both are escaped."""
        url = (unescape(address) if html and "&" in address else address).strip()
        if self.tracked and is_web(url) and url not in state.urls.values():
            return escape(state.links(url, self.position)) if html else state.links(url, self.position)
        return address

    def children(self, static_context: RenderContext, *, include_partials: bool = True) -> list[Node]:
        """The address."""
        return [self.block]


def is_web(url: str) -> bool:
    """Tell an address that a click can be counted for; mail, telephone and places on the page are not."""
    return url[:8].lower().startswith(("http://", "https://"))


class SlotTag(Tag):
    """``{% tidings_link 3 %}address{% endtidings_link %}``"""

    name = SLOT
    end = "end" + SLOT

    def parse(self, stream: TokenStream) -> Node:
        """Read to the end."""
        token = stream.eat(TOKEN_TAG)
        position = int(stream.expect(TOKEN_EXPRESSION) and stream.current.value)
        next(stream)
        block = get_parser(self.env).parse_block(stream, frozenset((self.end,)))
        stream.expect(TOKEN_TAG, value=self.end)
        return Slot(token, block, position)


class LinkTag(Tag):
    """``{% cio_link url:"https://example.com" track:true %}``: a tracked link where there is no HTML. Liquid may stand in the address."""

    name = "cio_link"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        """Read the address and whether it is tracked."""
        token = stream.eat(TOKEN_TAG)
        behind = stream.expect(TOKEN_EXPRESSION)
        match = re.search(r"""(?:^|[\s,])url\s*[:=]\s*("[^"]*"|'[^']*'|(?:\{\{.*?\}\}|[^\s,])+)""", behind.value)
        if not match:
            raise LiquidSyntaxError('an address is missing; write url:"https://example.com"', token=token)
        fields = read_fields(behind.value[: match.start(1)] + "x" + behind.value[match.end(1) :])
        tracked = fields.get("track", "true") != "false"
        return Slot(token, self._address(match[1], behind, match.start(1)), 0, tracked)

    def _address(self, written: str, behind: Token, start: int) -> BlockNode:
        quoted = written[0] in "\"'"
        inner = written[1:-1] if quoted else written
        if not quoted and "://" not in inner and "{" not in inner:
            value = FilteredExpression.parse(self.env, expression(behind._replace(value=inner)))
            return BlockNode(behind, [Shown(behind, value)])
        tokens = [
            token._replace(start_index=behind.start_index + start + quoted + token.start_index, source=behind.source)
            for token in self.env.tokenizer()(inner)
        ]
        nodes = get_parser(self.env).parse(Stream(iter(tokens)))
        if self.env.autoescape:
            for node in nodes:
                if isinstance(node, ContentNode):
                    node.text = str(escape(node.text))
        return BlockNode(
            behind, nodes or [ContentNode(Token(TOKEN_CONTENT, "", behind.start_index, behind.source), "")]
        )


class Pixel(Printing):
    """The picture by which an opening is seen."""

    def show(self, state: State, html: bool, *values: Any) -> str:
        """Give it, where the rendering has one."""
        if not state.pixel:
            return ""
        return f'<img src="{escape(state.pixel)}" width="1" height="1" alt="" style="display:block;border:0;width:1px;height:1px" />'


class PixelTag(PrintingTag):
    """``{% tidings_pixel %}``"""

    name = PIXEL
    node = Pixel


TAGS: Final[Any] = (SlotTag, LinkTag, PixelTag)
