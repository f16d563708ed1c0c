"""What the decoder says of a value that does not fit, in plain words. Its English: msgspec's `_core.c`."""

import re
from collections.abc import Callable
from typing import Final

_TYPES: Final = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "yes or no",
    "array": "a list",
    "object": "names with values",
    "null": "nothing",
}
_BOUNDS: Final = {"<=": "{} or less", ">=": "{} or more", "<": "less than {}", ">": "more than {}"}


def plain(said: str) -> str:
    """Give it in plain words; as it is where it is none of those known."""
    for pattern, words in _WORDS:
        if found := pattern.fullmatch(said):
            return words(found)
    return said


def _types(names: str) -> str:
    known = [_TYPES.get(name) or f"`{name}`" for name in names.split(" | ")]
    return " or ".join(dict.fromkeys(known))


def _length(found: re.Match[str]) -> str:
    kind, sign, number = found[1], found[2], int(found[3])
    what = "character" if kind == "str" else "entry"
    many = f"{number:,} {what if number == 1 else 'entries' if what == 'entry' else f'{what}s'}"
    if sign == "<=":
        return f"it has more than {many}"
    return ("it is empty" if kind == "str" else "it has no entry") if number == 1 else f"it has fewer than {many}"


_WORDS: Final[list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]]] = [
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (r"Expected `([^`]+)`, got `([^`]+)`", lambda found: f"it must be {_types(found[1])}, not {_types(found[2])}"),
        (r"Expected `([^`]+)` of length (<=|>=) (\d+)", _length),
        (r"Expected `[^`]+` (<=|>=|<|>) (\S+)", lambda found: f"it must be {_BOUNDS[found[1]].format(found[2])}"),
        (r"Expected `str` matching regex (.+)", lambda found: f"it is not written as it should be: {found[1]}"),
        (r"Object missing required field `(.+)`", lambda found: f"`{found[1]}` is missing"),
        (r"Object contains unknown field `(.+)`", lambda found: f"there is no field `{found[1]}` here"),
        (r"Invalid enum value (.+)", lambda found: f"{found[1]} is none of the choices"),
        (r"Input data was truncated", lambda found: "the JSON ends too early"),
        (r"JSON is malformed: (.+)", lambda found: f"this is no JSON: {found[1]}"),
    )
]
