"""Whom time moves next: found several batches' worth at a time, because looking costs by how many there are, and handed out by the batch.

Whoever was found may have been moved on by an event meanwhile; a document says itself when its person is due, so that is asked again.
"""

from collections import deque
from typing import Final

from tidings.database.pool import Connection
from tidings.people import store
from tidings.processor.batch import Batch

_BATCHES: Final = 8


class Due:
    """``more``: whether more people are due than were handed out."""

    def __init__(self) -> None:
        self.more = False
        self._line: deque[bytes] = deque()
        self._cut = False

    def forget(self) -> None:
        """Look anew next time."""
        self._line.clear()

    async def take(self, connection: Connection, batch: Batch, written: int, until: int, most: int) -> list[bytes]:
        """Find and load up to ``most`` people who are due. ``written``: how many still look due because their moving on is only being
        written; they are passed over, since the batch has them in hand as they will be."""
        people = batch.crowd.people
        if not self._line:
            asked = _BATCHES * most + written
            self._line.extend(await store.due(connection, sorted(batch.held), until, asked))
            self._cut = len(self._line) == asked
        found: list[bytes] = []
        while self._line and len(found) < most:
            id = self._line.popleft()
            if id not in people or ((at := people[id].wake_at) is not None and at <= until):
                found.append(id)
        self.more = self._cut or bool(self._line)
        await batch.crowd.need(found, connection)
        return [id for id in found if id in people]
