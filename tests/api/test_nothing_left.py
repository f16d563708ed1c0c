"""Whoever is deleted is in no table any more: whatever they said has *zebra* in it, and so does what was done about them by hand."""

import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.api.seen import Seen, until
from tests.api.sending import sending
from tests.api.serving import Server
from tests.api.test_changing import attributes, finish
from tests.api.test_management import enter
from tests.conftest import Database
from tidings.kernel.times import DAY
from tidings.people import imported

WORD = "zebra"
WHO = f"{WORD}@example.com"
LOG = {"log", "log_0", "log_1", "log_2", "log_3"}
"""What came in lately stands there as it came, for a quarter of an hour (decision 13)."""
TABLES = {
    "people", "history", "links", "deliveries", "copies", "rejected", "audit", "people_task_rows", "catalog", "mailbox"
}  # fmt: skip
COLUMNS: list[dict[str, Any]] = [{"to": "email"}, {"to": "attribute", "name": "stripes"}]
FILE = f"email,stripes\n{WHO},{WORD}\nother@example.com,few\n{WORD},broken\n,{WORD} of nobody\n"


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Server]:
    async with sending(database) as server:
        yield server


async def holding(server: Server) -> dict[str, int]:
    """How many rows of which tables have the word in them, also packed."""
    tables = await server.database.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    stems = [b"", *(row[0] for row in await server.database.fetch("SELECT body FROM copy_stems"))]
    found = {}
    for (table,) in tables:
        rows = await server.database.fetch(f"SELECT * FROM {table}")
        if table not in LOG and (count := sum(any(tells(value, stems) for value in row) for row in rows)):
            found[table] = count
    return found


def tells(value: Any, stems: list[bytes]) -> bool:
    if isinstance(value, list):
        return any(tells(each, stems) for each in value)
    if isinstance(value, bytes):
        return any(WORD.encode() in each.lower() for each in (value, *unpacked(value, stems)))
    return isinstance(value, str) and WORD in value.lower()


def unpacked(value: bytes, stems: list[bytes]) -> Iterator[bytes]:
    """What is packed as a whole, or behind a byte that names the format, with what many have in common or without."""
    for start, bits, stem in ((0, 15, b""), *((1, -15, stem) for stem in stems)):
        with suppress(zlib.error):
            yield (zlib.decompressobj(wbits=bits, zdict=stem) if stem else zlib.decompressobj(wbits=bits)).decompress(
                value[start:]
            )


async def live_a_life(shop: Server) -> None:
    """Be in as many tables as one person can."""
    aside = {"context": {"page": {"path": WORD}, "traits": {"email": WHO}}, "integrations": {WORD: {"id": WORD}}}
    await shop.post("/v1/track", {"anonymousId": WORD, "event": f"Saw {WORD}", "properties": {WORD: WORD}, **aside})
    traits = {"email": WHO, "first_name": WORD, "plan": "trial", "deep": {WORD: [WORD]}}
    named = {"userId": WORD, "anonymousId": WORD}
    await shop.post("/v1/identify", {**named, "traits": traits})
    await shop.post("/v1/identify", {"userId": "old", "traits": {"first_name": WORD, "stripes": WORD}, **aside})
    await shop.post("/v1/alias", {"userId": WORD, "previousId": "old", **aside})
    await shop.post("/v1/track", {**named, "event": "Signed Up", "properties": {"plan": "trial", "by": WORD}, **aside})
    await shop.post("/v1/group", {**named, "groupId": "acme", "traits": {"relationshipAttributes": {"role": WORD}}})
    device = {"token": WORD, "type": "ios"}
    await shop.post("/v1/track", {**named, "event": "Device Created or Updated", "context": {"device": device}})
    await shop.post("/v1/identify", {"userId": "u", "traits": {"email": WHO}}, key=shop.public_key)  # refused: hers
    await shop.post("/v1/track", {**named, "properties": {"email": WHO}})  # refused: no event
    await shop.post("/v1/track", {"properties": {"email": WHO}, "event": "Seen"})  # refused: nobody
    await shop.post("/v1/track", {"event": "Seen", **aside})  # refused: nobody, and her traits beside it
    await shop.post("/v1/track", {**named, "event": "User Suppressed"}, key=shop.public_key)
    await shop.client.post(
        "/api/v1/events", json={"name": "Invited", "data": {"recipient": WHO}}, auth=shop.track_login
    )
    async with enter(shop, "author@example.com", "author") as browser:
        person = f"/api/people/id/{WORD}"
        await attributes(shop, f"id/{WORD}", lambda now: True)
        edited = await browser.patch(f"{person}/attributes", json={"set": {"stripes": WORD}})
        assert edited.status_code == 200, edited.text
        task = (await browser.post("/api/imports", json={"text": FILE, "columns": COLUMNS, "title": "a.csv"})).json()
        await finish(shop)
        again = await browser.patch(f"{person}/attributes", json={"set": {"stripes": f"{WORD} again"}})
        assert again.status_code == 200, again.text
        stopped = (await browser.post("/api/imports", json={"text": FILE, "columns": COLUMNS, "title": "b.csv"})).json()
        assert (await browser.post(f"/api/tasks/{stopped['id']}/stop")).status_code == 204
        assert task["id"] < stopped["id"]

    async def sent() -> bool:
        listed = (await shop.ask(f"/api/people/id/{WORD}/deliveries")).json().get("deliveries")
        return bool(listed) and listed[0]["state"] == "sent"

    await until(sent)
    await Seen(shop).applied()


