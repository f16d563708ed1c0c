"""How a database that went away shows itself."""

import asyncpg

from tidings.database.pool import AWAY, Connection

__all__ = ["AWAY", "usable"]


def usable(connection: Connection) -> bool:
    """Whether a connection held for long is still one: the pool takes back what broke."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False
