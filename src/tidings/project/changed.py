"""What came into force, in words: what is new, what was removed, what changed, and of the settings which."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_KINDS: Final = (
    ("journeys", "journey"),
    ("segments", "segment"),
    ("events", "derived event"),
    ("templates", "message"),
    ("layouts", "layout"),
    ("snippets", "snippet"),
    ("assets", "picture"),
)
_SINGLE: Final = {
    "timezone": "the time zone",
    "sender": "the usual sender",
    "expires": "how late a message may go out",
    "start_age": "how old an event may be that starts a journey",
    "retention": "how long history is kept",
    "control_group": "the control group",
}
_TABLES: Final = {"limits": "the limit of", "quiet": "the quiet hours of", "rates": "the pace of"}
_BRAND: Final = {"address": "postal address", "accent": "colour of buttons and links", "text": "colour of text"}
_MOST: Final = 5


def differs(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Name what differs between two bodies, at most a handful."""
    found = [*_documents(before, after), *_settings(before.get("settings") or {}, after.get("settings") or {})]
    return found if len(found) <= _MOST else [*found[: _MOST - 1], f"and {len(found) - _MOST + 1} more"]


def _documents(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for kind, word in _KINDS:
        old, new = before.get(kind, {}), after.get(kind, {})
        for name in sorted({*old, *new}):
            called = _called(new.get(name, old.get(name))) or name
            if name not in old:
                yield f"{word} {called} is new"
            elif name not in new:
                yield f"{word} {called} was removed"
            elif kind == "journeys" and old[name].get("status") != new[name].get("status"):
                yield f"{word} {called} is {new[name]['status']}"
            elif _said(old[name]) != _said(new[name]):
                yield f"{word} {called} changed"


def _said(entry: Any) -> Any:
    return (entry.get("document") or entry.get("text") or entry) if isinstance(entry, Mapping) else entry


def _called(entry: Any) -> str:
    """The name that people gave it, where it has one beside its id."""
    document = entry.get("document", entry) if isinstance(entry, Mapping) else {}
    return str(document.get("name") or "")


def _settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    if bool(before.get("approval")) != bool(after.get("approval")):
        yield "what goes live must be approved" if after.get("approval") else "authors publish by themselves"
    yield from _named(before, after, "senders", "sender", "email")
    yield from _named(before, after, "topics", "topic", "name")
    for channel, old, new in _apart(before, after, "channels"):
        carrier = (new or {}).get("provider")
        if carrier != (old or {}).get("provider"):
            yield f"{channel} is carried by {carrier or 'nobody any more'}"
        else:
            yield f"how {carrier} carries {channel} changed"
    if parts := [_BRAND.get(part, part) for part, _, _ in _apart(before, after, "brand")]:
        yield f"the brand’s {', '.join(parts)} changed"
    for table, words in _TABLES.items():
        for name, _, new in _apart(before, after, table):
            yield f"{words} {name} {'changed' if new is not None else 'was removed'}"
    for key, words in _SINGLE.items():
        if before.get(key) != after.get(key):
            yield f"{words} is {after[key]}" if key in after else f"{words} is as usual"


def _named(before: Mapping[str, Any], after: Mapping[str, Any], table: str, word: str, called: str) -> Iterator[str]:
    for name, old, new in _apart(before, after, table):
        what = "changed" if old and new else "is new" if new else "was removed"
        yield f"{word} {(new or old or {}).get(called, name)} {what}"


def _apart(before: Mapping[str, Any], after: Mapping[str, Any], table: str) -> Iterator[tuple[str, Any, Any]]:
    """(name, before, after) of what a table does not have alike; None where it is not there."""
    old, new = before.get(table) or {}, after.get(table) or {}
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name)
