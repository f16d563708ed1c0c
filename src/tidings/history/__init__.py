"""History: every applied record and what followed from it, append-only, by person and by time."""

from tidings.history.body import pack, unpack
from tidings.history.store import (
    SLICES,
    Ask,
    Count,
    Entry,
    Fact,
    applied,
    delete,
    events,
    forget_before,
    is_known,
    newest,
    of_person,
    rows_at,
    scan,
    times,
    write,
)

__all__ = [
    "SLICES",
    "Ask",
    "Count",
    "Entry",
    "Fact",
    "applied",
    "delete",
    "events",
    "forget_before",
    "is_known",
    "newest",
    "of_person",
    "pack",
    "rows_at",
    "scan",
    "times",
    "unpack",
    "write",
]
