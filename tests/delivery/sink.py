"""An SMTP server that takes whatever comes as fast as it can, and counts it: for throughput, where a real one would be the limit.

As a process of its own (``python -m tests.delivery.sink``) it prints its port, and for each number on a line of its input waits until
so many mails have come, then prints when that was (unix seconds) and how much of a core it has used (seconds).
"""

import asyncio
import sys
import time
from typing import Final

import uvloop

_HELLO: Final = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"


class Sink:
    """What came in. ``keep``: whole messages are kept in ``mails``; ``arrived`` is set with each."""

    def __init__(self, keep: bool = False) -> None:
        self.count, self.connections, self.port = 0, 0, 0
        self.keep = keep
        self.mails: list[bytes] = []
        self.arrived = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "Sink":
        self._server = await asyncio.get_running_loop().create_server(lambda: _Session(self), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def until(self, count: int) -> None:
        """Wait until so many have come."""
        while self.count < count:
            self.arrived.clear()
            if self.count < count:
                await self.arrived.wait()

    def took(self, data: bytes) -> None:
        self.count += 1
        if self.keep:
            self.mails.append(data)
        self.arrived.set()


class _Session(asyncio.Protocol):
    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.buffer = b""
        self.in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport) or hasattr(transport, "write")
        self.transport: asyncio.WriteTransport = transport  # type: ignore[assignment]
        self.sink.connections += 1
        self.transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        out = []
        while True:
            if self.in_data:
                end = self.buffer.find(b"\r\n.\r\n")
                if end < 0:
                    break
                body, self.buffer, self.in_data = self.buffer[: end + 2], self.buffer[end + 5 :], False
                self.sink.took(body)
                out.append(b"250 2.0.0 Ok: queued as %d\r\n" % self.sink.count)
                continue
            end = self.buffer.find(b"\r\n")
            if end < 0:
                break
            line, self.buffer = self.buffer[:end], self.buffer[end + 2 :]
            verb = line[:4].upper()
            if verb == b"EHLO":
                out.append(_HELLO)
            elif verb == b"DATA":
                self.in_data = True
                out.append(b"354 go on\r\n")
            elif verb == b"QUIT":
                out.append(b"221 bye\r\n")
            else:
                out.append(b"250 ok\r\n")
        self.transport.write(b"".join(out))


async def _serve() -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with Sink() as sink:
        print(sink.port, flush=True)
        while line := await lines.readline():
            await sink.until(int(line))
            print(time.time(), time.process_time(), flush=True)


if __name__ == "__main__":
    uvloop.run(_serve())
