"""Many rows or ids at once, as the driver carries them most cheaply.

An array's every element is looked at by the driver for a list inside it, which costs more than all else it does with it. So rows to be
written are copied into a temporary table of the session, from which one statement takes them on, and ids are asked for as one
string of bytes, cut apart by the query.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from tidings.database.pool import Connection


async def stage(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]], *, beside: str = ""
) -> None:
    """Put rows where the statements of this transaction find them: in ``new_<table>``, which holds these alone, and is empty
    again after it. It has the table's columns and those declared ``beside``."""
    if not connection.is_in_transaction():
        raise RuntimeError("rows are staged for one transaction, and there is none")
    name = f"new_{table}"
    await connection.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS {name} (LIKE {table} INCLUDING DEFAULTS{', ' if beside else ''}{beside}) ON COMMIT DELETE ROWS; "
        f"DELETE FROM pg_temp.{name}"
    )
    await connection.copy_records_to_table(name, columns=columns, records=rows, schema_name="pg_temp")


def each(parameter: str) -> str:
    """Give a table expression with the ids of a parameter, joined to one string of bytes: column ``id``, 16 bytes each."""
    return (
        f"(SELECT substring({parameter}::bytea FROM 16 * n + 1 FOR 16) AS id "
        f"FROM generate_series(0, octet_length({parameter}::bytea) / 16 - 1) AS n)"
    )


def count(tag: str) -> int:
    """Give the number in a command's tag, as in ``UPDATE 3``."""
    return int(tag.rpartition(" ")[2])
