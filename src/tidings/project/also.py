"""What else an event is: the derived events it goes by, for whoever looks at what happened."""

from collections.abc import Mapping
from typing import Any

from tidings import events


class Also:
    """Made of the definitions in force. Of a derived event that was renamed, the name of today is told."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        documents = body.get("events", {})
        self._derived = events.derived(documents)
        self._told = {events.read(document).name for document in documents.values()}

    def names(self, kind: str, name: str, properties: Any) -> list[str]:
        """Give the derived events that an event is, by what it says."""
        if not self._told or not isinstance(properties, Mapping):
            return []
        return [
            other
            for way, other in self._derived.names((kind, name), properties)
            if (way, other) != (kind, name) and other in self._told
        ]
