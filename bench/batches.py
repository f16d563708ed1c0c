"""Events accepted through ``/v1/batch``, a hundred a request."""

from bench.ground.baseline import bare
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
    against = await bare(town, rows)
    rate = came.answered * EVENTS / came.seconds
    return against.figures(
        "events accepted through /v1/batch of 100",
        rate,
        0.15,
        "50,000",
        f"{CONNECTIONS} connections; p99 of a request {came.p99 * 1000:.0f} ms; {came.wrong} refused; "
        f"the load takes {came.cpu:.2f} of a core, the API {used:.2f}",
    )
