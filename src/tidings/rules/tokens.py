"""From text to tokens: words, names, texts, numbers, dates and signs, each with its line and column.

A word of the language is a token of its own type; any other name, dotted or in backticks, is a ``PATH``. Words that are
not reserved may also be names: the grammar tells by where they stand.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from lark.lexer import Lexer, LexerState, Token

from tidings.rules.errors import RuleError, fault
from tidings.rules.tree import Path

RESERVED: Final = ("and", "or", "not", "in", "is", "did", "where", "true", "false", "null", "now")
"""Words that a name may only be in backticks."""
VERBS: Final = ("received", "opened", "clicked", "converted")
SOFT: Final = (
    *("segment", "group", "contains", "starts", "ends", "with", "matches", "present", "missing", "before", "after"),
    *("within", "ago", "from", "on", "the", "anniversary", "of", "since", "entry", "between", "page", "screen"),
    *("at", "least", "most", "exactly", "times", "time", "once", "twice"),
)
WORDS: Final = frozenset((*RESERVED, *VERBS, *SOFT))

LENGTH: Final = 20_000
"""Characters of a rule's text."""
NESTING: Final = 64
"""Open parentheses, ``not``s and ``where``s: far beyond what a tree may have, and before any recursion."""

_NAME = r"[^\W\d][\w-]*|\$[\w-]+"
_TICKED = r"`(?:[^`\\\n]|\\.)*`"
_STEP = rf"(?:{_NAME}|{_TICKED})"
_BARE = re.compile(_NAME)
_SEGMENT = re.compile(_STEP)
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
_ZONE = "(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<DATE>{_DAY}(?:T{_CLOCK}{_ZONE}?)?(?![\w-]))
  | (?P<NUMBER>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
  | (?P<STRING>"(?:[^"\\\n]|\\.)*")
  | (?P<PATH>{_STEP}(?:\.{_STEP})*)
  | (?P<wrong>===?|!==|<>|=!|=>|=<|<=>|~=|=~|&&?|\|\|?|!(?!=))
  | (?P<COMPARE>!=|<=|>=|=|<|>)
  | (?P<_OPEN>\()
  | (?P<_CLOSE>\))
  | (?P<_COMMA>,)
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "`": "`"}
_INSTEAD = {
    "==": "=",
    "===": "=",
    "=~": "matches",
    "~=": "matches",
    "!==": "!=",
    "<>": "!=",
    "=!": "!=",
    "=>": ">=",
    "=<": "<=",
    "<=>": "=",
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "!": "not",
}


class RuleLexer(Lexer):
    """The tokens, for the parser."""

    def __init__(self, lexer_conf: Any) -> None:
        """Take nothing from the grammar; its terminals are only declared there."""

    __future_interface__ = 2  # called as `Lexer.lex` is declared

    def lex(self, lexer_state: LexerState, parser_state: Any) -> Iterator[Token]:
        """Give the tokens of the text."""
        return iter(tokenize(str(lexer_state.text.text)))


def tokenize(text: str) -> list[Token]:
    """Cut the text into tokens; raises RuleError where a sign or a text is none."""
    if len(text) > LENGTH:
        raise fault(f"the rule is {len(text)} characters long", f"{LENGTH} are allowed", 1, 1)
    tokens: list[Token] = []
    position, line, start = 0, 1, 0
    while position < len(text):
        column = position - start + 1
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup == "wrong":
            raise _unreadable(text, position, match[0] if match else "", line, column)
        word, type = match[0], match.lastgroup
        assert type is not None
        if type == "space":
            if "\n" in word:
                line += word.count("\n")
                start = position + word.rindex("\n") + 1
        else:
            if type == "PATH" and word in WORDS:
                type = "VERB" if word in VERBS else "NULL" if word == "null" else "_" + word.upper()
            tokens.append(Token(type, word, position, line, column, line, column + len(word), match.end()))
        position = match.end()
    _check_nesting(tokens)
    return tokens


def read_text(token: Token) -> str:
    """Give what a quoted token says; raises RuleError at an unknown escape."""
    return _unescape(token[1:-1], token.line or 1, (token.column or 1) + 1)


def read_path(token: Token) -> Path:
    """Give the names of a path token."""
    line, column = token.line or 1, token.column or 1
    names = []
    for match in _SEGMENT.finditer(token):
        name = match[0]
        if name.startswith("`"):
            name = _unescape(name[1:-1], line, column + match.start() + 1)
            if not name:
                raise fault("a name is empty", "write the name between the backticks", line, column)
        names.append(name)
    return tuple(names)


def is_bare(name: str) -> bool:
    """Whether a name needs no backticks, apart from being a reserved word."""
    return _BARE.fullmatch(name) is not None


def _unescape(text: str, line: int, column: int) -> str:
    if "\\" not in text:
        return text

    def one(match: re.Match[str]) -> str:
        what = match[1]
        if len(what) == 5:
            code = int(what[1:], 16)
            if not 0xD800 <= code < 0xE000:
                return chr(code)
        known = _ESCAPES.get(what)
        if known is None:
            hint = r"known are \" \\ \` \n \t \r and \u with four hex digits"
            raise fault(f"`{match[0]}` stands for nothing", hint, line, column + match.start())
        return known

    return _ESCAPE.sub(one, text)


def _unreadable(text: str, position: int, wrong: str, line: int, column: int) -> RuleError:
    rest = text[position:]
    sign = rest[0]
    if wrong:
        right = _INSTEAD[wrong]
        what = {"=": "equality is written with one sign"}.get(right, f"`{wrong}` is not written that way here")
        return fault(what, f"write `{right}` instead of `{wrong}`", line, column)
    if sign in "'‘’‚“”„«»":
        closing = re.search(r"['’‘“”»«]", rest[1:])
        inner = rest[1 : 1 + closing.start()] if closing else rest[1:].split(" ")[0]
        return fault("text stands in straight double quotes", f'write `"{inner}"`', line, column)
    if sign == '"':
        return fault("the text is not closed", 'put `"` at its end, and `\\"` for a quote inside it', line, column)
    if sign == "`":
        return fault("the name is not closed", "put a backtick at its end", line, column)
    if sign in "[]":
        return fault("a list stands in parentheses", 'write `in ("a", "b")`', line, column)
    if sign in "{}":
        return fault("there is no Liquid in a rule", "write the attribute's name alone: `plan`", line, column)
    if sign == "." and len(rest) > 1 and rest[1].isdigit():
        return fault("a number begins with a digit", "write `0.5`", line, column)
    if sign == ".":
        return fault("a name goes before and after each dot", "write `address.city`, without spaces", line, column)
    return fault(f"`{sign}` means nothing in a rule", "a name with signs in it stands in backticks", line, column)


def _check_nesting(tokens: list[Token]) -> None:
    """Refuse what is nested absurdly deep. ``levels``: by open parenthesis, the ``where``s and ``not``s that are still open."""
    levels, depth = [[0, 0]], 0
    for token in tokens:
        if token.type == "_OPEN":
            levels.append([0, 0])
            depth += 1
        elif token.type == "_CLOSE" and len(levels) > 1:
            depth -= 1 + sum(levels.pop())
        elif token.type == "_WHERE":
            levels[-1][0] += 1
            depth += 1
        elif token.type == "_NOT":
            levels[-1][1] += 1
            depth += 1
        elif token.type in ("_AND", "_OR"):
            depth -= levels[-1][1]
            levels[-1][1] = 0
        if depth > NESTING:
            raise fault(
                "the rule is nested too deeply", "make a segment of a part of it", token.line or 1, token.column or 1
            )
