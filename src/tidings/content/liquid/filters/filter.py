"""What a filter is: a function over values with bounds on what goes in and comes out."""

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from liquid.exceptions import FilterArgumentError, LiquidError
from liquid.undefined import Undefined
from markupsafe import Markup

from tidings.content.liquid.limits import NUMBER, VALUE, bounded, weighed

NEEDS: Final = ("environment", "now", "context")
"""Keyword arguments that a filter gets from the rendering, by asking for them: how it renders, microseconds, its variables."""
_PLAIN: Final = frozenset((str, int, float, bool, type(None), list, dict, Markup))
"""Types of values that need no look before a filter gets them."""


class Filter:
    """A named filter. A missing value may only reach filters that say so (``missing``)."""

    def __init__(self, name: str, function: Callable[..., Any], missing: bool = False) -> None:
        self.name, self.function, self.missing = name, function, missing
        signature = inspect.signature(function)
        self.needs = tuple(key for key in NEEDS if key in signature.parameters)
        self.signature = signature.replace(
            parameters=[p for key, p in signature.parameters.items() if key not in NEEDS],
        )

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Apply it. Raises LiquidError in the filter's name for what it can't do."""
        for value in args:
            if type(value) in _PLAIN:
                continue
            if isinstance(value, range):
                bounded(value.stop - value.start)
            elif isinstance(value, Undefined) and not self.missing:
                str(value)  # raises the error that names it
        try:
            result = self.function(*args, **keywords)
        except LiquidError:
            raise
        except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, UnicodeError) as error:
            raise FilterArgumentError(f"{self.name}: {error}", token=None) from error
        if isinstance(result, str):
            if len(result) > VALUE:
                bounded(len(result))
        elif isinstance(result, list):
            weighed(result)
        elif isinstance(result, (int, float)) and not -NUMBER < result < NUMBER:
            raise FilterArgumentError(f"{self.name}: the number is too large", token=None)
        return result

    def bind(self, **given: Any) -> Callable[..., Any]:
        """Give it with what it needs from the rendering."""
        given = {key: given[key] for key in self.needs if key in given}
        return partial(self, **given) if given else self

    def misuse(self, positional: int, keywords: Iterable[str]) -> str:
        """Say why it can't take these arguments; "" when it can."""
        try:
            self.signature.bind(*[None] * (positional + 1), **dict.fromkeys(keywords))
        except TypeError as error:
            return f"filter `{self.name}`: {error}"
        return ""
