"""Filters that take a condition written in the template: ``people | where_exp: "one", "one.age > 18"``.

The condition is always a literal of the template (checked when it is published): what people send is never read as code.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from liquid.builtin.expressions import BooleanExpression, parse_primitive
from liquid.expression import Expression
from liquid.token import TOKEN_EOF, TOKEN_EXPRESSION, Token

from tidings.content.liquid.filters.arrays import grouped, listed
from tidings.content.liquid.settle import condition
from tidings.content.liquid.tokens import expression
from tidings.content.liquid.values import text


def where_exp(value: Any, name: Any, rule: Any, *, context: Any) -> list[Any]:
    ask = _asker(context, name, rule)
    return [entry for entry in listed(value) if ask(entry)]


def find_exp(value: Any, name: Any, rule: Any, *, context: Any) -> Any:
    ask = _asker(context, name, rule)
    return next((entry for entry in listed(value) if ask(entry)), None)


def group_by_exp(value: Any, name: Any, rule: Any, *, context: Any) -> list[Any]:
    ask = _asker(context, name, rule)
    return grouped([(ask(entry), entry) for entry in listed(value)])


def _asker(context: Any, name: Any, rule: Any) -> Callable[[Any], Any]:
    read, bound = parse(context.env, str(text(rule))), str(text(name))
    context.state.meter.loop(1)

    def ask(entry: Any) -> Any:
        context.state.meter.loop(1)
        with context.extend({bound: entry}):
            return read.evaluate(context)

    return ask


@lru_cache(512)
def parse(environment: Any, rule: str) -> Expression:
    """Read a condition, or a plain value such as ``item.type``; raises LiquidSyntaxError."""
    token = Token(TOKEN_EXPRESSION, rule, 0, rule)
    plain = expression(token)
    value = parse_primitive(environment, plain)
    if plain.current.kind == TOKEN_EOF:
        return value
    return condition(BooleanExpression.parse(environment, expression(token)))


FILTERS: Final = {"find_exp": find_exp, "group_by_exp": group_by_exp, "where_exp": where_exp}
