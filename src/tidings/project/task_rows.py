"""What is kept of single rows beside work on many people: what stood there before, for its undoing, and what was wrong, for whoever asked.

A row of a file stands by its line: ``n`` of a row that was written is its number, of a row that was left out its line below nothing.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tidings.database.pool import Connection
from tidings.project import csv_file
from tidings.project.csv_file import Fault
from tidings.project.entering import ERRORS


class Kept(NamedTuple):
    """``kind`` and ``value``: an identifier of whom it is about, or ``fault`` and what is wrong. ``before``: None where nobody was."""

    n: int
    kind: str
    value: str
    before: bytes | None
    after: bytes


async def keep(connection: Connection, task: int, rows: Sequence[Kept]) -> None:
    """Keep rows of a task."""
    await connection.executemany(
        "INSERT INTO people_task_rows VALUES ($1, $2, $3, $4, $5, $6)", [(task, *each) for each in rows]
    )


async def written(connection: Connection, task: int, start: int, limit: int) -> list[Kept]:
    """Read what an import wrote, from the row ``start`` on."""
    rows = await connection.fetch(
        "SELECT n, kind, value, before, after FROM people_task_rows WHERE task = $1 AND n >= $2 ORDER BY n LIMIT $3",
        task,
        start,
        limit,
    )
    return [Kept(*row) for row in rows]


async def leave_out(connection: Connection, id: int, text: str, faults: Sequence[Fault]) -> None:
    """Keep the first rows of a file that an import leaves out, and what is wrong with them, for as long as it can be undone: by the line,
    below nothing, with whom each names, so that it is forgotten with them. The row that names the columns stands before them."""
    if not faults:
        return
    lines: dict[int, list[Fault]] = {}
    for each in faults:
        lines.setdefault(each.line, []).append(each)
    first = dict(list(lines.items())[:ERRORS])
    rows = csv_file.rows_at(text, {_HEADINGS, *first})
    kept = [Kept(-_HEADINGS, "headings", "", _cells(rows[_HEADINGS]), b"")]
    for line, own in first.items():
        who = ("id", own[0].id) if own[0].id else ("email", own[0].email)
        says = "; ".join(f"{each.column}: {each.message}" if each.column else each.message for each in own)
        kept.append(Kept(-line, *who, _cells(rows[line]), says.encode()))
    await keep(connection, id, kept)


async def room(connection: Connection, task: int) -> int:
    """How many faults of a task are kept besides those that are."""
    kept: int = await connection.fetchval("SELECT count(*) FROM people_task_rows WHERE task = $1", task)
    return max(0, ERRORS - kept)


def fault(number: int, what: str) -> Kept:
    """What is wrong with a line that has no columns."""
    return Kept(number, "fault", f"line {number}: {what}", None, b"")


async def faults(connection: Connection, id: int, start: int, limit: int) -> list[tuple[int, str, list[str]]]:
    """Read what was wrong with lines of a task's file, from the line after ``start`` on: (line, what, its cells where it is a table's)."""
    rows = await connection.fetch(
        "SELECT abs(n), CASE WHEN n < 0 THEN convert_from(after, 'UTF8') ELSE value END, before FROM people_task_rows "
        "WHERE task = $1 AND (n < 0 AND kind <> 'headings' OR kind = 'fault') AND abs(n) > $2 ORDER BY abs(n) LIMIT $3",
        id,
        start,
        limit,
    )
    return [(row[0], row[1], _read_cells(row[2])) for row in rows]


async def columns(connection: Connection, id: int) -> list[str]:
    """Read what the columns of an import's file are called, where rows of it were left out."""
    return _read_cells(await connection.fetchval(_COLUMNS_OF, id, -_HEADINGS))


_HEADINGS: Final = 1
"""The line of a file that names its columns."""
_LONGEST: Final = 8_000
"""Letters of a row that are kept: where a quote is missing, what a row holds may be half the file."""
_BETWEEN: Final = "\x1f"
_COLUMNS_OF: Final = "SELECT before FROM people_task_rows WHERE task = $1 AND n = $2 AND kind = 'headings'"


def _cells(row: Sequence[str]) -> bytes | None:
    """Pack cells as plain text, in which whoever is forgotten is found."""
    text = _BETWEEN.join(cell.replace(_BETWEEN, "") for cell in row)
    return text.encode() if len(text) <= _LONGEST else None


def _read_cells(packed: bytes | None) -> list[str]:
    return packed.decode().split(_BETWEEN) if packed else []
