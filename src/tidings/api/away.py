"""How a database that went away shows itself."""

from typing import Final

import asyncpg

from tidings.database.pool import Connection

AWAY: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What it raises."""


def usable(connection: Connection) -> bool:
    """Whether a connection held for long is still one: the pool takes back what broke."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False
