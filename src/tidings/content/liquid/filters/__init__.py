"""The filters, one file a theme. Each is a function of the value and its arguments; docs/reference/templates.md shows every one."""

from typing import Final

from tidings.content.liquid.filters import arrays, codes, data, dates, expressions, markup, money, numbers, text
from tidings.content.liquid.filters.filter import Filter

FILTERS: Final[dict[str, Filter]] = {
    name: Filter(name, function)
    for theme in (arrays, codes, data, dates, expressions, markup, money, numbers, text)
    for name, function in theme.FILTERS.items()
} | {name: Filter(name, function, missing=True) for name, function in data.MISSING.items()}
