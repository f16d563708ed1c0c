"""From tree to canonical text: one text a tree, and ``parse`` gives that tree back."""

import re
from typing import Final

from tidings.kernel.times import DAY, show_duration, show_iso
from tidings.rules import tree
from tidings.rules.tokens import RESERVED, WORDS, is_bare
from tidings.rules.tree import FromNow, Moment, Path, Rule, Value, Window

_CONTROL: Final = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029]')
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def show(rule: Rule) -> str:
    """Print a rule."""
    match rule:
        case tree.All():
            return " and ".join(_inside(part, (tree.All, tree.Any)) for part in rule.of)
        case tree.Any():
            return " or ".join(_inside(part, (tree.Any,)) for part in rule.of)
        case tree.Not():
            inner = show(rule.rule)
            return f"not ({inner})" if isinstance(rule.rule, tree.All | tree.Any) else f"not {inner}"
        case tree.Did():
            kind = "" if rule.kind == "track" else f"{rule.kind} "
            return f"did {kind}{show_text(rule.event)}{_extent(rule)}"
        case tree.Message():
            name = "" if rule.template is None else f" {show_text(rule.template)}"
            return f"{rule.verb} {_channel(rule.channel)}{name}{_extent(rule)}"
        case tree.InSegment():
            return f"in segment {show_text(rule.segment)}"
        case tree.InGroup():
            return f"in group {show_path((rule.type,))}{_where(rule.where)}"
        case tree.Anniversary():
            return f"{show_moment(rule.moment)} is on the anniversary of {show_path(rule.path)}"
        case _:
            return f"{show_path(rule.path)} {_said(rule)}"


def _said(
    rule: tree.Compare
    | tree.OneOf
    | tree.Contains
    | tree.StartsWith
    | tree.EndsWith
    | tree.Matches
    | tree.Present
    | tree.Missing
    | tree.Before
    | tree.After
    | tree.Near,
) -> str:
    """What is said of the attribute."""
    match rule:
        case tree.Compare():
            return f"{rule.operator} {show_value(rule.value)}"
        case tree.OneOf():
            return f"in ({', '.join(map(show_value, rule.values))})"
        case tree.Contains():
            return f"contains {show_value(rule.value)}"
        case tree.StartsWith():
            return f"starts with {show_text(rule.text)}"
        case tree.EndsWith():
            return f"ends with {show_text(rule.text)}"
        case tree.Matches():
            return f"matches {show_text(rule.pattern)}"
        case tree.Present():
            return "is present"
        case tree.Missing():
            return "is missing"
        case tree.Before():
            return f"is before {show_moment(rule.moment)}"
        case tree.After():
            return f"is after {show_moment(rule.moment)}"
        case tree.Near():
            return f"is within {show_duration(rule.duration)} {rule.direction}"


def _inside(part: Rule, looser: tuple[type[Rule], ...]) -> str:
    """Print a part of ``and`` or ``or``: in parentheses what binds no tighter, and a ``where``, which would reach too far."""
    text = show(part)
    return f"({text})" if isinstance(part, looser) or _is_open(part) else text


def _is_open(rule: Rule) -> bool:
    while isinstance(rule, tree.Not):
        rule = rule.rule
    return isinstance(rule, tree.Did | tree.Message | tree.InGroup) and rule.where is not None


def _extent(rule: tree.Did | tree.Message) -> str:
    count = ""
    if (rule.bound, rule.times) != ("at least", 1):
        count = f" {rule.bound} " + ("once" if rule.times == 1 else f"{rule.times} times")
    return count + _window(rule.window) + _where(rule.where)


def _window(window: Window | None) -> str:
    match window:
        case None:
            return ""
        case tree.Within():
            return f" within {show_duration(window.duration)}"
        case tree.Since():
            return f" since {show_time(window.time)}"
        case tree.Between():
            return f" between {show_time(window.start)} and {show_time(window.end)}"
        case tree.SinceEntry():
            return " since entry"


def _where(rule: Rule | None) -> str:
    return "" if rule is None else f" where {show(rule)}"


def _channel(name: str) -> str:
    return show_path((name,), words=False)


def show_path(path: Path, words: bool = True) -> str:
    """Print a dotted path; names that are no plain word, and a reserved word standing alone, in backticks."""
    alone = len(path) == 1
    return ".".join(
        name if is_bare(name) and not (alone and (name in RESERVED or (not words and name in WORDS))) else _ticked(name)
        for name in path
    )


def _ticked(name: str) -> str:
    return "`" + show_text(name)[1:-1].replace('\\"', '"').replace("`", "\\`") + "`"


def show_value(value: Value) -> str:
    """Print what an attribute is compared with."""
    if isinstance(value, str):
        return show_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def show_text(text: str) -> str:
    """Print a text in double quotes."""
    return '"' + _CONTROL.sub(lambda match: _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04x}", text) + '"'


def show_moment(moment: Moment) -> str:
    """Print a time, fixed or moving."""
    if not isinstance(moment, FromNow):
        return show_time(moment.time)
    if moment.offset == 0:
        return "now"
    return f"{show_duration(abs(moment.offset))} {'from now' if moment.offset > 0 else 'ago'}"


def show_time(time: int) -> str:
    """Print a fixed time: the day alone at midnight UTC."""
    iso = show_iso(time)
    return f'"{iso[:10]}"' if time % DAY == 0 else f'"{iso}"'
