"""The log's epoch: raised where transaction ids have started anew.

A dump restored into another cluster brings rows and cursors with ids that the new cluster has yet to reach; new rows would sort
before them and never be read. Then the ids of new rows are raised above all old ones, by a constant in the column's default.
"""

from tidings.database.pool import Connection


async def mend(connection: Connection) -> int | None:
    """Raise the epoch if the ids in the database lie ahead of the cluster's; gives the new one, or None.

    To be called by every process before it appends or reads. Nothing is locked when nothing is wrong.
    """
    if not await _is_behind(connection):
        return None
    async with connection.transaction():
        await connection.execute("LOCK TABLE log IN ACCESS EXCLUSIVE MODE")
        if not await _is_behind(connection):
            return None
        base = await _highest(connection) + 1
        epoch: int = await connection.fetchval(
            "UPDATE log_epoch SET epoch = epoch + 1, base = $1 RETURNING epoch", base
        )
        await connection.execute(
            f"ALTER TABLE log ALTER COLUMN xid SET DEFAULT {base} + pg_current_xact_id()::text::bigint"
        )
        await connection.execute("UPDATE cursors SET epoch = $1", epoch)
    return epoch


async def _is_behind(connection: Connection) -> bool:
    highest = await _highest(connection)  # asked first: whatever was written meanwhile is below what is asked second
    ahead: int = await connection.fetchval(
        "SELECT base + pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM log_epoch"
    )
    return highest >= ahead


async def _highest(connection: Connection) -> int:
    """The highest id in use. Rows not yet visible don't matter: whoever writes them drew his id from this cluster."""
    found: int = await connection.fetchval(
        """
        SELECT greatest(max(c.xid), max(l.xid)) FROM cursors c LEFT JOIN LATERAL (
            SELECT xid FROM log WHERE log.partition = c.partition ORDER BY xid DESC, seq DESC LIMIT 1
        ) l ON true
        """
    )
    return found
