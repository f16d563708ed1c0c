"""A backtest: one journey and five segments against a hundred events a person, every one of which concerns them."""

import asyncio
import json
import time
from typing import Any

from bench.ground.figure import Figure
from bench.ground.load import Came, load
from bench.ground.processes import free_port, process
from bench.ground.town import CHUNK, Town
from tidings.database.access import Workspace, create_source
from tidings.engine import Workspace as Secret
from tidings.history import kinds
from tidings.history.body import pack
from tidings.history.store import COLUMNS as HISTORY
from tidings.history.store import Entry
from tidings.kernel.ids import digest, home_of
from tidings.kernel.times import DAY, HOUR
from tidings.people import store
from tidings.people.document import Person
from tidings.simulate import kept
from tidings.simulate.backtest import Asked, backtest
from tidings.simulate.reading import Interest, reading, rows_of_partition
from tidings.simulate.row import body_of
from tidings.simulate.side import Side

ORDER = 90
EVENTS = ("Product Viewed", "Cart Updated", "Checkout Started", "Order Completed", "Project Created")
EACH = 100
"""Events a person."""
DAYS = 30
FLOW = 200
"""Requests a second over HTTP meanwhile."""
BODY: dict[str, Any] = {
    "settings": {"workspace": "bench", "sender": "t", "senders": {"t": {"email": "t@bench.example"}}},
    "segments": {
        "viewers": {"segment": "viewers", "rule": 'did "Product Viewed" at least 3 times within 7 days'},
        "carts": {"segment": "carts", "rule": 'did "Cart Updated" at least 2 times within 3 days where total > 500'},
        "buyers": {"segment": "buyers", "rule": 'did "Order Completed" within 30 days'},
        "makers": {"segment": "makers", "rule": 'did "Project Created" at least 5 times'},
        "warm": {"segment": "warm", "rule": 'in segment "viewers" and in segment "carts" and in segment "makers"'},
    },
    "journeys": {
        "cart": {
            "version": 1,
            "status": "live",
            "document": {
                "journey": "cart",
                "trigger": {"event": "Checkout Started"},
                "audience": "email is present",
                "reenter": "after 7 days",
                "exit": 'did "Order Completed" since entry where total > 900',
                "goal": {"rule": 'did "Order Completed" since entry', "within": "7 days"},
                "steps": [
                    {"id": "think", "wait": "2 hours"},
                    {
                        "id": "way",
                        "branch": [
                            {"when": 'in segment "warm"', "steps": [{"id": "warm", "send": "nudge"}]},
                            {"when": 'in segment "buyers"', "steps": [{"id": "buyer", "send": "nudge"}]},
                            {"otherwise": [{"id": "else", "send": "nudge"}]},
                        ],
                    },
                ],
            },
        }
    },
    "templates": {
        "nudge": {
            "version": 1,
            "format": "markdown",
            "text": "---\nchannel: email\nsubject: Still there?\n---\nIt is {{ event.total }}.\n",
        }
    },
}


