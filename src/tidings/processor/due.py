"""Whom time moves next: found several batches' worth at a time, because looking costs by how many there are, and handed out by the batch.

Whoever was found may have been moved on by an event meanwhile; a document says itself when its person is due, so that is asked again.

A million may be due at once. What a portion of them takes is what everybody else's events wait, so portions are sized by the time that the
last ones took: on a machine that is slow or does much else they become smaller.
"""

from collections import deque
from typing import Final

from tidings.database.pool import Connection
from tidings.people import store
from tidings.processor.batch import Batch

_BATCHES: Final = 8
_TURN: Final = 0.3
"""Seconds that a portion should take."""
_FIRST: Final = 500
"""People in the first portion: it is not known yet what one takes."""
_LEAST: Final = 100
"""People in a portion at least: below that, the commit is most of the work."""


class Due:
    """``more``: whether more people are due than were handed out. ``portion``: how many to hand out at once, ``most`` at most."""

    def __init__(self, most: int) -> None:
        self.more = False
        self._most, self.portion = most, min(most, _FIRST)
        self._line: deque[bytes] = deque()
        self._cut = False

    def forget(self) -> None:
        """Look anew next time."""
        self._line.clear()

    def took(self, count: int, seconds: float) -> None:
        """Size the next portion by how long one of ``count`` people took, with its batch."""
        if seconds > _TURN:
            fitting = max(_LEAST, int(count * _TURN / seconds))
            self.portion = min(self.portion, fitting, self._most)
        elif count >= self.portion:
            self.portion = min(2 * self.portion, self._most)

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
