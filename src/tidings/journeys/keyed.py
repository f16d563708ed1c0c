"""Runs side by side: with ``run_per`` a person makes one run for each value of a property of the event that starts it."""

from collections.abc import Mapping
from typing import Any, Final

LONGEST: Final = 100
"""Characters of a key."""


def key_of(per: str, properties: Mapping[str, Any]) -> str:
    """Give the key that properties carry under a dotted path; "" where they carry none."""
    found: Any = properties
    for name in per.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    text = str(found).strip()
    return text if len(text) <= LONGEST else ""


def reaches(per: str, key: str, properties: Mapping[str, Any]) -> bool:
    """Whether an event is the business of a run: one that carries another key is not."""
    return not per or key_of(per, properties) in ("", key)
