"""Every request is answered within a bound, also where the database has gone silent: nothing is refused, nothing comes."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.api.serving import Server, serving
from tests.conftest import Database
from tests.processor.cutting import Way, way
from tidings.api.within import within
from tidings.kernel.ids import show_delivery

BOUND = 1
SLACK = 6.5
"""Seconds that a busy machine may take besides; the limits of what is waited for are eight and more."""


@pytest.fixture
async def silenced(database: Database) -> AsyncIterator[tuple[Server, Way]]:
    async with (
        way(database.url) as through,
        serving(Database(through.url, database.pool), answer_within=BOUND) as server,
    ):
        yield server, through
        through.open.set()


async def test_a_silent_database_leaves_no_request_unanswered(silenced: tuple[Server, Way]) -> None:
    server, through = silenced
    event = {"userId": "u", "event": "E"}
    assert (await server.post("/v1/track", event)).status_code == 200
    assert (await server.ask("/api/people")).status_code == 200
    through.open.clear()
    delivery = show_delivery(5, bytes(16))

    async def asked(request: "asyncio.Future[httpx.Response]") -> tuple[httpx.Response, float]:
        began = time.monotonic()
        return await request, time.monotonic() - began

    requests = [
        *(server.post("/v1/track", event) for _ in range(20)),
        *(server.post("/v1/track", {"userId": "u", "event": ""}) for _ in range(3)),
        *(server.post("/api/v1/metrics", {"delivery_id": delivery, "metric": "opened"}, key="") for _ in range(10)),
        *(server.ask("/api/people") for _ in range(10)),
        server.client.get("/healthz"),
    ]
    for answer, seconds in await asyncio.gather(*(asked(asyncio.ensure_future(each)) for each in requests)):
        assert answer.status_code in (503, 400), (answer.request.url, answer.text)
        assert seconds < BOUND + SLACK, answer.request.url
        if answer.status_code == 503 and answer.request.url.path != "/healthz":
            assert answer.headers["retry-after"] == "1"
    through.open.set()
    async with asyncio.timeout(30):
        while (await server.post("/v1/track", event)).status_code != 200:
            pass
        while (await server.ask("/api/people")).status_code != 200:
            pass


async def test_an_answer_that_has_begun_goes_on() -> None:
    sent = []

    async def work(receive: object, send: object) -> None:
        await send({"type": "http.response.start"})  # type: ignore[operator]
        await asyncio.sleep(0.05)
        await send({"type": "http.response.body"})  # type: ignore[operator]

    async def receive() -> dict[str, object]:
        return {}

    async def send(message: object) -> None:
        sent.append(message)

    assert await within(0.01, work, receive, send)
    assert len(sent) == 2


async def test_what_is_given_up_says_nothing_more() -> None:
    sent = []

    async def stubborn(receive: object, send: object) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            await send({"type": "http.response.start"})  # type: ignore[operator]

    async def receive() -> dict[str, object]:
        return {}

    async def send(message: object) -> None:
        sent.append(message)

    assert not await within(0.01, stubborn, receive, send)
    await asyncio.sleep(0.01)
    assert sent == []


async def test_waiting_for_the_sender_does_not_count() -> None:
    async def work(receive: object, send: object) -> None:
        await receive()  # type: ignore[operator]
        await send({"type": "http.response.start"})  # type: ignore[operator]

    async def slow() -> dict[str, object]:
        await asyncio.sleep(0.05)
        return {}

    async def send(message: object) -> None:
        pass

    assert await within(0.01, work, slow, send)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_log_line_that_cannot_be_written_stops_nothing() -> None:
    says = "import structlog; from tidings.app.logs import configure; configure('info')\n"
    says += "for n in range(3): structlog.get_logger().warning('x' * 10000, n=n)\nprint('went on')"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([sys.executable, "-c", says], stdout=subprocess.PIPE, stderr=full, text=True)
    assert done.stdout == "went on\n"
