"""The process that takes events over HTTP, and serves the pages behind messages."""

import asyncio

from tidings.api import make
from tidings.app.role import main
from tidings.app.serve import serve
from tidings.database.pool import Pool
from tidings.settings import Settings


async def api(settings: Settings, url: str, pool: Pool, stop: asyncio.Event) -> None:
    """Answer requests until ``stop``."""
    await serve(make(pool, settings), settings.host, settings.port, stop)


if __name__ == "__main__":
    main("api", api)
