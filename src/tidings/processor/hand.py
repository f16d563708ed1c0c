"""The people a batch has in hand, by id: loaded as they are stored, and read when first looked at.

A batch holds megabytes of documents. Read all at first and written all at last, each would have to be fetched into the processor's
caches three times, which costs more than the work; so a document is read just before its person is moved, and laid down just after.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tidings.people import document
from tidings.people.document import Person


class Hand(dict[bytes, Person]):
    """A dictionary of people, some of whom are still as they are stored."""

    def __init__(self) -> None:
        super().__init__()
        self._stored: dict[bytes, bytes] = {}

    def take(self, documents: Mapping[bytes, bytes]) -> None:
        """Take stored documents in hand, by id, in place of what is there."""
        self._stored.update(documents)
        for id in self.keys() & documents.keys():
            del self[id]

    def lay(self, id: bytes, document: bytes) -> None:
        """Lay somebody's document down, as it is stored by now."""
        self._stored[id] = document
        del self[id]

    def __missing__(self, id: bytes) -> Person:
        person = self[id] = document.decode(self._stored.pop(id))
        return person

    def __contains__(self, id: object) -> bool:
        return super().__contains__(id) or id in self._stored

    def get(self, id: bytes, default: Any = None) -> Any:
        """Give somebody, or ``default``."""
        try:
            return self[id]
        except KeyError:
            return default

    def lacks(self, ids: Iterable[bytes]) -> set[bytes]:
        """Give those of the ids that nobody in hand has."""
        return set(ids) - self.keys() - self._stored.keys()

    def drop(self, id: bytes) -> None:
        """Let somebody go, who may not be there."""
        self._stored.pop(id, None)
        self.pop(id, None)
