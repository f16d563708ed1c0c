"""A way to the database that can be cut at the worst moment: after a commit has been sent on, before its answer comes back."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

_COMMIT = b"Q\x00\x00\x00\x0cCOMMIT;\x00"


class Way:
    """``url`` leads to the database by this process. ``cut_commits``: of so many commits the answers will be lost. ``open``: while it is
    cleared nothing passes, and nobody is told."""

    def __init__(self, url: str, folder: Path) -> None:
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        self._target = f"{query['host'][0]}/.s.PGSQL.{query['port'][0]}"
        self._folder = folder
        self.url = parts._replace(query=f"host={quote(str(folder))}&port=1").geturl()
        self.cut_commits = 0
        self.open = asyncio.Event()
        self.open.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def begin(self) -> None:
        self._server = await asyncio.start_unix_server(self._carry, str(self._folder / ".s.PGSQL.1"))

    async def end(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        up_reader, up_writer = await asyncio.open_unix_connection(self._target)
        back = asyncio.create_task(self._copy(up_reader, writer))
        try:
            while data := await reader.read(1 << 16):
                await self.open.wait()
                cut = self.cut_commits > 0 and _COMMIT in data
                if cut:
                    self.cut_commits -= 1
                    back.cancel()
                    await asyncio.gather(back, return_exceptions=True)
                up_writer.write(data)
                await up_writer.drain()
                if cut:
                    await up_reader.read(1)  # the answer has come: it is done
                    writer.transport.abort()
                    return
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            back.cancel()
            up_writer.close()
            writer.close()
            self._tasks.discard(task)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                await self.open.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def way(url: str) -> AsyncIterator[Way]:
    """Open one."""
    with tempfile.TemporaryDirectory(prefix="tidings-way-") as folder:
        made = Way(url, Path(folder))
        await made.begin()
        try:
            yield made
        finally:
            await made.end()
