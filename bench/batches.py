"""Events accepted through ``/v1/batch``, a hundred a request."""

from statistics import median

from bench.ground.figure import Figure
from bench.ground.load import load
from bench.ground.processes import Share, free_port, process
from bench.ground.town import Town
from tidings.database.access import create_source

ORDER = 20
EVENTS = 100
CONNECTIONS = 16


async def measure(town: Town) -> list[Figure]:
    """Load the API; then COPY the rows it wrote into tables like the log and without indexes."""
    async with town.pool.acquire() as connection:
        key = await create_source(connection, town.workspace, "bench", "write_key")
    port = free_port()
    async with process("tidings.app.api", town.url, port) as api:
        share = Share(api)
        came = await load(port, key, CONNECTIONS, town.size.seconds, EVENTS, town.size.people)
        used = share.so_far()
    rows = [(row[0], row[1]) for row in await town.pool.fetch("SELECT partition, body FROM log LIMIT 100000")]
    bare = median([await town.copy_bare(rows, 2000) for _ in range(5)])
    heap = median([await town.copy_bare(rows, 2000, heap=True) for _ in range(5)])
    rate = came.answered * EVENTS / came.seconds
    return [
        Figure(
            "events accepted through /v1/batch of 100",
            rate,
            "/s",
            rate / bare,
            0.15,
            "50,000",
            f"bare COPY of the same rows into a table like the log, 2,000 a commit: {bare:,.0f}/s",
            f"{CONNECTIONS} connections; p99 of a request {came.p99 * 1000:.0f} ms; {came.wrong} refused; "
            f"the load takes {came.cpu:.2f} of a core, the API {used:.2f}",
        ),
        Figure(
            "the same",
            rate,
            "/s",
            rate / heap,
            None,
            "",
            f"bare COPY of their two columns, without an index: {heap:,.0f}/s",
        ),
    ]
