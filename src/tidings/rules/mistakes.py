"""What somebody meant who wrote a rule that does not parse: the likely mistakes by name, anything else by what was expected."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from difflib import get_close_matches
from typing import Final, TypeAlias

from lark import Token

from tidings.rules.tokens import VERBS

Mistake: TypeAlias = tuple[str, str, Token | None]
"""Message, hint, and the token at fault (None: the end of the text)."""

_NULLS: Final = ("null", "none", "nil", "undefined", "empty", "blank", "unset", "unknown")
_THERE: Final = ("set", "known", "given", "exists", "exist", "there", "defined")
_INSTEAD: Final = {
    "equals": "=",
    "equal": "=",
    "eq": "=",
    "is_equal_to": "=",
    "like": "contains",
    "ilike": "contains",
    "has": "contains",
    "includes": "contains",
    "include": "contains",
    "contain": "contains",
    "startswith": "starts with",
    "starts_with": "starts with",
    "begins": "starts with",
    "start": "starts with",
    "endswith": "ends with",
    "ends_with": "ends with",
    "end": "ends with",
    "regex": "matches",
    "match": "matches",
    "exists": "is present",
    "exist": "is present",
    "isnull": "is missing",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
    "greater": ">",
    "more": ">",
    "less": "<",
    "are": "is",
    "was": "is",
}
_WORDS: Final = {
    "_AND": "and",
    "_OR": "or",
    "_NOT": "not",
    "_IN": "in",
    "_IS": "is",
    "_DID": "did",
    "_WHERE": "where",
    "_NOW": "now",
    "_OPEN": "(",
    "_CLOSE": ")",
    "_COMMA": ",",
}
_SIGNS: Final = {
    "STRING": "a text in double quotes",
    "NUMBER": "a number",
    "PATH": "a name",
    "DATE": "a date",
    "COMPARE": "a comparison (= != < <= > >=)",
    "$END": "the end of the rule",
}


def explain_mistake(tokens: Sequence[Token], at: int, accepted: AbstractSet[str]) -> Mistake:
    """Say what is wrong with token ``at`` (beyond the last: the end), where ``accepted`` are the types that would do."""
    here = tokens[at] if at < len(tokens) else None
    last = tokens[at - 1] if at > 0 else None
    found = None
    if here is None:
        found = _unfinished(last, accepted)
    elif last is None:
        found = _beginning(tokens, here)
    else:
        found = _likely(tokens, at, here, last, accepted)
    return found or _plain(here, last, accepted)


def _unfinished(last: Token | None, accepted: AbstractSet[str]) -> Mistake | None:
    if last is None:
        return "the rule is empty", 'write for example `plan = "pro"`', None
    if "_CLOSE" in accepted:
        return "a `)` is missing", "close what a `(` opened", None
    if last.type == "NUMBER" and "_TIMES" in accepted:
        return "the word `times` is missing", f"write `{last} times`", None
    if accepted == {"PATH"}:
        return _unitless(last, None)
    if "_AGO" in accepted and "PATH" not in accepted:
        return _directionless(None)
    return None


def _beginning(tokens: Sequence[Token], here: Token) -> Mistake | None:
    if here.type == "_IS" and len(tokens) > 1 and tokens[1].type in ("_IN", "_NOT"):
        return "`is` does not begin a rule", f"write `{tokens[1]} …` without `is`", here
    return None


def _likely(tokens: Sequence[Token], at: int, here: Token, last: Token, accepted: AbstractSet[str]) -> Mistake | None:
    known: Mistake | None = None
    if "STRING" in accepted and here.lower() in ("do", "ever") and at + 1 < len(tokens):
        before = "did not" if last.type == "_NOT" else last
        known = f"`{here}` does not stand here", f"write `{before} {tokens[at + 1]}`", here
    elif last.type == "_IS":
        known = _after_is(tokens, at, here)
    elif accepted == {"STRING"} or (last.type == "_DID" and "STRING" in accepted):
        known = _unquoted(tokens, at, last)
    elif last.type == "COMPARE" or (last.type in ("_OPEN", "_COMMA") and {"NUMBER", "NULL"} <= accepted):
        known = _value(tokens, at, here)
    return (
        known
        or _span(tokens, at, here, accepted)
        or _moment(tokens, at, here, last, accepted)
        or _counting(tokens, at, here, last, accepted)
        or _duration(here, last, accepted)
        or _window(here, last)
        or _negation(tokens, at, here, last)
        or _quoted_name(here, last)
        or _shouted(here, accepted)
        or _synonym(here, accepted)
        or _of_message(tokens, at, here, last)
        or _joining(here, accepted)
        or _verb(tokens, at, last)
        or _spaced_name(here, last)
    )


def _after_is(tokens: Sequence[Token], at: int, here: Token) -> Mistake | None:
    word, negated = here.lower(), False
    target = here
    if here.type == "_NOT" and at + 1 < len(tokens):
        word, negated, target = tokens[at + 1].lower(), True, tokens[at + 1]
    said = f"is not {target}" if negated else f"is {target}"
    if word in _NULLS or word == "missing":
        return f"`{said}` is not a test", f"write `is {'present' if negated else 'missing'}`", here
    if word in _THERE or word == "present":
        return f"`{said}` is not a test", f"write `is {'missing' if negated else 'present'}`", here
    if target.type in ("STRING", "NUMBER", "_TRUE", "_FALSE", "DATE"):
        return f"`{said}` is not a test", f"write `{'!=' if negated else '='} {target}`", here
    if target.type == "_IN":
        return f"`{said}` is not a test", f"write `{'not in' if negated else 'in'} (…)` without `is`", here
    if negated:
        return "`is not` is not a test", "put `not` before the whole clause: `not expires_at is before now`", here
    if word in ("equal", "greater", "less", "more", "at", "over", "under"):
        sign = {"equal": "=", "less": "<", "under": "<"}.get(word, ">")
        return f"`{said}` is not a test", f"write `{sign}`", here
    near = get_close_matches(word, ("present", "missing", "before", "after", "within", "on"), n=1, cutoff=0.6)
    hint = (
        f"did you mean `is {near[0]}`?"
        if near
        else "`is` goes on with present, missing, before, after, within or on the anniversary of"
    )
    if here.type == "PATH" and not near:
        hint = f'write `= "{here}"` to compare with a text'
    return f"`{said}` is not a test", hint, here


def _unquoted(tokens: Sequence[Token], at: int, last: Token) -> Mistake | None:
    here = tokens[at]
    name = " ".join(_name_words(tokens, at))
    if not name:
        return None
    what = {
        "_SEGMENT": "a segment's name",
        "_WITH": "what a text starts or ends with",
        "_MATCHES": "a regular expression",
    }.get(last.type, "an event's name")
    before = f"{last} " if last.type != "_NOT" else "did not "
    return f"{what} stands in double quotes", f'write `{before}"{name}"`', here


def _name_words(tokens: Sequence[Token], at: int) -> list[str]:
    words: list[str] = []
    for token in tokens[at:]:
        if not (
            token.type == "PATH" or (not words and token.type not in ("NUMBER", "_OPEN", "_CLOSE", "STRING", "COMPARE"))
        ):
            break
        words.append(str(token))
    return words


def _value(tokens: Sequence[Token], at: int, here: Token) -> Mistake | None:
    if here.type == "COMPARE":
        return f"`{here}` twice", "write one comparison: `=`, `!=`, `<`, `<=`, `>` or `>=`", here
    if here.type == "_OPEN" and tokens[at - 1].type == "COMPARE":
        return "a list goes with `in`", 'write `plan in ("a", "b")`', here
    if here.lower() in ("true", "false", "null"):
        return f"`{here}` is written small", f"write `{here.lower()}`", here
    if here.lower() in ("none", "nil", "undefined"):
        return f"`{here}` is not a value", "write `is missing`, or `is present`", here
    if here.type == "_NOW":
        sign = str(tokens[at - 1])
        word = "before" if sign.startswith("<") else "after"
        return "`now` is not compared with a sign", f"write `is {word} now`", here
    words = _name_words(tokens, at)
    if words:
        return "a text stands in double quotes", f'write `"{" ".join(words)}"`', here
    return None


def _span(tokens: Sequence[Token], at: int, here: Token, accepted: AbstractSet[str]) -> Mistake | None:
    """The time an event is looked for in, said as one says it."""
    if not {"_WITHIN", "_SINCE"} <= accepted:
        return None
    if here.type != "_IN" and here.lower() not in ("last", "past", "during", "over", "for"):
        return None
    rest = [str(token) for token in tokens[at + 1 : at + 5] if token.lower() not in ("the", "last", "past")]
    span = f"{rest[0]} {rest[1]}" if len(rest) > 1 and rest[0].isdecimal() else "30 days"
    return f"`{here}` does not begin a time", f"write `within {span}`", here


def _moment(tokens: Sequence[Token], at: int, here: Token, last: Token, accepted: AbstractSet[str]) -> Mistake | None:
    """A time that an attribute holds, compared as one says it: `joined > 2 weeks ago`, `joined more than 2 weeks ago`."""
    if "COMPARE" in accepted and here.type in ("_BEFORE", "_AFTER"):
        return f"`{here}` goes with `is`", f"write `{last} is {here} …`", here
    if "COMPARE" in accepted and here.type == "_WITHIN":
        return "`within` goes with `is`", f"write `{last} is within 3 days from now`, or `ago`", here
    if last.type == "NUMBER" and at >= 2 and tokens[at - 2].type == "COMPARE" and _is_unit(here):
        word = "before" if tokens[at - 2].startswith("<") else "after"
        return "a time is not compared with a sign", f"write `is {word} {last} {here} ago`", tokens[at - 2]
    late = tokens[at : at + 4]
    if (
        "COMPARE" in accepted
        and len(late) == 4
        and late[1] == "than"
        and late[2].type == "NUMBER"
        and _is_unit(late[3])
    ):
        side = {"more": "before", "longer": "before", "less": "after", "fewer": "after"}.get(here.lower())
        return (
            (f"`{here} than` is not an operator", f"write `is {side} {late[2]} {late[3]} ago`", here) if side else None
        )
    return None


def _is_unit(word: Token) -> bool:
    return word.lower().rstrip("s") in ("second", "minute", "hour", "day", "week", "month", "year")


def _counting(tokens: Sequence[Token], at: int, here: Token, last: Token, accepted: AbstractSet[str]) -> Mistake | None:
    if last.type == "NUMBER" and accepted >= {"_TIMES"} and here.type != "_TIMES":
        return "the word `times` is missing", f"write `{last} times`", here
    if here.type == "NUMBER" and "_EXACTLY" in accepted:
        return "how the times are counted is missing", f"write `at least {here} times`, `at most` or `exactly`", here
    if last.type == "_AT" and here.type == "NUMBER":
        return "`at` goes on with `least` or `most`", f"write `at least {here} times`", here
    if here.type == "COMPARE" and "_EXACTLY" in accepted:
        bound = {"=": "exactly", "<=": "at most", "<": "at most"}.get(str(here), "at least")
        return "times are counted in words", f"write `{bound} 3 times`", here
    than = tokens[at + 1 : at + 3]
    if "_EXACTLY" in accepted and len(than) == 2 and than[0] == "than" and than[1].isdecimal():
        number = int(than[1])
        if here.lower() == "more":
            return "`more than` does not count", f"write `at least {number + 1} times`", here
        if here.lower() in ("less", "fewer"):
            return f"`{here} than` does not count", f"write `at most {max(number - 1, 0)} times`", here
    if here.lower() in ("more", "over", "fewer", "less", "minimum", "maximum", "thrice") and "_EXACTLY" in accepted:
        return f"`{here}` does not count", "write `at least 3 times`, `at most 3 times` or `exactly 3 times`", here
    return None


def _duration(here: Token, last: Token, accepted: AbstractSet[str]) -> Mistake | None:
    if last.type == "_WITHIN" and here.type == "STRING":
        return "a duration has no quotes", f"write `within {here[1:-1]}`", here
    if last.type == "_WITHIN" and here.lower() in ("last", "the", "a", "an", "past"):
        return "a duration begins with a number", "write `within 30 days`", here
    if last.type == "NUMBER" and accepted == {"PATH"}:
        return _unitless(last, here)
    if "_AGO" in accepted and "_DID" not in accepted and here.type in ("_AND", "_OR", "_CLOSE"):
        return _directionless(here)
    return None


def _unitless(number: Token, here: Token | None) -> Mistake:
    return f"the unit after `{number}` is missing", f"write for example `{number} days`", here


def _directionless(here: Token | None) -> Mistake:
    return "`ago` or `from now` is missing", "write `is within 3 days ago` or `is within 3 days from now`", here


def _window(here: Token, last: Token) -> Mistake | None:
    if here.type == "NUMBER" and last.type in ("_SINCE", "_BETWEEN"):
        return f"`{last}` takes a fixed time", 'write `within 30 days`, or `since "2026-01-31"`', here
    if here.type == "_NOW" and last.type in ("_SINCE", "_BETWEEN", "_AND"):
        return "`now` is not a fixed time", 'write `since "2026-01-31"`; a `since` has no end', here
    return None


def _negation(tokens: Sequence[Token], at: int, here: Token, last: Token) -> Mistake | None:
    following = str(tokens[at + 1]) if at + 1 < len(tokens) else ""
    if here.type in ("_DID", "VERB") and last.lower() in ("never", "hasn", "didn", "without"):
        return f"`{last}` is not known here", f"write `not {here} {following}`".rstrip(), last
    if here.lower() in ("does", "doesn", "isn", "is_not", "didn") or (
        here.type == "_NOT" and last.type in ("PATH", "STRING")
    ):
        word = "contains" if following in ("not", "contain", "contains") else following or "contains"
        return f"`{here}` does not stand here", f"put `not` before the whole clause: `not {last} {word} …`", here
    if last.type == "_NOT" and at >= 2 and tokens[at - 2].type == "PATH":
        return (
            f"`not {here}` does not stand here",
            f"put `not` before the whole clause: `not {tokens[at - 2]} {here} …`",
            tokens[at - 1],
        )
    return None


def _quoted_name(here: Token, last: Token) -> Mistake | None:
    if last.type == "STRING" and here.type in ("COMPARE", "_CONTAINS", "_IN", "_STARTS", "_ENDS", "_MATCHES"):
        name = last[1:-1]
        plain = name.replace("_", "a").replace(".", "a").isalnum()
        hint = (
            f"write `{name}` without quotes" if plain else f"with spaces in it, it stands in backticks: `` `{name}` ``"
        )
        return "an attribute's name has no quotes", hint, last
    return None


def _shouted(here: Token, accepted: AbstractSet[str]) -> Mistake | None:
    if here.type == "PATH" and here != here.lower() and f"_{here.upper()}" in accepted:
        return f"`{here}` is written small", f"write `{here.lower()}`", here
    return None


def _synonym(here: Token, accepted: AbstractSet[str]) -> Mistake | None:
    if here.type != "PATH":
        return None
    if "COMPARE" in accepted and here.lower() in _INSTEAD:
        return f"`{here}` is not an operator", f"write `{_INSTEAD[here.lower()]}`", here
    words = [_WORDS.get(type) or type[1:].lower() for type in accepted if type.startswith("_")]
    near = get_close_matches(here.lower(), [word for word in words if word.isalpha()], n=1, cutoff=0.7)
    if near:
        return f"`{here}` is not known here", f"did you mean `{near[0]}`?", here
    return None


def _of_message(tokens: Sequence[Token], at: int, here: Token, last: Token) -> Mistake | None:
    """Which messages are meant: the channel stands first, then one template's name."""
    if last.type == "VERB" and here.type == "STRING":
        return "the channel is missing", f"write for example `{last} email {here}`", here
    if at < 2 or here.type != "PATH" or tokens[at - 2].type != "VERB":
        return None
    if last.lower() in ("a", "an", "any", "the", "our", "some"):
        return f"`{last}` is not a channel", f"write for example `{tokens[at - 2]} email`", last
    return "a template's name stands in double quotes", f'write `{tokens[at - 2]} {last} "{here}"`', here


