"""An installation of real processes that a test may kill, freeze and starve: PostgreSQL, API, workers, deliverers, each on its own."""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg

from tests.api.serving import free_port
from tidings.app.formats import FORMATS
from tidings.app.serve import answers
from tidings.app.supervise import PARENT
from tidings.database.access import create_source, create_workspace
from tidings.database.embedded import Embedded
from tidings.database.migrate import migrate
from tidings.database.pool import open_pool
from tidings.project.apply import put
from tidings.project.store import newest

AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


class Process:
    """One process of an installation. ``started``: how often."""

    def __init__(self, name: str, role: str, environment: Mapping[str, str], output: Path) -> None:
        self.name, self.role, self.environment, self.output = name, role, environment, output
        self.started = 0
        self._said = 0
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def works(self) -> bool:
        """Whether it has come so far since it was last started: from there on it may be asked to stop."""
        return b'"event": "running"' in self.output.read_bytes()[self._said :]

    async def start(self) -> None:
        with self.output.open("ab") as output:
            self._said = output.tell()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                f"tidings.app.{self.role}",
                env={**self.environment, PARENT: str(os.getpid())},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.started += 1

    def send(self, sign: int) -> None:
        os.kill(self.pid, sign)

    async def kill(self) -> None:
        """End it at once, frozen or not."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def stop(self) -> int:
        """Ask it to end; gives its exit code."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.terminate()
        return await asyncio.wait_for(self._process.wait(), 90)


class Installation:
    """``url``: the API's; ``database``: PostgreSQL's; ``write_key``: a secret one."""

    def __init__(self, folder: Path, memory: int) -> None:
        self.folder = folder
        self.postgres = Embedded(folder / "data", memory=memory)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = ""
        self.workspace = 0
        self.write_key = ""
        self.processes: dict[str, Process] = {}

    async def begin(self, fresh: bool) -> None:
        self.database = self.postgres.start()
        if fresh:
            return
        await migrate(self.database, formats=FORMATS)
        connection = await asyncpg.connect(self.database)
        self.workspace = (await create_workspace(connection, "production")).id
        self.write_key = await create_source(connection, self.workspace, "server", "write_key")
        await connection.close()

    async def end(self) -> None:
        for process in self.processes.values():
            await process.kill()
        self.postgres.stop()

    async def define(self, body: Mapping[str, Any]) -> None:
        """Put definitions in force."""
        pool = await open_pool(self.database, smallest=0)
        async with pool.acquire() as connection:
            before = await newest(connection, self.workspace)
        await put(pool, before, body)
        await pool.close()

    async def start(self, role: str, name: str = "", **settings: Any) -> Process:
        """Start a process of a role, with settings as in `tidings.settings`."""
        name = name or role
        kept = {key: value for key, value in os.environ.items() if not key.startswith("TIDINGS_")}
        given = {f"TIDINGS_{key.upper()}": str(value) for key, value in settings.items()}
        environment = {
            **kept,
            "TIDINGS_DATABASE_URL": self.database,
            "TIDINGS_PORT": str(self.port),
            "TIDINGS_RATE_LIMIT": "1000000",
            "TIDINGS_MAIL_NETWORKS": "127.0.0.1",
            **given,
        }
        process = self.processes[name] = Process(name, role, environment, self.folder / f"{name}.out")
        await process.start()
        return process

    async def up(self) -> None:
        """Wait until the API answers."""
        while not await answers("127.0.0.1", self.port):
            await asyncio.sleep(0.05)

    async def ask(self, question: str, *arguments: Any) -> list[asyncpg.Record]:
        """Ask the database, whenever it is there to be asked."""
        while True:
            try:
                connection = await asyncpg.connect(self.database, timeout=10)
                try:
                    return await connection.fetch(question, *arguments)
                finally:
                    await connection.close()
            except AWAY:
                await asyncio.sleep(0.1)

    async def value(self, question: str, *arguments: Any) -> Any:
        return (await self.ask(question, *arguments))[0][0]

    async def until(self, claim: Callable[[], Awaitable[Any]], says: str, seconds: float = 60) -> Any:
        """Wait until the claim holds."""
        deadline = time.monotonic() + seconds
        while not (found := await claim()):
            if time.monotonic() > deadline:
                raise AssertionError(f"it does not come to pass: {says}\n{self.words()}")
            await asyncio.sleep(0.05)
        return found

    async def unread(self) -> int:
        """Give how many rows of the log are not applied."""
        found: int = await self.value(
            "SELECT count(*) FROM log l JOIN cursors c USING (partition) WHERE (l.xid, l.seq) > (c.xid, c.seq)"
        )
        return found

    def words(self) -> str:
        """The last words of every process."""
        outputs = [*self.folder.glob("*.out"), self.folder / "data" / "postgres.log"]
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in outputs if path.exists()
        )

    def said(self, name: str, level: str) -> list[dict[str, Any]]:
        """What a process has logged on a level."""
        lines = (self.folder / f"{name}.out").read_text(errors="replace").splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in found if line.get("level") == level]


@asynccontextmanager
async def installation(
    parent: Path | None = None, *, memory: int = 256 << 20, fresh: bool = False
) -> AsyncIterator[Installation]:
    """Set one up, and leave nothing behind. ``fresh``: without tables, workspace and key."""
    folder = Path(tempfile.mkdtemp(prefix="tidings-chaos-", dir=parent))
    made = Installation(folder, memory)
    try:
        await made.begin(fresh)
        yield made
    finally:
        await made.end()
        shutil.rmtree(folder, ignore_errors=True)


def crash(postgres: Embedded) -> None:
    """Kill PostgreSQL with all its sessions."""
    assert postgres.pid is not None
    os.kill(postgres.pid, signal.SIGKILL)


async def cut(made: Installation, share: float, draw: Callable[[], float]) -> int:
    """End a share of the sessions of Tidings' processes."""
    sessions: Sequence[asyncpg.Record] = await made.ask(
        "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'tidings %'"
    )
    chosen = [row[0] for row in sessions if draw() < share]
    await made.ask("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS s(pid)", chosen)
    return len(chosen)


async def jump(made: Installation, seconds: int) -> None:
    """Put the clock by which the log stamps its rows that far from the right time, from now on."""
    await made.ask(
        "ALTER TABLE log ALTER COLUMN stamp SET DEFAULT "
        f"((extract(epoch FROM clock_timestamp()) + {seconds}) * 1000000)::bigint"
    )
