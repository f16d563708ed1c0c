"""The two ways text is read: as HTML, where values are escaped, and as plain text."""

from typing import Any, ClassVar, Final

from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression
from liquid.builtin.output import Output
from liquid.builtin.tags.cycle_tag import CycleNode, CycleTag
from liquid.builtin.tags.echo_tag import EchoTag
from liquid.builtin.tags.liquid_tag import LiquidTag
from liquid.context import RenderContext
from liquid.environment import Environment as Theirs
from liquid.exceptions import LiquidSyntaxError
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.template import BoundTemplate
from liquid.token import TOKEN_EXPRESSION, TOKEN_OUTPUT, TOKEN_TAG

from tidings.content.liquid import limits, values
from tidings.content.liquid.context import Context, Shown
from tidings.content.liquid.filters import FILTERS
from tidings.content.liquid.tags import TAGS
from tidings.content.liquid.tokens import Stream, expression, template

REFUSED: Final = {
    "include": "write `{{ snippets.name }}`",
    "render": "write `{{ snippets.name }}`",
}
"""Tags of other dialects that have no place here, with what to write instead."""


class Environment(Theirs):
    """Our tags, filters and limits."""

    block_nesting_limit: ClassVar[int] = limits.NESTING
    context_depth_limit: ClassVar[int] = limits.NESTING + 10  # each block may bring names, beside the template's own
    logical_parentheses = True
    ternary_expressions = False

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Add ours to the built-in ones."""
        super().setup_tags_and_filters()
        for name in REFUSED:
            del self.tags[name]
        for tag in (_Output, _Echo, _Cycle, _Liquid, *TAGS):
            self.add_tag(tag)
        self.filters.clear()
        self.filters.update(FILTERS)

    def _parse(self, source: str) -> list[Node]:
        return get_parser(self).parse(Stream(template(source)))


class Bound(BoundTemplate):
    """A parsed template that renders with our context."""

    context_class = Context


class _Output(Output):
    node_class = Shown

    def parse(self, stream: TokenStream) -> Shown:
        token = stream.eat(TOKEN_OUTPUT)
        inner = expression(stream.expect(TOKEN_EXPRESSION))
        return Shown(token, FilteredExpression.parse(self.env, inner))


class _Echo(EchoTag):
    node_class: Any = Shown


class _Liquid(LiquidTag):
    """``{% liquid %}``, whose lines are read like other tags."""

    def parse(self, stream: TokenStream) -> Node:
        token = stream.eat(TOKEN_TAG)
        if stream.current.kind != TOKEN_EXPRESSION:
            raise LiquidSyntaxError("a `liquid` tag has lines of tags", token=token)
        lines = stream.current
        if lines.value.count("\n") > limits.TAGS:
            raise LiquidSyntaxError(f"there are more than {limits.TAGS} lines in the tag", token=lines)
        if " " * limits.SPACES in lines.value.replace("\t", " ").replace("\r", " "):
            raise LiquidSyntaxError(f"there are {limits.SPACES} spaces in a row", token=lines)
        inner = Stream(self._tokenize(lines.value, token=lines), block_depth_carry=stream.block_depth)
        return self.node_class(token, lines, block=get_parser(self.env).parse_block(inner, end=()))


class _CycleNode(CycleNode):
    def render_to_output(self, context: RenderContext, buffer: Any) -> int:
        group = self.group.evaluate(context) if self.group else None
        shown = [arg.evaluate(context) for arg in self.args]
        index = context.cycle(cycle_key(group, shown), len(shown))
        value = shown[index % len(shown)]
        return int(buffer.write(values.html(value) if context.autoescape else values.text(value)))


def cycle_key(group: Any, shown: list[Any]) -> str:
    """Tell cycles apart: by their group, else by what they go through."""
    return f"group {values.text(group)}" if group is not None else f"values {shown!r}"


class _Cycle(CycleTag):
    node_class = _CycleNode


def _make(autoescape: bool) -> Environment:
    made = Environment(undefined=values.Missing, autoescape=autoescape)
    made.template_class = Bound
    return made


HTML: Final = _make(True)
TEXT: Final = _make(False)


def tags() -> list[tuple[str, str]]:
    """Give every tag that can be written, with what ends it ("": nothing), and what stands between such."""
    own = [
        (name, getattr(tag, "end", "") if tag.block else "") for name, tag in TEXT.tags.items() if name.isidentifier()
    ]
    inner = [(name, "") for name in ("else", "elsif", "when")]
    return sorted(tag for tag in (*own, *inner) if tag[0] not in ("content", "output", "illegal"))
