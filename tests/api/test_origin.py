"""Who asks: seen past the proxies one has, and not fooled by those one has not."""

from typing import Any

import asyncpg
import pytest

from tests.api.serving import serving
from tests.conftest import Database
from tidings.api.limits import Buckets
from tidings.api.origin import Origins
from tidings.kernel.ids import show_delivery


def scope(client: str, *said: str) -> dict[str, Any]:
    return {"client": (client, 1), "headers": [(b"x-forwarded-for", each.encode()) for each in said]}


@pytest.mark.parametrize(
    ("client", "said", "found"),
    [
        ("203.0.113.7", (), "203.0.113.7"),
        ("203.0.113.7", ("198.51.100.1",), "203.0.113.7"),
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("1.2.3.4, 198.51.100.1, 10.0.0.2",), "198.51.100.1"),
        ("10.0.0.1", ("1.2.3.4", "198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", ("nonsense",), ""),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("2001:db8::1", (), "2001:db8::/64"),
        ("2001:db8::ffff", (), "2001:db8::/64"),
    ],
)
def test_an_address_is_believed_only_from_proxies(client: str, said: tuple[str, ...], found: str) -> None:
    assert Origins(["10.0.0.0/8"]).of(scope(client, *said)) == found


def test_many_addresses_do_not_fill_the_memory() -> None:
    now = [0.0]
    buckets = Buckets(10, lambda: now[0])
    for number in range(30_000):
        now[0] += 0.01
        assert buckets.take(str(number)) == 0
    assert len(buckets._buckets) <= 10_000
    for _ in range(10):
        buckets.take("one")
    assert buckets.take("one") > 0


async def test_metrics_are_for_this_machine_or_for_the_token(database: Database) -> None:
    elsewhere = {"X-Forwarded-For": "203.0.113.7"}
    async with serving(database) as server:
        page = await server.client.get("/metrics")
        assert (page.status_code, "tidings_requests_total" in page.text) == (200, True)
        assert (await server.client.get("/metrics", headers=elsewhere)).status_code == 401
        await database.execute(
            "INSERT INTO definitions (workspace, number, body) VALUES ($1, 1, '{}')", server.workspace
        )
        page = await server.client.get("/metrics")
        assert 'tidings_definitions_behind_partitions{workspace="production"} 64.0' in page.text


async def test_metrics_say_for_how_long_a_transaction_has_held_the_log_back(database: Database) -> None:
    async with serving(database) as server:

        async def held() -> float:
            page = (await server.client.get("/metrics")).text
            return float(
                next(line for line in page.splitlines() if line.startswith("tidings_log_held_seconds")).split()[1]
            )

        holder = await asyncpg.connect(database.url)
        await holder.execute("BEGIN")
        await holder.execute("SELECT pg_current_xact_id()")
        began = await holder.fetchval("SELECT extract(epoch FROM now())::float8")
        before = await holder.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8")
        assert await held() >= before - began > 0
        await holder.execute("ROLLBACK")
        await holder.close()


async def test_metrics_ask_for_their_token_and_strangers_have_a_bucket_each(database: Database) -> None:
    token = "0123456789abcdef"
    async with serving(database, metrics_token=token, rate_limit=5) as server:
        for given, status in (("", 401), (f"Bearer {token}x", 401), (f"Bearer {token}", 200)):
            assert (await server.client.get("/metrics", headers={"Authorization": given})).status_code == status
        report = {"delivery_id": show_delivery(5, bytes(16)), "metric": "opened"}

        async def told(address: str) -> int:
            headers = {"X-Forwarded-For": address}
            return (await server.post("/api/v1/metrics", report, key="", headers=headers)).status_code

        statuses = [await told("203.0.113.7") for _ in range(20)]
        assert set(statuses) == {200, 429}
        assert await told("203.0.113.8") == 200, "another address is not held to it"
