"""Single events over HTTP, each answered when it is durable, on 64 connections."""

from bench.ground.figure import Figure
from bench.ground.load import load
from bench.ground.processes import Share, free_port, process
from bench.ground.town import Town
from tidings.database.access import create_source

ORDER = 10
CONNECTIONS = 64


async def measure(town: Town) -> list[Figure]:
    """Load the API, then the same server answering without work."""
    people, seconds = town.size.people, town.size.seconds
    async with town.pool.acquire() as connection:
        key = await create_source(connection, town.workspace, "bench", "write_key")
    port = free_port()
    async with process("tidings.app.api", town.url, port) as api:
        await load(port, key, CONNECTIONS, seconds / 4, 1, people)
        share = Share(api)
        came = await load(port, key, CONNECTIONS, seconds, 1, people)
        used = share.so_far()
    port = free_port()
    async with process("bench.ground.empty", town.url, port):
        empty = await load(port, key, CONNECTIONS, seconds, 1, people)
    rate, bare = came.answered / came.seconds, empty.answered / empty.seconds
    return [
        Figure(
            "single-event requests accepted durably",
            rate,
            "/s",
            rate / max(bare, 1),
            0.2,
            "10,000",
            f"the same server answering without work: {bare:,.0f}/s",
            f"{CONNECTIONS} connections; p50 {came.p50 * 1000:.1f} ms, p99 {came.p99 * 1000:.1f} ms; {came.wrong} refused; "
            f"the load takes {came.cpu:.2f} of a core ({empty.cpu:.2f} without work), the API {used:.2f}",
        )
    ]
