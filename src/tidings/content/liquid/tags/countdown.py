"""``{% countdown time:"2027-07-04 12:00:00 (GMT)" point:64 … %}``: the time left, as a picture that counts or as words.

The picture's address comes from the rendering (``urls["countdown_url"]``), with the tag's fields as its query; where there is none, and
in text, the time left is written in words.
"""

import re
from typing import Any, Final
from urllib.parse import urlencode

from liquid.ast import Node
from liquid.exceptions import LiquidSyntaxError
from liquid.stream import TokenStream
from liquid.token import Token
from markupsafe import escape

from tidings.content.liquid.context import State
from tidings.content.liquid.filters.dates import moment, zone_of
from tidings.content.liquid.tags.printing import Printing, PrintingTag
from tidings.kernel.problems import did_you_mean
from tidings.kernel.times import DAY, HOUR, MINUTE, from_datetime

FIELDS: Final = ("time", "point", "fg", "bg", "apng", "font", "weight", "locale", "looping", "resolution", "frames")
_FIELD: Final = re.compile(r"""\s*,?\s*(\w+)\s*[:=]\s*("[^"]*"|'[^']*'|[^\s,]+)""")


class Countdown(Printing):
    """``fields`` as written; ``until``: microseconds."""

    fields: dict[str, str]
    until: int

    def show(self, state: State, html: bool, *values: Any) -> str:
        """Give the picture or the words."""
        words = left(self.until - state.now)
        url = state.urls.get("countdown_url")
        if not html or not url:
            return words
        query = urlencode(self.fields)
        return f'<img src="{escape(url + ("&" if "?" in url else "?") + query)}" alt="{words}" />'


def left(duration: int) -> str:
    """Write the two largest parts of what is left: ``3 days 4 hours``."""
    parts: list[str] = []
    rest = max(0, duration)
    for name, size in (("day", DAY), ("hour", HOUR), ("minute", MINUTE)):
        count, rest = divmod(rest, size)
        if count or (name == "minute" and not parts):
            parts.append(f"{count} {name}" + "s" * (count != 1))
    return " ".join(parts[:2])


class CountdownTag(PrintingTag):
    """Reads the fields; each is a literal."""

    name = "countdown"

    def made(self, token: Token, behind: Token | None, stream: TokenStream) -> Node:
        """Check them when the template is published."""
        node = Countdown(token, self.name, [])
        node.fields = read_fields(behind.value if behind else "")
        for key in node.fields:
            if key not in FIELDS:
                raise LiquidSyntaxError(
                    f"`countdown` has no `{key}`; {did_you_mean(key, FIELDS) or ', '.join(FIELDS)}", token=token
                )
        until = _moment(node.fields.get("time", ""))
        if until is None:
            raise LiquidSyntaxError('a time is missing; write time:"2027-07-04 12:00:00 (GMT)"', token=token)
        node.until = until
        return node


def read_fields(source: str) -> dict[str, str]:
    """Read ``key:value`` pairs, quoted or not."""
    return {match[1]: match[2].strip("\"'") for match in _FIELD.finditer(source)}


def _moment(written: str) -> int | None:
    match = re.fullmatch(r"(.*?)\s*(?:\((.+)\))?", written.strip())
    found = moment(match[1], 0) if match and match[1] not in ("now", "today") else None
    if found is None or match is None:
        return None
    try:
        zone = zone_of(match[2])
    except ValueError:
        return None
    return from_datetime(found.replace(tzinfo=zone) if zone else found)


TAGS: Final = (CountdownTag,)
