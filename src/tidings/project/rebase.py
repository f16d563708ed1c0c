"""Whether what waits for approval still stands after other changes came into force, and what it is over those.

It stands where neither it nor anything it is made of was touched: then what its approver sees is what its author meant. In doubt it has
lapsed: settings bear on everything, and of two that touch segments and events, or two that touch content, nobody knows which uses which.

Whether a journey is live or paused is a piece of its own, beside what it says: who pauses it waits for nobody, and must not make what
others wait for disappear.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tidings.project.plan import uses

Body = Mapping[str, Any]
Piece = tuple[str, ...]
"""(section, name), of formats (section, folder, name), of what is one piece (section,); of a journey that runs or is paused, which of both
it does is ("standings", name)."""
_NAMED: Final = ("journeys", "segments", "events", "templates", "layouts", "snippets", "actions")
_RULES: Final = frozenset(("segments", "events"))
_CONTENT: Final = frozenset(("templates", "layouts", "snippets", "formats", "actions"))
_STANDING: Final = ("status", "paused_at", "pauses", "release_every")
_OPEN: Final = ("live", "paused")
_KINDS: Final = {
    "segments": "segment",
    "templates": "template",
    "layouts": "layout",
    "snippets": "snippet",
    "actions": "action",
    "events": "event",
}


def rebased(base: Body, asked: Body, now: Body) -> dict[str, Any] | None:
    """Give what is asked for over the definitions in force ``now``, made against ``base``; None where it has lapsed."""
    mine, theirs = _touched(base, asked), _touched(base, now)
    if mine & theirs or ("settings",) in theirs:
        return None
    own, others = {piece[0] for piece in mine}, {piece[0] for piece in theirs}
    for sections in (_RULES, _CONTENT):
        if own & sections and others & sections:
            return None
    moved = {piece[1] for piece in mine if piece[0] == "standings"} | _journeys(mine, (asked, now))
    if moved & _journeys(theirs, (asked, now)):
        return None
    body = {key: value for key, value in now.items() if key != "since"}
    for piece in mine:
        _put(body, piece, asked)
    return body


def _touched(before: Body, after: Body) -> set[Piece]:
    """The pieces that two bodies do not have alike."""
    old, new = dict(_pieces(before)), dict(_pieces(after))
    return {piece for piece in {*old, *new} if old.get(piece) != new.get(piece)}


def _pieces(body: Body) -> Iterator[tuple[Piece, Any]]:
    for section, value in body.items():
        if section == "since":
            continue
        if section == "journeys":
            for name, entry in value.items():
                told, standing = _apart(entry)
                yield ("journeys", name), told
                if standing:
                    yield ("standings", name), standing
        elif section in _NAMED:
            yield from (((section, name), each) for name, each in value.items())
        elif section == "formats":
            yield from (
                ((section, folder, name), each) for folder, names in value.items() for name, each in names.items()
            )
        else:
            yield (section,), value


def _apart(entry: Body) -> tuple[Body, Body]:
    """Give what a journey says, and whether it runs. Of one that was closed or stopped both are one: nothing goes on as it was meant."""
    if entry.get("status") not in _OPEN:
        return entry, {}
    told = {key: value for key, value in entry.items() if key not in _STANDING}
    return told, {key: value for key, value in entry.items() if key in _STANDING}


def _journeys(pieces: set[Piece], bodies: tuple[Body, ...]) -> set[str]:
    """The journeys among pieces, and those that are made of them."""
    found = {piece[1] for piece in pieces if piece[0] == "journeys"}
    for body in bodies:
        known = uses(body)
        for piece in pieces:
            if piece[0] in _KINDS:
                found |= known.get((_KINDS[piece[0]], piece[1]), set())
    return found


def _put(body: dict[str, Any], piece: Piece, asked: Body) -> None:
    """Take a piece over from what is asked for."""
    if piece[0] in ("journeys", "standings") and piece[1] in body["journeys"] and piece[1] in asked["journeys"]:
        (mine, standing), (theirs, now) = _apart(asked["journeys"][piece[1]]), _apart(body["journeys"][piece[1]])
        entry = {**mine, **(now or standing)} if piece[0] == "journeys" else {**theirs, **standing}
        body["journeys"] = {**body["journeys"], piece[1]: entry}
        return
    *way, last = piece
    into, source = body, asked
    for key in way:
        into[key] = dict(into.get(key, {}))
        into, source = into[key], source.get(key, {})
    if last in source:
        into[last] = source[last]
    else:
        into.pop(last, None)
