"""Who may send: all sources in memory, read again whenever the database says that they changed."""

import asyncio
from contextlib import suppress
from typing import Any, Final

import structlog

from tidings.api.away import AWAY, usable
from tidings.database.access import (
    CHANNEL,
    LONGEST,
    Source,
    Workspace,
    hash_key,
    list_disabled,
    list_makers,
    list_scopes,
    list_sources,
    list_workspaces,
    mark_used,
)
from tidings.database.pool import Connection, Pool

logger = structlog.get_logger(__name__)
_REMEMBERED: Final = 10_000
_AGAIN: Final = 30.0
"""Seconds after which it is looked at again even if nothing was said."""
_USED: Final = 60.0
_PATIENCE: Final = 1.0
_SOUGHT: Final = 1.0
"""Seconds between two looks for keys that are unknown: whoever guesses keys costs no more than that."""


class Keys:
    """Keeps one connection of the pool to listen on. While the database is away, what was known last holds."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._sources: dict[bytes, Source] = {}
        self._found: dict[str, Source | None] = {}
        self._changed = asyncio.Event()
        self._used: set[int] = set()
        self._met: set[int] = set()
        self._stopping = False
        self._reading = asyncio.Lock()
        self._sought = -_SOUGHT
        self.workspaces: dict[int, Workspace] = {}
        self.scopes: dict[int, list[str]] = {}
        self.makers: dict[int, str] = {}
        self.ready = asyncio.Event()

    def find(self, credential: str) -> Source | None:
        """Find the source of a credential."""
        if len(credential) > LONGEST:
            return None
        if credential not in self._found:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[credential] = self._sources.get(hash_key(credential))
        return self._found[credential]

    async def seek(self, credential: str) -> Source | None:
        """Find the source of a credential that may have been made a moment ago, maybe through another process: for one that is unknown
        everything is read again, once in a while."""
        if (source := self.find(credential)) is not None:
            return source
        async with self._reading:
            now = asyncio.get_running_loop().time()
            if self.find(credential) is None and now - self._sought >= _SOUGHT:
                self._sought = now
                with suppress(*AWAY):
                    async with asyncio.timeout(_PATIENCE), self._pool.acquire() as connection:
                        await self._read(connection)
            return self.find(credential)

    def use(self, source: Source) -> None:
        """Note that a source sent something. The first time is written at once, for whoever waits to see it."""
        self._used.add(source.id)
        if source.id not in self._met:
            self._changed.set()

    @property
    def _is_news(self) -> bool:
        """Whether a source came for the first time, and nothing of that is written yet."""
        return not self._used <= self._met

    async def run(self) -> None:
        """Read, listen and read again, until stopped."""
        wait = 0.1
        while not self._stopping:
            try:
                async with self._pool.acquire() as connection:
                    await self._follow(connection)
            except AWAY as error:
                logger.warning("keys can't be followed; trying again", error=str(error) or type(error).__name__)
            if not self._stopping:
                await asyncio.sleep(wait)
                wait = min(2 * wait, 2.0) if not self.ready.is_set() else 0.2

    def stop(self) -> None:
        """Have `run` end."""
        self._stopping = True
        self._changed.set()

    async def _follow(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()

        def heard(*_: Any) -> None:
            self._changed.set()

        await connection.add_listener(CHANNEL, heard)
        connection.add_termination_listener(heard)
        told = loop.time()
        try:
            while usable(connection) and not self._stopping:
                self._changed.clear()
                async with self._reading:
                    await self._read(connection)
                self.ready.set()
                if not self._is_news:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_AGAIN):
                            await self._changed.wait()
                if (loop.time() - told > _USED or self._is_news) and usable(connection):
                    told = loop.time()
                    used, self._used = self._used, set()
                    self._met |= used
                    await mark_used(connection, sorted(used))
        finally:
            if usable(connection):
                connection.remove_termination_listener(heard)
                with suppress(*AWAY):
                    await connection.remove_listener(CHANNEL, heard)

    async def meet(self, connection: Connection) -> None:
        """Read the workspaces at once: somebody is a member of one that was made a moment ago, maybe through another process."""
        self.workspaces = {workspace.id: workspace for workspace in await list_workspaces(connection)}

    async def _read(self, connection: Connection) -> None:
        await self.meet(connection)
        self.scopes = await list_scopes(connection)
        self.makers = await list_makers(connection)
        off = await list_disabled(connection)
        self._sources = {source.key_hash: source for source in await list_sources(connection) if source.id not in off}
        self._found.clear()
