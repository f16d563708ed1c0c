"""The load over HTTP, in a process of its own: keep-alive connections that send one request after another, as fast or as often as asked.

``python -m bench.ground.load PORT KEY CONNECTIONS SECONDS EVENTS PEOPLE RATE``: ``EVENTS`` 1 sends single events, more sends batches of
so many; ``RATE`` is requests a second over all connections (0: as many as it can). Prints what came of it as JSON.
"""

import asyncio
import json
import random
import sys
import time
from asyncio.subprocess import PIPE
from base64 import b64encode
from typing import Final

import msgspec
import uvloop
from msgspec import Struct

from bench.ground.project import EVENTS

WARM: Final = 0.1
"""The part of the time before the counting starts."""


class Came(Struct):
    """``answered``: requests answered 200 within ``seconds``; ``wrong``: other answers; ``cpu``: of a core, used by the load itself."""

    answered: int
    wrong: int
    seconds: float
    cpu: float
    p50: float
    p99: float


async def load(
    port: int, key: str, connections: int, seconds: float, events: int, people: int, rate: float = 0
) -> Came:
    """Send from another process."""
    words = [str(each) for each in (port, key, connections, seconds, events, people, rate)]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.ground.load", *words, stdout=PIPE)
    try:
        out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return msgspec.json.decode(out, type=Came)


class Making:
    """Makes requests; no two alike."""

    def __init__(self, key: str, events: int, people: int) -> None:
        self._events, self._people = events, people
        self._draw = random.Random()
        self._head = (
            b"Authorization: Basic " + b64encode(f"{key}:".encode()) + b"\r\nContent-Type: application/json\r\n"
        )
        self._run = f"{self._draw.randrange(1 << 40):010x}"
        self._count = 0

    def request(self) -> bytes:
        """Give the bytes of one."""
        if self._events == 1:
            path, body = b"/v1/track", self._event()
        else:
            path = b"/v1/batch"
            body = b'{"batch":[' + b",".join(self._event() for _ in range(self._events)) + b"]}"
        return (
            b"POST %b HTTP/1.1\r\nHost: bench\r\n%bContent-Length: %d\r\n\r\n" % (path, self._head, len(body))
        ) + body

    def _event(self) -> bytes:
        self._count += 1
        draw = self._draw
        who, what = draw.randrange(self._people), EVENTS[draw.randrange(len(EVENTS))]
        return (
            f'{{"type":"track","userId":"user-{who}","event":"{what}","messageId":"{self._run}-{self._count}","properties":'
            f'{{"total":{draw.randrange(900)},"currency":"EUR","items":{draw.randrange(1, 9)},"sku":"sku-{draw.randrange(5000)}",'
            '"category":"garden","url":"https://shop.example/garden/chairs/17?from=mail"}}'
        ).encode()


class _Connection(asyncio.Protocol):
    """Sends the next request when the last is answered."""

    def __init__(self, sending: "_Sending") -> None:
        self._sending = sending
        self._buffer = b""
        self._begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport) or hasattr(transport, "write")
        self._transport = transport
        self._next()

    def _next(self) -> None:
        wait = self._sending.wait()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._send)
        else:
            self._send()

    def _send(self) -> None:
        if self._sending.over:
            self._transport.close()
            return
        self._begun = time.perf_counter()
        self._transport.write(self._sending.making.request())  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        self._buffer = self._buffer[end + 4 + length :]
        self._sending.answered(head.startswith(b"http/1.1 200"), time.perf_counter() - self._begun)
        self._next()


class _Sending:
    def __init__(self, making: Making, rate: float) -> None:
        self.making, self._rate = making, rate
        self.over, self.counting = False, False
        self.good, self.wrong = 0, 0
        self.times: list[float] = []
        self._turn = time.perf_counter()

    def wait(self) -> float:
        if not self._rate:
            return 0
        now = time.perf_counter()
        self._turn = max(self._turn + 1 / self._rate, now - 0.1)
        return self._turn - now

    def answered(self, good: bool, seconds: float) -> None:
        if self.counting:
            self.good += good
            self.wrong += not good
            self.times.append(seconds)


async def _main(port: int, key: str, connections: int, seconds: float, events: int, people: int, rate: float) -> Came:
    sending = _Sending(Making(key, events, people), rate)
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(sending), "127.0.0.1", port)
    await asyncio.sleep(seconds * WARM)
    sending.counting = True
    began, used = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds * (1 - WARM))
    sending.counting = False
    taken, used = time.perf_counter() - began, time.process_time() - used
    sending.over = True
    times = sorted(sending.times) or [0.0]
    return Came(
        sending.good,
        sending.wrong,
        taken,
        used / taken,
        times[len(times) // 2],
        times[min(len(times) - 1, len(times) * 99 // 100)],
    )


if __name__ == "__main__":
    _port, _key, _connections, _seconds, _events, _people, _rate = sys.argv[1:]
    _came = uvloop.run(
        _main(int(_port), _key, int(_connections), float(_seconds), int(_events), int(_people), float(_rate))
    )
    print(json.dumps(msgspec.to_builtins(_came)))
