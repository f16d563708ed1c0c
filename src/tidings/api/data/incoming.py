"""What products send, as it comes in: accepted records of a workspace, a few at a time where there are many."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Final

from msgspec import Struct

from tidings.database.pool import Connection
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.records import Event, Group, Identify, Receipt, Record, decode
from tidings.kernel.times import show_iso
from tidings.log.postgres import Cursor, Reader, Row
from tidings.log.recent import recent
from tidings.people import catalog
from tidings.project.also import Also

_FIRST: Final = 5
"""Of each partition, when somebody begins to look."""
_MOST: Final = 60
"""Shown of one look."""
_ROWS: Final = 1000
_READS: Final = 10
"""Reads of one look; what comes in faster is passed over."""
_SHOWN: Final = ("event", "identify", "group", "ungroup", "alias", "delete", "device", "consent", "receipt", "enter")


class Incoming(Struct):
    """A record. ``kind``: track, page, screen, identify, …; ``name``: of an event; ``source``: whose key it came with; ``data``: properties
    or attributes, those that are sensitive left out. ``skipped``: how many that came with it are not shown, since there were too many;
    ``more``: there were so many that not all were counted. ``also``: the derived events that it is."""

    id: str
    received: str
    kind: str
    name: str
    source: str
    who: dict[str, str]
    data: dict[str, Any]
    skipped: int = 0
    more: bool = False
    also: list[str] = []


class Watch:
    """One pair of eyes. Where more comes in than can be read, the newest is looked at, and the rest counts as skipped."""

    def __init__(
        self,
        workspace: int,
        sources: Mapping[int, str],
        words: Mapping[tuple[str, str, str], catalog.Words],
        also: Also,
    ) -> None:
        self._workspace, self._sources, self._words, self._also = workspace, sources, words, also
        self._cursors: dict[int, Cursor] | None = None
        self._reader = Reader()

    async def look(self, connection: Connection, wanted: str = "") -> list[Incoming]:
        """Give what came in since the last look, in its order. ``wanted``: a part of an event's name, or of who did it."""
        if self._cursors is None:
            rows, cursors = await recent(connection, _FIRST)
            self._cursors = dict.fromkeys(range(PARTITIONS), Cursor(0, 0)) | cursors
            return [each for _, each in self._found(rows, wanted)][-_MOST:]
        found: list[tuple[int, Incoming]] = []
        more = False
        for _ in range(_READS):
            batch = await self._reader.read(connection, self._cursors, _ROWS)
            for row in batch.rows:
                self._cursors[row.partition] = max(self._cursors[row.partition], Cursor(row.xid, row.seq))
            found += self._found(batch.rows, wanted)
            if not batch.full:
                break
        else:
            _, cursors = await recent(connection, 1)
            self._cursors, more = self._cursors | cursors, True
        found.sort(key=itemgetter(0))
        shown = [each for _, each in found[-_MOST:]]
        if shown:
            shown[0].skipped, shown[0].more = len(found) - len(shown), more
        return shown

    def _found(self, rows: list[Row], wanted: str) -> list[tuple[int, Incoming]]:
        """Those that are wanted, each with its stamp."""
        return [(row.stamp, each) for row in rows if (each := self._shown(row)) and _matches(each, wanted)]

    def _shown(self, row: Row) -> Incoming | None:
        record = decode(row.body)
        kind = type(record.body).__name__.lower()
        if record.workspace != self._workspace or record.hops or not record.source or kind not in _SHOWN:
            return None
        kind, name, said = _told(record)
        data = catalog.veiled(said, *_place(record, kind, name), self._words)
        who = dict(record.who)
        source = self._sources.get(record.source, "")
        also = self._also.names(kind, name, said) if isinstance(record.body, Event) else []
        return Incoming(f"{row.xid}-{row.seq}", show_iso(record.received), kind, name, source, who, data, also=also)


def _place(record: Record, kind: str, name: str) -> tuple[str, str]:
    """Where the catalog keeps what the record says."""
    match record.body:
        case Identify():
            return "person", ""
        case Group(type=group):
            return group, ""
        case _:
            return kind, name


def _told(record: Record) -> tuple[str, str, Mapping[str, Any]]:
    match record.body:
        case Event(name=name, properties=properties, kind=way):
            return way, name, properties
        case Identify(attributes=attributes):
            return "identify", "", attributes
        case Group(type=kind, key=key, attributes=attributes):
            return "group", f"{kind} {key}", attributes
        case Receipt(metric=metric, detail=detail):
            return "receipt", metric, detail
        case other:
            return type(other).__name__.lower(), "", {}


def _matches(each: Incoming, wanted: str) -> bool:
    lower = wanted.strip().lower()
    return not lower or any(
        lower in text.lower() for text in (each.name, *each.also, each.kind, each.source, *each.who.values())
    )
