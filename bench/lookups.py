"""People looked up over HTTP where there are a million: found, sorted, narrowed, and paged from the middle; and an attribute indexed."""

import time
from collections.abc import Mapping
from statistics import median

import httpx
import msgspec

from bench.ground.figure import Figure
from bench.ground.processes import free_port, process
from bench.ground.town import Town
from tidings.database.access import create_source
from tidings.kernel.times import DAY, SECOND
from tidings.people import indexed, indexing, listing
from tidings.people.document import Person

ORDER = 87
RUNS = 5
GATE = 100
_FIRST = (
    "Ada",
    "Bo",
    "Chloé",
    "Dmitri",
    "Émile",
    "Fatou",
    "Grace",
    "Hiro",
    "Inés",
    "Jonas",
    "Kofi",
    "Leila",
    "Mei",
    "Noor",
)
_LAST = (
    "Adams",
    "Berg",
    "Costa",
    "Dubois",
    "Eze",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ito",
    "Jensen",
    "Kaya",
    "Lovelace",
    "Meyer",
)


async def measure(town: Town) -> list[Figure]:
    """Let people live here who differ in name, visits and when they were seen, index two of their attributes, and look them up."""
    await town.define()
    now = time.time_ns() // 1000

    def dress(n: int, person: Person) -> Person:
        name = f"{_FIRST[n % len(_FIRST)]} {_LAST[n // len(_FIRST) % len(_LAST)]}{n // 7 % 5000}"
        attributes = {**person.attributes, "name": name, "visits": n * 7919 % 100_003}
        seen = now - n * 104_729 % (60 * DAY // SECOND) * SECOND
        return msgspec.structs.replace(person, attributes=attributes, created=now - 90 * DAY + n * 1000, last_seen=seen)

    await town.settle(town.size.many_people, dress)
    figures = [await _indexed(town)]
    async with town.pool.acquire() as connection:
        key = await create_source(connection, town.workspace, "bench", "app")
        segment, members = await connection.fetchrow(
            "SELECT segment, count(*) FROM memberships GROUP BY segment ORDER BY count(*) DESC LIMIT 1"
        ) or ("none", 0)
    half = town.people // 2
    middle = {
        "by name": ("name", listing.Cursor(False, "hiro", b"")),
        "by when last seen": ("-last_seen", listing.Cursor(False, now - 30 * DAY, b"")),
    }
    asked: dict[str, Mapping[str, str]] = {
        "by an id": {"q": town.name(half)},
        "by the beginning of an id that many have": {"q": town.name(half)[:7]},
        "by the beginning of an email": {"q": f"{town.name(half)[:-2]}"},
        "by the beginning of a last name": {"q": "lovelace12"},
        "sorted by name": {"sort": "name"},
        "sorted by when last seen": {"sort": "-last_seen"},
        "sorted by an indexed attribute": {"sort": "-attribute:visits"},
        "with a value of an indexed attribute, sorted by name": {"attribute": "visits", "value": "777", "sort": "name"},
        "with an indexed attribute between two values, sorted by when last seen": {
            "attribute": "visits",
            "value": "1000..60000",
            "sort": "-last_seen",
        },
        f"in a segment of {members:,}, sorted by name": {"segment": segment, "sort": "name"},
        **{
            f"a page from the middle, sorted {what}": {"sort": sort, "before": str(at)}
            for what, (sort, at) in middle.items()
        },
    }
    port = free_port()
    async with (
        process("tidings.app.api", town.url, port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        client.headers["authorization"] = f"Bearer {key}"
        for what, parameters in asked.items():
            taken, shown = [], 0
            for _ in range(RUNS + 1):
                began = time.perf_counter()
                said = await client.get("/api/people", params=parameters, timeout=60)
                taken.append(time.perf_counter() - began)
                said.raise_for_status()
                shown = len(said.json()["people"])
            note = f"median of {RUNS} after a first one, which took {taken[0] * 1000:.0f} ms; {shown} people shown; over HTTP"
            figures.append(
                Figure(
                    f"among {town.people:,} people: {what}",
                    median(taken[1:]) * 1000,
                    "ms",
                    floor=GATE,
                    aim="100",
                    note=note,
                    more=False,
                )
            )
    return figures


async def _indexed(town: Town) -> Figure:
    """Index two attributes, as the worker does; gives how long the first took."""
    taken = 0.0
    for name in ("plan", "visits"):
        async with town.pool.acquire() as connection, connection.transaction():
            await indexed.mark(connection, town.workspace, name)
        began = time.perf_counter()
        while await indexing.work(town.pool):
            pass
        taken = taken or time.perf_counter() - began
        async with town.pool.acquire() as connection:
            if await indexed.ready(connection, town.workspace, name) is None:
                raise RuntimeError(f"{name} is not indexed at the end")
    async with town.pool.acquire() as connection:
        await connection.execute("VACUUM (ANALYZE) attribute_keys")
    note = "read and written in portions of 500, between which everybody else writes"
    return Figure(f"an attribute of {town.people:,} people indexed in the background", taken, "s", note=note)
