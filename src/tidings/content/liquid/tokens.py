"""Reading tokens: after a dot every word is a name, so that attributes may be called ``empty``, ``blank``, ``for`` or ``limit``."""

from collections.abc import Iterator

from liquid.builtin.expressions import tokenize
from liquid.exceptions import LiquidSyntaxError
from liquid.stream import TokenStream
from liquid.token import TOKEN_DOT, TOKEN_EXPRESSION, TOKEN_WORD, Token


class Stream(TokenStream):
    """A stream of tags, whose expressions are read by `expression`."""

    def into_inner(self, *, tag: Token | None = None, eat: bool = True) -> TokenStream:
        """Give the tokens of the expression that comes next."""
        token = self.current
        if token.kind != TOKEN_EXPRESSION:
            raise LiquidSyntaxError("missing expression", token=tag or token)
        if eat:
            next(self)
        return expression(token)


def expression(token: Token) -> Stream:
    """Give the tokens of an expression."""
    return Stream(_named(tokenize(token.value, token)))


def _named(tokens: Iterator[Token]) -> Iterator[Token]:
    after_dot = False
    for token in tokens:
        if after_dot and token.kind != TOKEN_WORD and token.value.isidentifier():
            token = token._replace(kind=TOKEN_WORD)
        after_dot = token.kind == TOKEN_DOT
        yield token
