"""How far everybody has been brought up to the newest definitions: what `apply` shows while people are carried."""

from dataclasses import dataclass

from tidings.database.pool import Connection
from tidings.kernel.ids import PARTITIONS


@dataclass(frozen=True)
class Progress:
    """Definitions ``number`` are in force in ``reached`` of all partitions, and everybody is brought up to them in ``done``; ``people``:
    how many the background has handed in so far."""

    number: int
    reached: int
    done: int
    people: int

    @property
    def share(self) -> float:
        """From 0 to 1: how much of it is done."""
        return self.done / PARTITIONS

    @property
    def is_done(self) -> bool:
        """Whether everybody is brought up."""
        return self.done == PARTITIONS


async def progress(connection: Connection, workspace: int) -> Progress:
    """Read how far the newest definitions have come."""
    number = await connection.fetchval(
        "SELECT coalesce(max(number), 0) FROM definitions WHERE workspace = $1", workspace
    )
    row = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE number >= $2), count(*) FILTER (WHERE built >= $2) FROM in_force WHERE workspace = $1",
        workspace,
        number,
    )
    people = await connection.fetchval(
        "SELECT coalesce(sum(people), 0)::bigint FROM builds WHERE workspace = $1 AND number = $2", workspace, number
    )
    return Progress(number, row[0], row[1], people)
