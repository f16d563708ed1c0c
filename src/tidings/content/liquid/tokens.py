"""Reading tokens: after a dot or a pipe every word is a name: ``customer.empty``, ``customer.for``, ``| contains``."""

from collections.abc import Iterator

from liquid.builtin.expressions import tokenize
from liquid.exceptions import LiquidSyntaxError
from liquid.stream import TokenStream
from liquid.token import TOKEN_DOT, TOKEN_EXPRESSION, TOKEN_PIPE, TOKEN_WORD, Token


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
    named = False
    for token in tokens:
        if named and token.kind != TOKEN_WORD and token.value.isidentifier():
            token = token._replace(kind=TOKEN_WORD)
        named = token.kind in (TOKEN_DOT, TOKEN_PIPE)
        yield token