@pytest.mark.parametrize("how", ["delete", "suppress"])
async def test_the_deleted_are_in_no_table_any_more(shop: Server, how: str) -> None:
    await live_a_life(shop)

    async def everywhere() -> bool:  # the catalog is written once a second
        there = {table.rstrip("_0123456789") for table in await holding(shop)}
        return there >= TABLES

    await until(everywhere)
    path = f"/api/v1/customers/{WORD}"
    if how == "delete":
        await shop.client.delete(path, auth=shop.track_login)
    else:
        await shop.client.post(f"{path}/suppress", json={}, auth=shop.track_login)
    seen = Seen(shop)
    assert await seen.person(WORD) == {}
    left = await holding(shop)
    assert set(left) <= {"catalog", "catalog_days"}, left
    rows = await shop.database.fetch("SELECT kind, name, property, example FROM catalog")
    assert [tuple(row) for row in rows if WORD in row["example"].lower()] == [], (
        "names of events and attributes stay, examples go"
    )
    audit = await shop.database.fetch("SELECT what, before, after FROM audit WHERE kind = 'person'")
    assert [tuple(row) for row in audit] == [("edited", None, None)] * 2, "that there was a change stays"
    assert (await seen.person("other@example.com", "email"))["attributes"]["stripes"] == "few"


async def test_what_was_listed_of_somebody_who_never_came_to_be_goes_too(shop: Server) -> None:
    await shop.post("/v1/track", {"userId": WORD, "properties": {"email": WHO}})
    await shop.post("/v1/track", {"properties": {"email": WHO}, "event": "Seen"})
    seen = Seen(shop)
    await shop.post("/v1/track", {"event": "Seen", "context": {"traits": {"email": WHO}}})
    assert len(await seen.rejected()) == 3
    for own in (WORD, WHO):
        await shop.client.delete(f"/api/v1/customers/{own}", auth=shop.track_login)
    assert await seen.rejected() == []
    assert set(await holding(shop)) == set()


async def test_what_an_import_keeps_for_its_undoing_is_kept_for_thirty_days(shop: Server) -> None:
    async with enter(shop, "author@example.com", "author") as browser:
        id = (await browser.post("/api/imports", json={"text": FILE, "columns": COLUMNS, "title": "a.csv"})).json()[
            "id"
        ]
        await finish(shop)
        await shop.database.execute("UPDATE people_tasks SET ended_at = ended_at - $1", 31 * DAY)
        (task,) = (await browser.get("/api/tasks")).json()["tasks"]
        assert task["can_undo"] is False
        assert (await browser.post(f"/api/tasks/{id}/undo")).status_code == 409
        kept = "SELECT count(*) FROM people_task_rows"
        assert await shop.database.fetchval(kept) == 5
        ended = await shop.database.fetchval("SELECT ended_at FROM people_tasks")
        async with shop.database.pool.acquire() as connection:
            await imported.forget_before(connection, ended + imported.KEPT)
            assert await shop.database.fetchval(kept) == 5
            await imported.forget_before(connection, ended + imported.KEPT + 1)
        assert await shop.database.fetchval(kept) == 0
