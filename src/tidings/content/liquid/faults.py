"""Why a text can't be read, in words that its author can act on, at the place that is to be changed."""

import re
from collections.abc import Callable
from typing import Final

from liquid.exceptions import LiquidError

from tidings.content.liquid.environment import REFUSED, TEXT
from tidings.content.liquid.tags.links import PIXEL, SLOT
from tidings.kernel.problems import Problem, did_you_mean

Place = tuple[str, int, int]
"""(file, line, column): where an author finds it; both counted from 1."""

_WORD: Final = re.compile(r"\w*")
_COMPARE: Final = "compare with `==`, `!=`, `>`, `<` or `contains`, and join by `and` or `or`"
_ASKS: Final = 'write for example `{% if customer.plan == "pro" %}`'
_VALUE: Final = "write for example `{{ customer.first_name }}`"
_FILTER: Final = 'what is done to a value stands behind a `|`, such as `{{ customer.first_name | default: "friend" }}`'
_TAKES: Final = {
    "if": _ASKS,
    "elsif": _ASKS.replace("if ", "elsif "),
    "unless": _ASKS.replace("if ", "unless "),
    "case": "write for example `{% case customer.plan %}`",
    "when": 'write for example `{% when "pro" %}`',
    "for": "write for example `{% for item in event.items %}`",
    "assign": "write for example `{% assign total = event.price | times: 2 %}`",
}
"""Tags that are nothing by themselves, with what to write."""
_INSTEAD: Final = {
    "“": 'write straight quotes: `"`',
    "”": 'write straight quotes: `"`',
    "‘": "write straight quotes: `'`",
    "’": "write straight quotes: `'`",
    "&": "write `and`",
    "!": "write `!=` for what differs, or `{% unless %}` for what does not hold",
    "=": "compare with `==`",
    "%": "write `%}` where the tag ends",
}
"""What is written elsewhere, with what it is here."""


def placed(message: str, hint: str, at: Callable[[int], Place], offset: int) -> Problem:
    """Make a problem of what stands at an offset of the text."""
    file, line, column = at(offset)
    return Problem(message, hint, file=file, line=line, column=column)


def unread(error: LiquidError, source: str, at: Callable[[int], Place]) -> Problem:
    """Say what the library found."""
    message = str(error.args[0]) if error.args else "this is no Liquid"
    begins = error.token.start_index if error.token is not None else -1
    offset = min(begins, len(source)) if begins >= 0 else len(source)
    if opened := _unclosed(message, source):
        name = opened[1]
        return placed(f"`{{% {name} %}}` is not closed", f"write `{{% end{name} %}}`", at, opened.start())
    if message.startswith("unexpected tag"):
        return placed(*_no_tag(message.rsplit("'", 2)[1]), at, offset)
    if message == "missing expression":
        tag = _WORD.match(source, offset)[0]  # type: ignore[index]
        return placed(f"the tag `{tag}` lacks what it is about", _TAKES.get(tag, ""), at, offset)
    if message == "missing tag name or closing delimiter":
        return placed("`{%` is not closed, or names no tag", _ASKS, at, offset)
    start = _start(source, offset)
    if message.endswith("found end of file") or (start >= 0 and _runs_on(source[start:offset])):
        return placed("`{{` is not closed", f"write `}}}}` behind the value; {_VALUE}", at, max(start, 0))
    found = _found(error, message)
    if found is None:
        return placed(message, "" if begins >= 0 else "a tag or block is not closed", at, offset)
    tag = re.match(r"\{%-?\s*(\w+)", source[max(start, 0) : offset])
    hint = _INSTEAD.get(found) or (_hint(tag[1]) if tag else _VALUE if not found else _FILTER)
    if found in ("'", '"'):
        return placed(f"a quote is not closed: {found}", f"write {found} again where the text ends", at, offset)
    if found == "":
        return placed(_lacks(message), hint, at, offset)
    return placed(f"`{found}` can't stand here", hint, at, offset)


def _no_tag(name: str) -> tuple[str, str]:
    known = [tag for tag in TEXT.tags if tag.isidentifier() and tag not in (SLOT, PIXEL)]
    hint = REFUSED.get(name) or did_you_mean(name, known)
    if name.startswith("end") and name[3:] in known:
        hint = f"no `{{% {name[3:]} %}}` is open before it"
    elif name in ("else", "elsif", "when"):
        hint = "it stands between `{% if … %}` and `{% endif %}`, or in a `{% case %}`"
    return f"there is no tag `{name}` here", hint


def _hint(tag: str) -> str:
    return _COMPARE if tag in ("if", "elsif", "unless") else _TAKES.get(tag, "")


def _start(source: str, offset: int) -> int:
    """Where the value or tag begins that an offset stands in; -1 for none."""
    return max(source.rfind("{{", 0, offset + 2), source.rfind("{%", 0, offset + 2))


def _runs_on(text: str) -> bool:
    """Whether a value reaches into what stands behind it."""
    return text.startswith("{{") and re.search(r"[<{\n]", text[2:]) is not None


def _found(error: LiquidError, message: str) -> str | None:
    """What stands where it can't; "" for nothing at all, None where the message is not about that."""
    if not message.startswith(("expected ", "unexpected ", "unknown operator ")) or error.token is None:
        return None
    return "" if message.endswith("found end of expression") else error.token.value[:40]


def _lacks(message: str) -> str:
    if message.startswith("expected ']'"):
        return "`[` is not closed"
    return "a filter is missing behind `|`" if message.startswith("expected word") else "a value is missing"


def _unclosed(message: str, source: str) -> re.Match[str] | None:
    """The tag whose end is missed at the end of the text."""
    missed = re.fullmatch(r"expected tag end(\w+), found end of expression", message)
    tags = re.finditer(rf"{{%-?\s*((?:end)?{missed[1]})\b", source) if missed else ()
    opened: list[re.Match[str]] = []
    for tag in tags:
        if not tag[1].startswith("end"):
            opened.append(tag)
        elif opened:
            opened.pop()
    return opened[-1] if opened else None
