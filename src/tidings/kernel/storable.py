"""Text as the database and the log take it: no NUL, and no half of a character."""

from typing import Any


def storable(text: str) -> str:
    """Give the text with what can't be stored replaced."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def storable_data(value: Any) -> Any:
    """The same for plain data, through and through."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): storable_data(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [storable_data(inner) for inner in value]
    return value
