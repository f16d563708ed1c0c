"""Everybody of a workspace, a chunk at a time: for questions that no column answers, asked in the background."""

from collections.abc import AsyncIterator

from tidings.database.pool import Connection
from tidings.people import document
from tidings.people.document import Person


async def everyone(connection: Connection, workspace: int, *, chunk: int = 1000) -> AsyncIterator[list[Person]]:
    """Stream people in the order of their ids. Each chunk is a short statement of its own, so it holds back nobody."""
    partition, person = -1, b""
    while True:
        rows = await connection.fetch(
            "SELECT partition, id, workspace, doc FROM people WHERE (partition, id) > ($1, $2) ORDER BY partition, id LIMIT $3",
            partition,
            person,
            chunk,
        )
        if not rows:
            return
        partition, person = rows[-1]["partition"], rows[-1]["id"]
        if found := [document.decode(row["doc"]) for row in rows if row["workspace"] == workspace]:
            yield found
