"""What a build hands in of one partition at a time: records for those whom it concerns, and the times of those whom it passes over."""

from collections.abc import Sequence
from typing import Final

from tidings.engine import Concern
from tidings.kernel.ids import digest
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import SYSTEM, Body, Built, Record, Touch
from tidings.people import passed
from tidings.people.document import Time
from tidings.processor.find import Somebody

CHUNK: Final = 250
"""People of one record: what a batch of the processor takes of a build, at least."""
_HANDED: Final = 1000
"""People handed in by one transaction. It asks the database eight times and waits for the disk, so for fewer people that is most of
what they cost."""
_PASSED: Final = 2000
"""People whose times are written in one go."""


class Part:
    """``last``: the last person put; ``looked``: how many were since `clear`; ``passed``: rows for the table of that name."""

    def __init__(self, partition: int, workspace: int, number: int, concern: Concern) -> None:
        self.partition, self.workspace, self.number = partition, workspace, number
        self._counted, self._new = sorted(concern.counters), concern.new
        self.passed: list[passed.Row] = []
        self.last, self.looked, self.handed, self.done = b"", 0, 0, False
        self._people: list[tuple[bytes, list[tuple[bytes, list[Time]]]]] = []
        self._touched: list[bytes] = []

    def put(self, somebody: Somebody) -> None:
        """Take the next person."""
        self.last = somebody.id
        self.looked += 1
        if somebody.touch:
            self._touched.append(somebody.id)
        elif somebody.concerned:
            self._people.append((somebody.id, list(somebody.times.items())))
        else:
            new = [(key, times) for key, times in somebody.times.items() if key in self._new]
            if new:
                self.passed.append(passed.row(somebody.id, self.number, new))

    @property
    def is_full(self) -> bool:
        """Whether it is enough for one transaction."""
        return len(self._people) + len(self._touched) >= _HANDED or len(self.passed) >= _PASSED

    def records(self) -> list[Record]:
        """Give the records of what was put; with ``done``, the one that ends the build."""
        records = [self._record(Touch(), id, (("cio_id", show_id(id)),)) for id in self._touched]
        for chunk in (self._people[at : at + CHUNK] for at in range(0, len(self._people), CHUNK)):
            records.append(self._record(Built(self.number, chunk, False, self._counted), chunk[0][0]))
        if self.done:
            records.append(self._record(Built(self.number, [], True, self._counted), b""))
        return records

    def clear(self) -> None:
        """Go on: it is handed in."""
        self.handed += len(self._people) + len(self._touched)
        self.passed, self._people, self._touched, self.looked = [], [], [], 0

    def _record(self, body: Body, first: bytes, who: Sequence[tuple[str, str]] = ()) -> Record:
        return Record(
            id=digest(
                body.__class__.__name__.lower(), self.workspace, self.number, self.partition, first, int(self.done)
            ),
            workspace=self.workspace,
            source=0,
            trust=SYSTEM,
            who=tuple(who),
            time=0,
            received=0,
            body=body,
            hops=1,
        )
