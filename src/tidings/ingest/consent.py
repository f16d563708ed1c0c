"""What attributes say about consent: Customer.io's reserved names become a record of their own."""

from typing import Any, Final

from tidings.kernel.records import Consent

UNSUBSCRIBED: Final = "unsubscribed"
PREFERENCES: Final = "cio_subscription_preferences"
_YES: Final = frozenset(("true", "1"))
_NO: Final = frozenset(("false", "0"))


def agreed(attributes: dict[str, Any], by: str) -> tuple[dict[str, Any], Consent | None]:
    """Take the reserved names out of attributes; what can't be read as consent stays an attribute."""
    reserved = [name for name in attributes if name == UNSUBSCRIBED or name.startswith(PREFERENCES)]
    if not reserved:
        return attributes, None
    rest = dict(attributes)
    unsubscribed: bool | None = None
    said: dict[str, dict[str, bool]] = {"topics": {}, "channels": {}}
    for name in reserved:
        value = rest[name]
        if name == UNSUBSCRIBED:
            unsubscribed = truth(value)
            understood = unsubscribed is not None
        else:
            understood = _prefer(said, name[len(PREFERENCES) :], value)
        if understood or value is None:
            del rest[name]
    if unsubscribed is None and not any(said.values()):
        return rest, None
    return rest, Consent(unsubscribed, said["topics"], said["channels"], "api", by)


def truth(value: Any) -> bool | None:
    """Read yes or no as senders write it; None where it is neither."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, str | int | float) else ""
    return True if word in _YES else False if word in _NO else None


def _prefer(said: dict[str, dict[str, bool]], path: str, value: Any) -> bool:
    """Read preferences; ``path`` is what follows the name in dot notation: "", ".topics", ".topics.topic_3"."""
    for part in reversed(path.split(".", 3)[1:]):
        value = {part: value}
    if not isinstance(value, dict):
        return False
    understood = False
    for kind, choices in said.items():
        given = value.get(kind)
        for name, choice in given.items() if isinstance(given, dict) else ():
            answer = truth(choice)
            if answer is not None:
                choices[str(name)[:150]] = answer
                understood = True
    return understood
