"""What a pause of a journey held is looked at again as soon as the pause has ended. This switch's SQL.

Held messages are looked at now and then anyway, so nothing depends on it but how soon the first of them go out.
"""

from typing import Final

from tidings.database.pool import Connection
from tidings.delivery.delivery import JOURNEY
from tidings.delivery.policy import PAUSED
from tidings.kernel.times import Instant

MOST: Final = 10_000
"""Messages that are looked at at once, those first that were due first; the rest follows as it would have."""


async def look(connection: Connection, workspace: int, journey: str, now: Instant) -> None:
    """Let messages of a journey be decided about now, in the order in which they were due. Call it outside of the transaction that ends
    the pause: it waits for claims that have not seen that yet. Then call `store.wake`."""
    await connection.execute(_LOOK, workspace, JOURNEY, journey, now, PAUSED, MOST)


_HELD: Final = "state = 'planned' AND (reason = $5 OR next_attempt <= $4)"
_LOOK: Final = f"""
UPDATE deliveries d SET next_attempt = least(d.next_attempt, $4 + first.n) FROM (
    SELECT partition, id, row_number() OVER (ORDER BY due) AS n FROM deliveries
    WHERE workspace = $1 AND priority = $2 AND journey = $3 AND {_HELD} ORDER BY due LIMIT $6
) first WHERE d.partition = first.partition AND d.id = first.id AND {_HELD}
"""