async def measure(town: Town) -> list[Figure]:
    """Load people with their history; play it in this process, and in two while the API serves."""
    people = max(20, town.size.many_events // (10 * EACH))
    await _settle(town, people)
    own = Workspace(town.workspace, "bench", town.secret)
    decoded, rows = await _decode(town)
    asked = Asked("cart", [("draft", BODY, False)], days=DAYS)
    id = await backtest(town.pool, town.url, own, asked, processes=0)
    count = await _count(town, id)
    speed = count["inputs"] / max(count["seconds"], 1e-9)
    async with town.pool.acquire() as connection:
        key = await create_source(connection, town.workspace, "bench", "write_key")
    port = free_port()
    async with process("tidings.app.api", town.url, port):
        before = await load(port, key, 8, 3, 1, people, FLOW)
        came: list[Came] = []
        flowing = asyncio.create_task(_flow(came, port, key, people))
        began = time.perf_counter()
        second = await backtest(town.pool, town.url, own, asked, processes=2)
        taken = time.perf_counter() - began
        flowing.cancel()
        assert (await _count(town, second))["inputs"] == count["inputs"]
    entries = count["sides"][0]["entries"]
    note = f"{people:,} people, {count['inputs']:,} events, all of which concern the journey; {entries:,} entries"
    return [
        Figure(
            "person-events backtested on one core",
            speed,
            "/s",
            speed / decoded,
            0.05,
            "20,000",
            f"reading and decoding the same rows: {decoded:,.0f}/s of a processor's time",
            note,
        ),
        Figure(
            f"a history of {rows:,} rows backtested by two processes",
            taken,
            "s",
            None,
            120,
            "120 s",
            "",
            f"{FLOW} requests/s over HTTP meanwhile: p50 {_most(came, 'p50'):.1f} ms, p99 {_most(came, 'p99'):.1f} ms in the slowest five "
            f"seconds; before it {1000 * before.p50:.1f} and {1000 * before.p99:.1f} ms",
            more=False,
        ),
    ]


async def _flow(came: list[Came], port: int, key: str, people: int) -> None:
    """Let requests come in, until cancelled."""
    while True:
        came.append(await load(port, key, 8, 5, 1, people, FLOW))


def _most(came: list[Came], what: str) -> float:
    """The worst of them, in milliseconds."""
    return 1000 * max((float(getattr(each, what)) for each in came), default=0.0)


async def _settle(town: Town, people: int) -> None:
    """Let people live here, each with their past; and a snapshot in force."""
    now = time.time_ns() // 1000 - HOUR
    draw = town.random
    bodies = [pack(town.properties()) for _ in range(500)]
    async with town.pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO definitions (workspace, number, body) VALUES ($1, 1, $2)", town.workspace, json.dumps(BODY)
        )
        for first in range(0, people, CHUNK // EACH):
            documents, rows = [], []
            for n in range(first, min(first + CHUNK // EACH, people)):
                id, name, began = town.person_id(n), town.name(n), now - 60 * DAY
                email = f"{name}@bench.example"
                identifiers = [("id", name), ("email", email)]
                person = Person(id, town.workspace, home_of(id), began, id, identifiers, {"email": email, "id": name})
                documents.append(store.row(person))
                said = {"take": identifiers, "release": []}
                link = digest("named", id)
                rows.append(Entry(home_of(id), kinds.LINK, id, began, began, 0, "named", link, pack(said)))
                moments = sorted(began + draw.randrange(60 * DAY) for _ in range(EACH))
                rows += [
                    Entry(
                        home_of(id),
                        kinds.TRACK,
                        id,
                        at,
                        at + 5000,
                        1 + m,
                        draw.choice(EVENTS),
                        digest("event", n, m),
                        bodies[draw.randrange(500)],
                    )
                    for m, at in enumerate(moments)
                ]
            async with connection.transaction():
                await store.write(connection, sorted(documents))
            await connection.copy_records_to_table("history", columns=HISTORY, records=rows)
        await connection.execute("VACUUM (ANALYZE) people")
        await connection.execute("VACUUM (ANALYZE) history")
    town.people = people


async def _decode(town: Town) -> tuple[float, int]:
    """Give how many rows a second of a processor's time can be read and decoded, and how many there are."""
    side = Side("draft", "cart", Secret(town.workspace, town.secret), BODY, live=False)
    interest = Interest.of([side], time.time_ns() // 1000)
    rows, began = 0, time.process_time()
    async with reading(town.url) as connection:
        for partition in range(64):
            async for page in rows_of_partition(connection, partition, interest, None):
                for row in page:
                    body_of(row)
                rows += len(page)
    return rows / max(time.process_time() - began, 1e-9), rows


async def _count(town: Town, id: str) -> dict[str, Any]:
    async with town.pool.acquire() as connection:
        found = await kept.read(connection, town.workspace, id)
    assert found is not None
    assert found.result is not None
    count: dict[str, Any] = found.result["count"]
    return count
