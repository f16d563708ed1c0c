"""From an event's request to the mail in the hands of the mail server: through API, worker and delivery, idle and under load."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Sequence

import asyncpg

from bench.ground.figure import Figure
from bench.ground.load import load
from bench.ground.processes import free_port, process
from bench.ground.sink import Sink, sinking
from bench.ground.town import Town
from tidings.database.access import create_source

ORDER = 50
FLOW = 3000
"""Events a second beside it."""
PACE = 0.1
"""Seconds between two mails."""


async def measure(town: Town) -> list[Figure]:
    """Let one person after another do what is answered by a mail at once."""
    async with sinking() as sink:
        await town.define(channel=f'provider = "smtp"\nhost = "127.0.0.1"\nport = {sink.port}\nsecurity = "none"')
        await town.settle(town.size.people)
        async with town.pool.acquire() as connection:
            key = await create_source(connection, town.workspace, "bench", "write_key")
        port = free_port()
        async with (
            process("tidings.app.api", town.url, port),
            process("tidings.app.worker", town.url),
            process("tidings.app.deliver", town.url),
        ):
            mails = min(town.size.mails, town.people // 3)
            await _take(town, sink, port, key, range(mails // 10 + 1))
            idle = await _take(town, sink, port, key, range(mails, 2 * mails))
            base = await _base(town, sink)
            flowing = asyncio.create_task(
                load(port, key, 32, town.size.flow, 1, town.people, FLOW if town.size.flow > 5 else 100)
            )
            await asyncio.sleep(town.size.flow / 5)
            busy: list[float] = []
            n = 2 * mails
            while not flowing.done() and n < 3 * mails:
                busy += await _take(town, sink, port, key, [n])
                n += 1
            came = await flowing
    p50, p99 = _at(idle, 50), _at(idle, 99)
    told = f"{came.answered / came.seconds:,.0f} events/s beside it, the load takes {came.cpu:.2f} of a core; {len(busy)} mails"
    bare = f"two bare commits and one SMTP hand-off: {base * 1000:.1f} ms"
    return [
        Figure(
            "request to mail handed over, idle, p50",
            p50 * 1000,
            "ms",
            None,
            20,
            "20 (10)",
            bare,
            f"{len(idle)} mails",
            more=False,
        ),
        Figure("request to mail handed over, idle, p99", p99 * 1000, "ms", None, 100, "100", "", "", more=False),
        Figure(
            f"the same with {FLOW:,} events/s flowing, p50",
            _at(busy, 50) * 1000,
            "ms",
            None,
            None,
            "",
            "",
            told,
            more=False,
        ),
        Figure(
            f"the same with {FLOW:,} events/s flowing, p99",
            _at(busy, 99) * 1000,
            "ms",
            None,
            1000,
            "1,000",
            "",
            told,
            more=False,
        ),
    ]


async def _take(town: Town, sink: Sink, port: int, key: str, people: Sequence[int]) -> list[float]:
    """Send one event a person, a moment apart; gives how long each took, in seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    login = b64encode(f"{key}:".encode()).decode()
    taken = []
    for n in people:
        name = town.name(n)
        body = f'{{"userId":"{name}","event":"Asked For Mail","messageId":"mail-{n}","properties":{{"total":1}}}}'
        began = time.time()
        writer.write(
            f"POST /v1/track HTTP/1.1\r\nHost: bench\r\nAuthorization: Basic {login}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head.split(b"\r\n", 1)[0], head
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        async with asyncio.timeout(60):
            taken.append(await sink.took(f"{name}@bench.example") - began)
        await asyncio.sleep(PACE)
    writer.close()
    return taken


async def _base(town: Town, sink: Sink) -> float:
    """Give how long two bare commits and one hand-over take."""
    connection = await asyncpg.connect(town.url)
    await connection.execute("CREATE TABLE IF NOT EXISTS bare_commit (n integer)")
    reader, writer = await asyncio.open_connection("127.0.0.1", sink.port)
    await reader.readline()
    times = []
    for n in range(50):
        began = time.perf_counter()
        for _ in range(2):
            await connection.execute("INSERT INTO bare_commit VALUES ($1)", n)
        for line in (
            b"MAIL FROM:<a@bench.example>",
            b"RCPT TO:<b@bench.example>",
            b"DATA",
            b"Subject: x\r\n\r\nx\r\n.",
        ):
            writer.write(line + b"\r\n")
            await reader.readline()
        times.append(time.perf_counter() - began)
    writer.close()
    await connection.close()
    return _at(times, 50)


def _at(times: Sequence[float], percent: int) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
