"""The list of people on a real database: every order, its pages, narrowed, and attributes indexed while they change."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings.kernel.records import Delete, Identify
from tidings.people import indexed, indexing, listing
from tidings.people.document import identifier


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database)
    yield made
    await made.close()


async def settle(town: Town, *people: dict[str, Any]) -> None:
    await town.send(*(town.record(Identify(each), ("id", f"u{n}")) for n, each in enumerate(people)))


async def walk(town: Town, order: str, *, size: int = 2, **more: Any) -> list[str]:
    """The ids of everybody listed, page by page."""
    seen: list[str] = []
    after = None
    async with town.database.pool.acquire() as connection:
        while True:
            people, cursor = await listing.page(connection, town.workspace, order, after=after, limit=size, **more)
            seen += [identifier(each, "id") or "" for each in people]
            if cursor is None:
                return seen
            after = listing.cursor(str(cursor), order)


PEOPLE = [
    {"name": "Bo Berg", "email": "z@example.com", "seats": 5},
    {"name": "ada lovelace", "email": "y@example.com", "seats": 70},
    {"name": "Cy", "seats": "12"},
    {"email": "x@example.com", "seats": [1]},
    {"name": "Zoë Adams", "email": "a@example.com"},
]


async def test_every_order_has_everybody_once_and_who_lacks_it_last(town: Town) -> None:
    await settle(town, *PEOPLE)
    assert await walk(town, "name") == ["u1", "u0", "u2", "u4", "u3"]
    assert await walk(town, "name", descending=True) == ["u4", "u2", "u0", "u1", "u3"]
    assert await walk(town, "email") == ["u4", "u3", "u1", "u0", "u2"]
    assert await walk(town, "id", descending=True) == ["u4", "u3", "u2", "u1", "u0"]
    for order in ("created", "last_seen"):
        up, down = await walk(town, order, size=3), await walk(town, order, size=1, descending=True)
        assert sorted(up) == sorted(down) == ["u0", "u1", "u2", "u3", "u4"]
        assert up == down[::-1]


async def test_people_are_found_by_what_they_are_called(town: Town) -> None:
    await settle(town, *PEOPLE)
    async with town.database.pool.acquire() as connection:
        for text, who in {
            "u2": ["u2"],
            "U": ["u0", "u1", "u2", "u3", "u4"],
            "Y@": ["u1"],
            "bo": ["u0"],
            "ada": ["u1", "u4"],
            "berg": ["u0"],
            "erg": [],
        }.items():
            found = await listing.search(connection, town.workspace, text)
            assert [identifier(each, "id") for each in found] == who, text


async def index(town: Town, name: str) -> int:
    async with town.database.pool.acquire() as connection, connection.transaction():
        assert await indexed.mark(connection, town.workspace, name)
    while await indexing.work(town.database.pool):
        pass
    async with town.database.pool.acquire() as connection:
        number = await indexed.ready(connection, town.workspace, name)
    assert number is not None
    return number


async def test_an_attribute_is_indexed_kept_up_and_dropped(town: Town) -> None:
    await settle(town, *PEOPLE)
    number = await index(town, "seats")
    assert (await walk(town, "", attribute=number))[:3] == ["u0", "u2", "u1"]
    assert sorted(await walk(town, "", attribute=number)) == ["u0", "u1", "u2", "u3", "u4"]
    assert (await walk(town, "", attribute=number, descending=True))[:3] == ["u1", "u2", "u0"]
    some = listing.Narrowed("", number, *indexed.span("10..70"))
    assert await walk(town, "", attribute=number, narrowed=some) == ["u2", "u1"]
    assert await walk(town, "name", narrowed=some) == ["u1", "u2"]
    await town.send(
        town.record(Identify({"seats": 1}), ("id", "u1")),
        town.record(Identify({"seats": 11}), ("id", "u9")),
        town.record(Delete(), ("id", "u2")),
    )
    assert (await walk(town, "", attribute=number))[:3] == ["u1", "u0", "u9"]
    assert await town.database.fetchval("SELECT count(*) FROM attribute_keys") == 5
    async with town.database.pool.acquire() as connection:
        assert await indexed.drop(connection, town.workspace, "seats")
        assert not await indexed.drop(connection, town.workspace, "seats")
    while await indexing.work(town.database.pool):
        pass
    assert await town.database.fetchval("SELECT count(*) FROM attribute_keys") == 0
    async with town.database.pool.acquire() as connection:
        assert await indexed.listed(connection, town.workspace) == []


async def test_work_waits_for_who_may_not_know_of_the_mark(town: Town) -> None:
    """A batch that began before the mark writes a document without its key; were the row read before that, the value would be lost."""
    await settle(town, {"seats": 1})
    pool = town.database.pool
    async with pool.acquire() as old, old.transaction():
        await old.execute("SELECT pg_current_xact_id()")
        async with pool.acquire() as connection, connection.transaction():
            await indexed.mark(connection, town.workspace, "seats")
        assert await indexing.work(pool)
        assert not await indexing.work(pool)
        assert await town.database.fetchval("SELECT state FROM indexed_attributes") == "marked"
    while await indexing.work(pool):
        pass
    assert await town.database.fetchval("SELECT state FROM indexed_attributes") == "ready"
    assert await town.database.fetchval("SELECT count(*) FROM attribute_keys") == 1


async def test_a_workspace_has_ten_at_most(town: Town) -> None:
    async with town.database.pool.acquire() as connection, connection.transaction():
        marked = [await indexed.mark(connection, town.workspace, f"a{n}") for n in range(indexed.MOST + 1)]
        assert marked == [True] * indexed.MOST + [False]
        assert await indexed.mark(connection, town.workspace, "a3")


async def test_an_event_seldom_touches_the_order_by_last_seen(town: Town) -> None:
    await settle(town, {"name": "Ada"})
    before = await town.database.fetchval("SELECT seen FROM people_times")
    await settle(town, {"name": "Ada"})
    assert await town.database.fetchval("SELECT seen FROM people_times") == before
    await town.database.execute("UPDATE people_times SET seen = seen - 600000001")
    await settle(town, {"name": "Ada"})
    async with town.database.pool.acquire() as connection:
        ((ada,), _) = await listing.page(connection, town.workspace, "last_seen")
    assert await town.database.fetchval("SELECT seen FROM people_times") == ada.last_seen > before


def test_a_cursor_of_another_order_is_refused() -> None:
    with pytest.raises(ValueError, match="another order"):
        listing.cursor(str(listing.Cursor(False, "ada", b"x")), "created")
    for wrong in ("?", "zzzz", str(7)):
        with pytest.raises(ValueError, match="no cursor"):
            listing.cursor(wrong, "name")
