"""Filters that print numbers as people of a place write them."""

import re
from functools import lru_cache
from typing import Any, Final

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_currency, format_decimal, get_territory_currencies

from tidings.content.liquid.filters.numbers import number
from tidings.content.liquid.values import text


def format_number(value: Any, locale: Any = "en") -> str:
    """``10000 | format_number`` gives ``10,000``."""
    return format_decimal(number(value), format=None, locale=_locale(text(locale)))


def currency(value: Any, locale: Any = "en", code: Any = None) -> str:
    """``1234.5 | currency: 'en-GB'`` gives ``£1,234.50``; the code of a currency may follow the locale."""
    place = _locale(text(locale))
    return format_currency(number(value), _code(place, code), locale=place)


def rounded_currency(value: Any, locale: Any = "en", code: Any = None) -> str:
    """The same without the cents."""
    place = _locale(text(locale))
    pattern = re.sub(r"\.[0#]+", "", place.currency_formats["standard"].pattern)
    return format_currency(number(value), _code(place, code), format=pattern, locale=place, currency_digits=False)


@lru_cache(256)
def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"`{name[:40]}` is no locale; write for example 'en', 'en-GB' or 'fr'") from error


def _code(place: Locale, code: Any) -> str:
    if code:
        if not re.fullmatch(r"[A-Za-z]{3}", text(code)):
            raise ValueError("a currency is three letters, for example 'EUR'")
        return text(code).upper()
    return _currency_of(place)


@lru_cache(256)
def _currency_of(place: Locale) -> str:
    territory = place.territory or Locale.parse(f"{place.language}", sep="-").territory
    if territory is None:
        likely = {
            "en": "US",
            "ja": "JP",
            "zh": "CN",
            "ko": "KR",
            "da": "DK",
            "sv": "SE",
            "nb": "NO",
            "cs": "CZ",
            "pl": "PL",
        }
        territory = likely.get(place.language, "")
    found = get_territory_currencies(territory) if territory else []
    return found[0] if found else "EUR" if place.language in ("de", "fr", "es", "it", "nl", "pt", "fi", "el") else "USD"


FILTERS: Final = {"currency": currency, "format_number": format_number, "rounded_currency": rounded_currency}
