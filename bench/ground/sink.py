"""A mail server in a process of its own that takes whatever comes, and tells to whom and when on its output, one JSON line a mail."""

import asyncio
import json
import re
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import uvloop

_HELLO: Final = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
_TO: Final = re.compile(rb"RCPT TO:\s*<([^>]*)>", re.IGNORECASE)


class Sink:
    """The other side's. ``mails``: recipient -> unix seconds at which the newest mail to it was complete."""

    def __init__(self, process: Process, port: int) -> None:
        self.process, self.port = process, port
        self.mails: dict[str, float] = {}
        self.count = 0
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            to, at = json.loads(line)
            self.mails[to] = at
            self.count += 1
            self._news.set()

    async def took(self, to: str) -> float:
        """Wait for a mail to somebody; gives when it was complete."""
        while to not in self.mails:
            self._news.clear()
            await self._news.wait()
        return self.mails[to]


@asynccontextmanager
async def sinking() -> AsyncIterator[Sink]:
    """Run one."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.ground.sink", stdout=PIPE)
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    try:
        yield Sink(process, port)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


class _Session(asyncio.Protocol):
    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._buffer, self._in_mail, self._to = b"", False, ""
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        out = []
        while True:
            end = self._buffer.find(b"\r\n.\r\n" if self._in_mail else b"\r\n")
            if end < 0:
                break
            if self._in_mail:
                self._buffer, self._in_mail = self._buffer[end + 5 :], False
                print(json.dumps((self._to, time.time())), flush=True)
                out.append(b"250 ok\r\n")
                continue
            line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
            verb = line[:4].upper()
            if verb == b"RCPT" and (found := _TO.match(line)):
                self._to = found[1].decode()
            self._in_mail = verb == b"DATA"
            out.append({b"EHLO": _HELLO, b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n"))
        self._transport.write(b"".join(out))


async def _main() -> None:
    server = await asyncio.get_running_loop().create_server(_Session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_main())
