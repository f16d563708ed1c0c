"""Reading tokens: of a text, in one pass whatever stands in it; and of an expression, in which after a dot or a pipe every word is a name:
``customer.empty``, ``customer.for``, ``| contains``."""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from liquid.builtin.expressions import tokenize
from liquid.exceptions import LiquidSyntaxError
from liquid.stream import TokenStream
from liquid.token import (
    TOKEN_COMMENT,
    TOKEN_CONTENT,
    TOKEN_DOC,
    TOKEN_DOT,
    TOKEN_EOF,
    TOKEN_EXPRESSION,
    TOKEN_OUTPUT,
    TOKEN_PIPE,
    TOKEN_TAG,
    TOKEN_WORD,
    Token,
)

from tidings.content.liquid.limits import BRACKETS, INSIDE, TAGS

_OPENS: Final = re.compile(r"\{[{%]")
_NAME: Final = re.compile(r"\{%-?\s*+(#|\w++)")
_VERBATIM: Final = re.compile(r"\{%-?\s*+(raw|doc)\s*+-?%\}")
_MISSING: Final = {"{": "expected '}}', found end of file", "%": "missing tag name or closing delimiter"}
_ENDS: Final = {name: re.compile(r"\{%-?\s*+end" + name + r"\s*+(-?)%\}") for name in ("raw", "doc")}


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
    if token.value.count("(") + token.value.count("[") > BRACKETS:  # from each of them the tokenizer looks to the end
        raise LiquidSyntaxError(f"there are more than {BRACKETS} brackets in one tag", token=token)
    stream = Stream(_named(tokenize(token.value, token)))
    stream.eof = Token(TOKEN_EOF, TOKEN_EOF, token.start_index + len(token.value.rstrip()), token.source)
    return stream


def template(source: str) -> Iterator[Token]:
    """Give the tokens of a text. The library's own reader looks to the end of the text from each tag that has none."""
    strips, depth, begun, tags, inside = False, 0, 0, 0, 0
    for piece in _pieces(source):
        text = piece.text
        if piece.kind in (TOKEN_TAG, TOKEN_OUTPUT):
            tags += 1
            inside += 0 if depth else len(text)
        if tags > TAGS or inside > INSIDE:
            says = (
                f"there are more than {TAGS} tags"
                if tags > TAGS
                else f"the tags hold more than {INSIDE} characters together"
            )
            raise LiquidSyntaxError(says, token=Token(TOKEN_EOF, "", piece.start, source))
        if depth:
            depth += {"comment": 1, "endcomment": -1}.get(piece.name, 0)
            if not depth:
                yield Token(TOKEN_COMMENT, source[begun : piece.start], begun, source)
                yield Token(TOKEN_TAG, piece.name, piece.name_at, source)
                strips = piece.strips
        elif piece.is_plain:
            if text.startswith(("{{", "{%")):
                missing = _MISSING[text[1]]
                raise LiquidSyntaxError(missing, token=Token(TOKEN_EOF, text, piece.start, source))
            text = text.lstrip() if strips else text
            text = text.rstrip() if source.startswith("-", piece.end + 2) else text
            if text:
                yield Token(TOKEN_CONTENT, text, piece.start, source)
        elif piece.kind == TOKEN_TAG:
            if piece.name in _ENDS:
                missing = f"expected tag end{piece.name}, found end of expression"
                raise LiquidSyntaxError(missing, token=Token(TOKEN_EOF, "", piece.start, source))
            yield Token(TOKEN_TAG, piece.name, piece.name_at, source)
            if text:
                yield Token(TOKEN_EXPRESSION, text, piece.text_at, source)
            strips, depth, begun = piece.strips, int(piece.name == "comment"), piece.end
        else:
            yield Token(
                piece.kind, source[piece.start : piece.end] if piece.kind == TOKEN_OUTPUT else text, piece.start, source
            )
            if piece.kind == TOKEN_OUTPUT:
                yield Token(TOKEN_EXPRESSION, text, piece.text_at, source)
            strips = piece.strips


def spans(source: str) -> Iterator[tuple[int, int]]:
    """Give where Liquid stands in a text: each tag, and what is taken as it is or left out (`raw`, comments) as a whole."""
    depth, begun = 0, 0
    for piece in _pieces(source):
        if piece.name == "comment":
            begun = begun if depth else piece.start
            depth += 1
        elif depth:
            depth -= piece.name == "endcomment"
            if not depth:
                yield begun, piece.end
        elif not piece.is_plain:
            yield piece.start, piece.end


def changed(source: str, change: Callable[[str], str]) -> str:
    """Give a text with every piece of Liquid in it changed."""
    out: list[str] = []
    at = 0
    for start, end in spans(source):
        out += (source[at:start], change(source[start:end]))
        at = end
    return "".join((*out, source[at:]))


class _Piece(NamedTuple):
    """A part of a text: a tag, an output, or what stands between. ``strips``: the spaces after it go."""

    kind: str
    start: int
    end: int
    text: str
    text_at: int = 0
    strips: bool = False
    name: str = ""
    name_at: int = 0
    verbatim: bool = False

    @property
    def is_plain(self) -> bool:
        return self.kind == TOKEN_CONTENT and not self.verbatim


def _pieces(source: str) -> Iterator[_Piece]:
    last = {mark: source.rfind(mark) for mark in ("}}", "%}")}
    for name, closes in _ENDS.items():
        last[name] = max((found.start() for found in closes.finditer(source)), default=-1)
    at = 0
    while at < len(source):
        piece = None
        if source.startswith("{{", at) and at + 2 <= last["}}"]:
            end = source.index("}}", at + 2)
            start = at + 2 + source.startswith("-", at + 2)
            piece = _Piece(TOKEN_OUTPUT, at, end + 2, *_inner(source, start, end))
        elif source.startswith("{%", at):
            piece = _verbatim(source, at, last) or _tag(source, at, last["%}"])
        if piece is None:
            opens = _OPENS.search(source, at + 1)
            end = opens.start() if opens else len(source)
            piece = _Piece(TOKEN_CONTENT, at, end, source[at:end])
        yield piece
        at = piece.end


def _tag(source: str, at: int, last: int) -> _Piece | None:
    named = _NAME.match(source, at)
    if named is None or named.end() > last:
        return None
    end = source.index("%}", named.end())
    return _Piece(TOKEN_TAG, at, end + 2, *_inner(source, named.end(), end), named[1], named.start(1))


def _verbatim(source: str, at: int, last: dict[str, int]) -> _Piece | None:
    opened = _VERBATIM.match(source, at)
    if opened is None or opened.end() > last[opened[1]]:
        return None
    closed = _ENDS[opened[1]].search(source, opened.end())
    assert closed is not None
    kind = TOKEN_CONTENT if opened[1] == "raw" else TOKEN_DOC
    text = source[opened.end() : closed.start()]
    return _Piece(kind, at, closed.end(), text, opened.end(), strips=bool(closed[1]), verbatim=True)


def _inner(source: str, start: int, end: int) -> tuple[str, int, bool]:
    """Give what stands inside, where that begins, and whether what follows is to lose its spaces."""
    strips = end > start and source[end - 1] == "-"
    text = source[start : end - strips]
    found = text.lstrip()
    return found.rstrip(), start + len(text) - len(found), strips


def _named(tokens: Iterator[Token]) -> Iterator[Token]:
    named = False
    for token in tokens:
        if named and token.kind != TOKEN_WORD and token.value.isidentifier():
            token = token._replace(kind=TOKEN_WORD)
        named = token.kind in (TOKEN_DOT, TOKEN_PIPE)
        yield token
