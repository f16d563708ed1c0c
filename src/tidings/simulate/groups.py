"""Groups of a world: their attributes, their members, and what reaches members when something happens to them."""

from collections.abc import Iterator
from typing import Any

from tidings.engine import Definitions
from tidings.engine.entry import befalls
from tidings.kernel.effects import Spread
from tidings.kernel.ids import digest
from tidings.kernel.records import Befell, Body, Group, GroupChanged, GroupEvent, Ungroup

Told = tuple[bytes, Body]
"""Whom it reaches, and what."""


class Groups:
    """What the processor keeps of groups, in memory; by (type, key)."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._known: dict[tuple[str, str], dict[str, Any]] = {}
        self._version: dict[tuple[str, str], int] = {}
        self._members: dict[tuple[str, str], dict[bytes, None]] = {}

    def say(self, person: bytes, record: bytes, body: Group | Ungroup, now: int) -> Iterator[Told]:
        """Take what somebody said of a group by a record (its id), and tell members. An occasion has the id that it has live."""
        own = (body.type, body.key)
        members = self._members.setdefault(own, {})
        if isinstance(body, Ungroup):
            members.pop(person, None)
            if body.whole:
                self._known.pop(own, None)
                yield from self._news(own, gone=True)
                members.clear()
            return
        before = self._known.get(own, {})
        after = {name: value for name, value in {**before, **body.attributes}.items() if value is not None}
        self._known[own] = after
        if body.member:
            members[person] = None
        yield from self._news(own)
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        if names:
            befell = Befell(
                *own,
                digest("occasion", digest("group", record), *own),
                now,
                before={name: before[name] for name in names if name in before},
                after={name: after[name] for name in names if name in after},
            )
            yield from self._befall(befell)

    def spread(self, effect: Spread, now: int) -> Iterator[Told]:
        """Take what a member did, and tell all."""
        own = (effect.type, effect.key)
        id = digest("occasion", digest("spread", effect.id, *own), *own)
        befell = Befell(*own, id, now, effect.event, effect.properties, depth=effect.depth, way=effect.way)
        yield from self._befall(befell)

    def _news(self, own: tuple[str, str], gone: bool = False) -> Iterator[Told]:
        version = self._version[own] = self._version.get(own, 0) + 1
        named = self._definitions.group_attributes.get(own[0], frozenset())
        attributes = {name: value for name, value in self._known.get(own, {}).items() if name in named}
        for person in list(self._members[own]):
            yield person, GroupChanged(*own, version, attributes, gone=gone)

    def _befall(self, befell: Befell) -> Iterator[Told]:
        about = GroupEvent(befell.type, befell.key, befell.event, befell.properties) if befell.event else befell
        starts = self._definitions.starts_by_group.get(befell.type, ())
        if any(befalls(version, about) for version in starts):
            for person in sorted(self._members.get((befell.type, befell.key), {})):
                yield person, befell
