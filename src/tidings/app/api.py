"""The process that takes events over HTTP, and serves the pages behind messages."""

import asyncio
import gc
from typing import Final

from tidings.api import make
from tidings.app.role import main
from tidings.app.serve import serve
from tidings.database.pool import Pool
from tidings.settings import Settings

_YOUNG: Final = 50_000
"""Objects that may be made before the collector looks among the new ones. What a request makes has no cycles, so it is freed
without the collector; at the usual 700 it took a tenth of the process's time."""


async def api(settings: Settings, url: str, pool: Pool, stop: asyncio.Event) -> None:
    """Answer requests until ``stop``."""
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
    await serve(make(pool, settings), settings.host, settings.port, stop)


if __name__ == "__main__":
    main("api", api)
