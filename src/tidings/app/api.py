"""The process that takes events over HTTP, and serves the pages behind messages."""

import asyncio
import gc
import os
from contextlib import suppress
from typing import Final

import structlog

from tidings.api import make
from tidings.api.away import AWAY
from tidings.app.role import main
from tidings.app.serve import serve
from tidings.app.supervise import PARENT
from tidings.database.pool import Pool
from tidings.settings import Settings
from tidings.teams import store
from tidings.teams.key import installation_key, setup_code

logger = structlog.get_logger(__name__)
_YOUNG: Final = 50_000
"""Objects that may be made before the collector looks among the new ones. What a request makes has no cycles, so it is freed
without the collector; at the usual 700 it took a tenth of the process's time."""


async def api(settings: Settings, url: str, pool: Pool, stop: asyncio.Event) -> None:
    """Answer requests until ``stop``."""
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
    await _tell_first(settings, pool)
    await serve(make(pool, settings), settings.host, settings.port, stop)


async def _tell_first(settings: Settings, pool: Pool) -> None:
    """Where nobody has an account yet, say how the first is made to whoever reads this process's log.

    Under `tidings up` it is for that to say, once: what it greets with may have made the account already.
    """
    if PARENT in os.environ:
        return
    with suppress(*AWAY):
        async with asyncio.timeout(5), pool.acquire() as connection:
            if await store.any_account(connection):
                return
        address = f"{settings.url}/login#{setup_code(installation_key(settings))}"
        logger.info("nobody has an account yet; the first one is made here", address=address)


if __name__ == "__main__":
    main("api", api)
