"""The person a path names, by any of their identifiers."""

from typing import Final

from tidings.api.here import Here, part
from tidings.api.problem import Refusal
from tidings.database.pool import Connection
from tidings.people import links, lookup
from tidings.people.document import Person

KINDS: Final = ("id", "email", "anonymous_id", "cio_id")


async def find(connection: Connection, here: Here, kind: str, value: str) -> Person:
    """Find the person a path names: its parts as the route got them. Raises `Refusal`."""
    if kind not in (*KINDS, "any"):
        raise Refusal(400, f"`{part(kind)}` is no kind of identifier", f"use one of {', '.join(KINDS)}, or `any`")
    for each in KINDS if kind == "any" else (kind,):
        found = await lookup.find(connection, here.workspace.id, each, part(value))
        who = await lookup.fetch(connection, *found) if found else None
        if who is not None:
            return who
    raise Refusal(404, "Nobody is known by this.", "Whoever was forgotten or suppressed is here no more.")


async def ids(connection: Connection, who: Person) -> list[bytes]:
    """Give a person's id, and those of whom they absorbed."""
    return [who.id, *(await links.absorbed(connection, [who.id])).get(who.id, [])]
