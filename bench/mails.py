"""Mails that one deliver process claims, renders and hands to an SMTP server, all of them waiting when it begins."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import msgspec
import psutil

from bench.ground.figure import Figure
from bench.ground.town import Town
from tidings.channels.email.smtp import PROVIDER, SmtpSettings
from tidings.channels.provider import Means, Outgoing, Recipient
from tidings.delivery import queue, store
from tidings.delivery.claim import claim
from tidings.delivery.delivery import Plan
from tidings.delivery.workspaces import Workspaces
from tidings.kernel.effects import Planned
from tidings.kernel.ids import digest, home_of
from tidings.kernel.times import DAY

ORDER: Final = 55
WARM: Final = 0.1
"""The part of the mails that goes by before the clock starts."""
TEMPLATE: Final = (
    "---\nsubject: Hello {{ customer.first_name }}\ntopic: news\n---\n<h1>Hello {{ customer.first_name }}</h1>\n"
    + "<p>A line of a letter that goes on for a while, as such letters do, and says {{ customer.plan }} here and there.</p>\n"
    * 25
    + "".join(
        f'<p><a href="https://bench.example/{n}?city={{{{ customer.city }}}}">Link {n}</a></p>\n' for n in range(5)
    )
    + "{% unsubscribe %}\n"
)


async def measure(town: Town) -> list[Figure]:
    """Time the process against handing over the same mails made beforehand."""
    count = max(50, town.size.timers // 3)
    await town.settle(count)
    async with _sink() as (process, port):
        await _define(town, port)
        await _plan(town, count)
        made = await _composed(town, min(count, 2000))
        bare = await _bare(made, port, process)
        sent = len(made)
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tidings.app.deliver",
            env={**os.environ, "TIDINGS_DATABASE_URL": town.url, "TIDINGS_LOG_LEVEL": "warning"},
        )
        try:
            begin, _ = await _reaches(process, sent + int(count * WARM))
            before = psutil.Process(worker.pid).cpu_times()
            end, _ = await _reaches(process, sent + count)
            after = psutil.Process(worker.pid).cpu_times()
        finally:
            with suppress(ProcessLookupError):
                worker.terminate()
            await worker.wait()
    taken = max(end - begin, 1e-3)
    rate = (count - int(count * WARM)) / taken
    share = (after.user + after.system - before.user - before.system) / taken
    size = len(made[0].message)
    return [
        Figure(
            "mails one deliver process hands to SMTP",
            rate,
            "/s",
            rate / bare,
            0.1,
            "2,000",
            f"the same mails, made beforehand, handed over by the same client: {bare:,.0f}/s",
            f"{count:,} mails of {size:,} bytes waiting; the process takes {share:.2f} of a core",
        )
    ]


@asynccontextmanager
async def _sink() -> AsyncIterator[tuple[Process, int]]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.delivery.sink", stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    try:
        yield process, int(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


async def _reaches(process: Process, count: int) -> tuple[float, float]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"%d\n" % count)
    at, cpu = (await process.stdout.readline()).split()
    return float(at), float(cpu)


async def _define(town: Town, port: int) -> None:
    town.number += 1
    body = {
        "settings": {
            "workspace": "bench",
            "senders": {"team": {"email": "hello@bench.example", "name": "Bench"}},
            "topics": {"news": {"name": "News"}},
            "channels": {"email": {"provider": "smtp", "host": "127.0.0.1", "port": port, "security": "none"}},
        },
        "journeys": {"letter": {"version": 1, "status": "live"}},
        "templates": {"letter": {"version": 1, "text": TEMPLATE, "format": "html"}},
    }
    async with town.pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO definitions (workspace, number, body) VALUES ($1, $2, $3)",
            town.workspace,
            town.number,
            msgspec.json.encode(body).decode(),
        )


async def _plan(town: Town, count: int) -> None:
    now = time.time_ns() // 1000
    plans = []
    for n in range(count):
        person = town.person_id(n)
        effect = Planned(
            digest("letter", n, key=town.secret),
            digest("run", n),
            "letter",
            1,
            "send",
            "letter",
            "email",
            now,
            now + DAY,
        )
        plans.append(Plan(home_of(person), town.workspace, person, effect, town.number))
    async with town.pool.acquire() as connection:
        for first in range(0, count, 2000):
            await store.plan(connection, plans[first : first + 2000])
        await connection.execute("VACUUM (ANALYZE) deliveries")


async def _composed(town: Town, count: int) -> list[Outgoing]:
    """What the process will make, made here; nothing of it is kept."""
    async with town.pool.acquire() as connection:
        waiting = [(each, count) for each in await queue.waiting(connection)]
        given = connection.transaction()
        await given.start()
        now = time.time_ns() // 1000
        found = await claim(
            connection, Workspaces(), "https://t.bench.example", worker=1, now=now, limit=count, lanes=waiting
        )
        await given.rollback()
    return [handout.outgoing for handout in found.handouts]


async def _bare(made: list[Outgoing], port: int, process: Process) -> float:
    settings = SmtpSettings(host="127.0.0.1", port=port, security="none")
    async with PROVIDER.open(settings, Means()) as sender:
        await sender.send_many([msgspec.structs.replace(made[0], recipients=(Recipient("warm@bench.example"),))])
        began = time.perf_counter()
        await sender.send_many(made)
        return len(made) / (time.perf_counter() - began)
