"""People are told of what needs a look: every workspace is looked at now and then, and what is new or over is handed over."""

import asyncio
from typing import Final

from tidings.database.looking import keep_looking
from tidings.database.pool import Pool
from tidings.project.telling import tell_all
from tidings.settings import Settings

_LOOK: Final = 30.0
"""Seconds between looks, and before the first: what piled up while nobody worked is no incident."""


async def telling(pool: Pool, settings: Settings, stop: asyncio.Event) -> None:
    """Look and tell until ``stop``."""

    async def look() -> None:
        await tell_all(pool, settings)

    await keep_looking(look, _LOOK, "what people are told of", stop, first=_LOOK)
