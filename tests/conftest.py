"""What every test can ask for: a real PostgreSQL, and in it a fresh database with this program's tables.

Async tests and fixtures run on one uvloop for the whole session (anyio's pytest plugin, in its automatic mode).
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import asyncpg
import pytest
from argon2 import PasswordHasher

from tidings.api import limits
from tidings.database.embedded import Embedded
from tidings.database.migrate import migrate
from tidings.database.pool import Pool, open_pool
from tidings.teams import password

PREFIX = "tidings-test-"
"""How the folder of a session's PostgreSQL begins."""
ROOM = 4 << 30
"""Bytes that must be free in memory before it is kept there."""


@dataclass(frozen=True)
class Database:
    """A fresh database: its address, and a pool on it."""

    url: str
    pool: Pool

    async def fetch(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        """Ask one question."""
        return await self.pool.fetch(query, *arguments)

    async def fetchval(self, query: str, *arguments: Any) -> Any:
        """Ask for one value."""
        return await self.pool.fetchval(query, *arguments)

    async def execute(self, query: str, *arguments: Any) -> str:
        """Run one statement."""
        return await self.pool.execute(query, *arguments)


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> None:
    """Hundreds of tests sign in; what a password costs in earnest, `tests/teams` sees to."""
    password._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # type: ignore[misc]


@pytest.fixture(autouse=True)
def nothing_by_hand() -> None:
    """Each test's first workspace has the same number, and what people let go out by hand in a minute is counted by it in this process."""
    limits._sent.clear()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a running PostgreSQL: the one TIDINGS_TEST_DATABASE_URL names, or one of this session's own."""
    given = os.environ.get("TIDINGS_TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=in_memory()))
    server = Embedded(folder, memory=512 << 20, keeps=False)
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def in_memory() -> Path | None:
    """A folder that is kept in memory, where there is one with plenty of room; what killed sessions left there is cleared away first.

    Each test has a database of its own, which is a thousand files: made in memory it takes a fortieth of the time.
    """
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < ROOM:
        return None
    for left in memory.glob(f"{PREFIX}*/lock"):
        with suppress(OSError), left.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - left.stat().st_mtime > 60:
                shutil.rmtree(left.parent)
    return memory


@pytest.fixture(scope="session")
async def template(postgres: str, anyio_backend: object) -> AsyncIterator[str]:
    """The name of a migrated database to clone from."""
    name = f"tidings_template_{token_hex(6)}"
    await run(postgres, f"CREATE DATABASE {name}")
    try:
        await migrate(named(postgres, name))
        yield name
    finally:
        await run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(postgres: str, template: str, anyio_backend: object) -> AsyncIterator[Database]:
    """A fresh migrated database, dropped after the test."""
    async with cloned(postgres, template) as made:
        yield made


@pytest.fixture
async def empty_database(postgres: str, anyio_backend: object) -> AsyncIterator[str]:
    """The address of a database without any tables."""
    name = f"tidings_{token_hex(6)}"
    await run(postgres, f"CREATE DATABASE {name}")
    try:
        yield named(postgres, name)
    finally:
        await run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def named(url: str, database: str) -> str:
    """The address of another database on the same server."""
    before, mark, query = url.partition("?")
    return before.rpartition("/")[0] + "/" + database + mark + query


@asynccontextmanager
async def cloned(url: str, template: str) -> AsyncIterator[Database]:
    """A database like the template, dropped afterwards. Its files are copied, as the log would make each one dearer."""
    name = f"tidings_{token_hex(6)}"
    await run(url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    try:
        pool = await open_pool(named(url, name), name="tidings test", smallest=0, largest=20)
        try:
            yield Database(named(url, name), pool)
        finally:
            pool.terminate()
    finally:
        await run(url, f"DROP DATABASE {name} WITH (FORCE)")


async def run(url: str, statement: str) -> None:
    """Run one statement on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
