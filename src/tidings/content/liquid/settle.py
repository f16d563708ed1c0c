"""Giving a parsed tree our comparisons, before either way of rendering sees it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from liquid.ast import ConditionalBlockNode, Node
from liquid.builtin.expressions import BooleanExpression, LoopExpression
from liquid.builtin.expressions import logical as theirs
from liquid.builtin.tags.case_tag import CaseNode, MultiExpressionBlockNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.context import RenderContext
from liquid.exceptions import LiquidTypeError
from liquid.expression import Expression
from liquid.token import Token

from tidings.content.liquid import compare
from tidings.content.liquid.filters.numbers import whole
from tidings.content.liquid.limits import bounded


class Comparison(Expression):
    """Two values compared: ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=`` or ``contains``."""

    def __init__(self, token: Token, operator: str, left: Expression, right: Expression) -> None:
        super().__init__(token)
        self.operator, self.left, self.right = operator, left, right

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"

    def evaluate(self, context: RenderContext) -> object:
        """Compare now."""
        return OPERATORS[self.operator](self.left.evaluate(context), self.right.evaluate(context))

    def children(self) -> list[Expression]:
        """Both sides."""
        return [self.left, self.right]


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": compare.equal,
    "!=": lambda left, right: not compare.equal(left, right),
    "<": compare.less,
    "<=": compare.at_most,
    ">": lambda left, right: compare.less(right, left),
    ">=": lambda left, right: compare.at_most(right, left),
    "contains": compare.contains,
}


class AnyOf(Expression):
    """The values of one ``when``."""

    def __init__(self, token: Token, left: Expression, values: list[Expression]) -> None:
        super().__init__(token)
        self.left, self.values = left, values

    def __str__(self) -> str:
        return ", ".join(map(str, self.values))

    def evaluate(self, context: RenderContext) -> object:
        """One answer for each value; the block is written once for each true one, as in every Liquid."""
        left = self.left.evaluate(context)
        return [compare.equal(left, value.evaluate(context)) for value in self.values]

    def children(self) -> list[Expression]:
        """The values."""
        return self.values


class Loop(LoopExpression):
    """What a ``for`` goes over; ``limit: 0`` means none."""

    def _to_iter(self, obj: Any, context: RenderContext) -> tuple[Iterator[Any], int]:
        found = entries(obj)
        return iter(found), len(found)

    def _to_int(self, obj: object, *, token: Token) -> int:
        return count(obj)

    def _slice(
        self, it: Iterator[Any], length: int, context: RenderContext, *, limit: int | None, offset: int | str | None
    ) -> tuple[Iterator[object], int]:
        key = f"{self.identifier}-{self.iterable}"
        start = context.stopindex(key) if offset == "continue" else int(offset or 0)
        first, last = bounds(length, limit, start)
        context.stopindex(key=key, index=last)
        chosen = islice(it, first, last)
        return reversed(list(chosen)) if self.reversed else chosen, last - first


def entries(obj: Any) -> Sequence[Any]:
    """Give what a loop over the value goes through: items, pairs of a mapping, a text as its own one item, else nothing."""
    if isinstance(obj, (list, tuple, range)):
        if isinstance(obj, range):
            bounded(obj.stop - obj.start)
        return obj
    if isinstance(obj, Mapping):
        return list(obj.items())
    return [obj] if isinstance(obj, str) and obj else []


def count(value: Any) -> int:
    """Read a loop's limit or offset; raises LiquidTypeError for what is no whole number."""
    try:
        return whole(value)
    except ValueError as error:
        raise LiquidTypeError("a loop's limit and offset are whole numbers", token=None) from error


def bounds(length: int, limit: int | None, offset: int) -> tuple[int, int]:
    """Give the first index and the one after the last."""
    first = min(max(offset, 0), length)
    return first, length if limit is None else max(first, min(offset + limit, length))


_NAMES: dict[type, str] = {
    theirs.EqExpression: "==",
    theirs.NeExpression: "!=",
    theirs.LtExpression: "<",
    theirs.LeExpression: "<=",
    theirs.GtExpression: ">",
    theirs.GeExpression: ">=",
    theirs.ContainsExpression: "contains",
}


def settle(node: Node, children: list[Node]) -> None:
    """Replace the conditions of this node; ``children`` are settled by the caller."""
    if isinstance(node, (IfNode, UnlessNode)):
        node.condition = condition(node.condition)
    elif isinstance(node, ConditionalBlockNode):
        node.expression = condition(node.expression)
    elif isinstance(node, ForNode):
        loop = node.expression
        node.expression = Loop(
            loop.token,
            loop.identifier,
            loop.iterable,
            limit=loop.limit,
            offset=loop.offset,
            reversed_=loop.reversed,
            cols=loop.cols,
        )
    elif isinstance(node, CaseNode):
        for block in children:
            if isinstance(block, MultiExpressionBlockNode):
                block.expression = AnyOf(block.token, node.expression, block.expression.expressions)  # type: ignore[assignment]  # the tag asks it to be evaluated, and no more


def condition(expression: Expression) -> Expression:
    """Give a condition with our comparisons in it."""
    if isinstance(expression, BooleanExpression):
        return BooleanExpression(expression.token, condition(expression.expression))
    if isinstance(expression, (theirs.LogicalAndExpression, theirs.LogicalOrExpression)):
        return type(expression)(expression.token, condition(expression.left), condition(expression.right))
    if isinstance(expression, theirs.LogicalNotExpression):
        return theirs.LogicalNotExpression(expression.token, condition(expression.right))
    name = _NAMES.get(type(expression))
    if name is not None:
        return Comparison(expression.token, name, expression.left, expression.right)  # type: ignore[attr-defined]  # each of _NAMES has both sides
    return expression
