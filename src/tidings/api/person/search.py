"""A search in a timeline: by what a row says, by where it came from, and by what its journey, segment or message is called."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from tidings.api.shown import Row
from tidings.content import template
from tidings.kernel.problems import Invalid


class Search:
    """Made of what is typed and the definitions in force."""

    def __init__(self, typed: str, body: Mapping[str, Any]) -> None:
        self._typed, self._body = typed.strip().lower(), body
        self._subject = lru_cache(maxsize=None)(self._read_subject)

    def finds(self, row: Row) -> bool:
        """Whether a row has what is looked for in it."""
        if not self._typed:
            return True
        says = [
            row.name,
            *row.also,
            *self.called(row),
            *(msgspec.json.encode(each).decode() for each in (row.data, row.context)),
        ]
        return self._typed in "\n".join(says).lower()

    def called(self, row: Row) -> list[str]:
        """Give what the journey, the segment and the message of a row are called; "" where it has none, or that is not known."""
        data = row.data if isinstance(row.data, dict) else {}
        journey = row.name if row.kind in ("journey", "enter") else str(data.get("journey", ""))
        segment = row.name if row.kind == "segment" else ""
        message = row.name if row.kind == "planned" else str(data.get("template", "")) if row.kind == "message" else ""
        return [
            str(self._body.get("journeys", {}).get(journey, {}).get("document", {}).get("name", "")),
            str(self._body.get("segments", {}).get(segment, {}).get("name", "")),
            self._subject(message) if message else "",
        ]

    def _read_subject(self, name: str) -> str:
        source = self._body.get("templates", {}).get(name)
        try:
            return template.read(name, source["text"], source.get("format", "html")).subject if source else ""
        except Invalid:
            return ""
