"""What PostgreSQL takes of the log's rows by itself, and how a rate stands against it."""

from statistics import median
from typing import Final, NamedTuple

from bench.ground.figure import Figure
from bench.ground.town import Town

PASSES: Final = 5
CHUNK: Final = 2000
"""Rows of one commit."""


class Bare(NamedTuple):
    """Rows a second by COPY: into a table like the ``log``, and into a ``heap`` of two columns without an index; medians."""

    log: float
    heap: float

    def figures(self, measure: str, rate: float, floor: float, aim: str, note: str) -> list[Figure]:
        """Set a rate against both; the gate is of the first (decision 52)."""
        return [
            Figure(
                measure,
                rate,
                "/s",
                rate / self.log,
                floor,
                aim,
                f"bare COPY of the same rows into a table like the log, {CHUNK:,} a commit: {self.log:,.0f}/s",
                note,
            ),
            Figure(
                "the same",
                rate,
                "/s",
                rate / self.heap,
                None,
                "",
                f"bare COPY of their two columns, without an index: {self.heap:,.0f}/s",
            ),
        ]


async def bare(town: Town, rows: list[tuple[int, bytes]]) -> Bare:
    """Copy the rows, several times each way."""
    log = median([await town.copy_bare(rows, CHUNK) for _ in range(PASSES)])
    heap = median([await town.copy_bare(rows, CHUNK, heap=True) for _ in range(PASSES)])
    return Bare(log, heap)
