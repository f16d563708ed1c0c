"""The database's clock: the one by which records are stamped."""

from tidings.database.pool import Connection


async def now(connection: Connection) -> int:
    """Ask for its time, in microseconds."""
    found: int = await connection.fetchval("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    return found