def _joining(here: Token, accepted: AbstractSet[str]) -> Mistake | None:
    if here.lower() in ("but", "plus", "also") and "_AND" in accepted:
        return f"`{here}` does not join clauses", "write `and`", here
    if here.type == "_WITH" and "_WHERE" in accepted:
        return (
            "`with` does not stand here",
            "properties of the event come after `where`: write `where total > 50`",
            here,
        )
    return None


def _verb(tokens: Sequence[Token], at: int, last: Token) -> Mistake | None:
    begins = at == 1 or tokens[at - 2].type in ("_AND", "_OR", "_NOT", "_OPEN")
    near = get_close_matches(last.lower(), ("did", *VERBS), n=1, cutoff=0.7)
    if last.type == "PATH" and begins and near and tokens[at].type in ("PATH", "STRING"):
        return f"`{last}` is not known here", f"did you mean `{near[0]}`?", last
    return None


def _spaced_name(here: Token, last: Token) -> Mistake | None:
    if here.type == "PATH" and last.type == "PATH":
        return (
            f"`{here}` follows a name",
            f'write an operator after `{last}`, or `did "{last} {here}"` of an event; '
            f"a name with spaces stands in backticks: `` `{last} {here}` ``",
            here,
        )
    return None


def _plain(here: Token | None, last: Token | None, accepted: AbstractSet[str]) -> Mistake:
    what = f"`{here}` does not stand here" if here is not None else "the rule ends too early"
    if here is not None and here.type == "_CLOSE" and "$END" in accepted:
        return "one `)` too many", "take it away, or open a `(` before", here
    after = f" after `{last}`" if last is not None else ""
    return what, f"expected{after}: {_expected(accepted)}", here


def _expected(accepted: AbstractSet[str]) -> str:
    """Name what may stand here, in plain words."""
    if {"_DID", "PATH"} <= accepted:
        return 'a clause, such as `plan = "pro"` or `did "Order Completed"`'
    if {"COMPARE", "_IS"} <= accepted:
        return "an operator: =, !=, <, <=, >, >=, in, contains, starts with, ends with, matches or is"
    if {"STRING", "NUMBER", "NULL"} <= accepted:
        return "a value: a text in double quotes, a number, true or false"
    if {"STRING", "NUMBER", "DATE"} <= accepted:
        return 'a time: now, 3 days ago, 3 days from now or "2026-01-31"'
    if accepted == {"NUMBER"}:
        return "a duration such as 3 days"
    names = [_SIGNS.get(type) or f"`{_WORDS.get(type) or type.lstrip('_').lower()}`" for type in sorted(accepted)]
    ends = [name for name in names if name != _SIGNS["$END"]]
    names = sorted(ends) + ([_SIGNS["$END"]] if len(ends) < len(names) else [])
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]
