"""Incidents begin once, end once, are told together, and never in a storm; a notice is claimed by one and sent once."""

import asyncio
import json
import re
from pathlib import Path

from tests.conftest import Database
from tidings.channels import secrets
from tidings.database.access import Workspace, create_workspace
from tidings.database.pool import Connection
from tidings.history.curves import Point
from tidings.kernel.times import HOUR, MINUTE, SECOND
from tidings.project import incidents, looks
from tidings.project.incidents import MOST, OVER, claim, compose, settle, watch
from tidings.project.looks import KINDS
from tidings.project.telling import tell_all
from tidings.settings import Settings
from tidings.teams import store

ALL = [each.name for each in KINDS]
GRAVE = [each.name for each in KINDS if each.grave]
URL = "https://tidings.example"
START = 1_772_000_000 * SECOND


async def begin(connection: Connection) -> Workspace:
    workspace = await create_workspace(connection, "production")
    for email, kinds in (("ada@example.com", ALL), ("ben@example.com", GRAVE), ("eve@example.com", None)):
        account = await store.add_account(connection, email, email, "x")
        assert account is not None
        await store.set_member(connection, workspace.id, account, "admin")
        await incidents.choose(connection, workspace.id, account, kinds)
    return workspace


async def reject(connection: Connection, workspace: Workspace, on: bool) -> None:
    await connection.execute("DELETE FROM rejected")
    if on:
        await connection.execute(
            "INSERT INTO rejected (workspace, source, at, reason, keys, record) VALUES ($1, 1, 1, 'no@secret.example', '{}', '')",
            workspace.id,
        )


async def stop_ramp(connection: Connection, workspace: Workspace, id: str) -> None:
    """A ramp that stopped by itself: grave."""
    document = {"journey": id, "trigger": {"event": "Go"}, "steps": [{"id": "a", "send": "a"}]}
    ramp = {"stages": [[0.1, 0], [1, 0]], "began": 1, "stage": 0, "since": 1, "stopped": 5, "why": "5 of 9 came back"}
    entry = {"version": 1, "status": "paused", "document": document, "ramp": ramp}
    await connection.execute(
        "INSERT INTO definitions (workspace, number, body) SELECT $1, coalesce(max(number), 0) + 1, $2 FROM definitions",
        workspace.id,
        json.dumps({"journeys": {id: entry}}),
    )


async def sent(connection: Connection) -> list[tuple[str, str]]:
    rows = await connection.fetch("SELECT recipient, subject FROM notices ORDER BY id")
    return [tuple(row) for row in rows]


async def test_an_incident_is_told_once_and_its_end_once(database: Database) -> None:
    async with database.pool.acquire() as connection:
        workspace = await begin(connection)
        assert await watch(connection, workspace, URL, START) == 0
        await reject(connection, workspace, True)
        told = [await watch(connection, workspace, URL, START + n * MINUTE) for n in range(3)]
        assert told == [1, 0, 0]
        assert await sent(connection) == [("ada@example.com", "production: 1 record could not be applied")]
        text = await connection.fetchval("SELECT text FROM notices")
        assert f"{URL}/production/data/rejected" in text
        assert "secret" not in text
        await reject(connection, workspace, False)
        assert await watch(connection, workspace, URL, START + 5 * MINUTE) == 0
        await reject(connection, workspace, True)  # it comes again within minutes: still the same
        assert await watch(connection, workspace, URL, START + 9 * MINUTE) == 0
        await reject(connection, workspace, False)
        assert await watch(connection, workspace, URL, START + 10 * MINUTE) == 0
        assert await watch(connection, workspace, URL, START + 9 * MINUTE + OVER) == 1
        assert (await sent(connection))[-1][1] == "production: Over: 1 record could not be applied"
        assert await watch(connection, workspace, URL, START + 9 * MINUTE + 2 * OVER) == 0
        assert [each.ended is not None for each in await incidents.newest(connection, workspace.id)] == [True]


async def test_what_is_grave_reaches_who_asked_for_that_alone_and_slack(database: Database) -> None:
    async with database.pool.acquire() as connection:
        workspace = await begin(connection)
        await secrets.keep(connection, workspace.id, incidents.SLACK, "https://hooks.slack.com/x", b"k" * 32, "ada")
        await reject(connection, workspace, True)
        await stop_ramp(connection, workspace, "hello")
        assert await watch(connection, workspace, URL, START) == 3
        rows = await connection.fetch("SELECT way, recipient, text FROM notices ORDER BY id")
        texts = {(row[0], row[1]): row[2] for row in rows}
        assert set(texts) == {("mail", "ada@example.com"), ("mail", "ben@example.com"), ("slack", "")}
        assert "Urgent: The ramp of hello was stopped" in texts["mail", "ben@example.com"]
        assert "record" not in texts["mail", "ben@example.com"]
        assert "record" in texts["slack", ""]


async def test_each_kind_is_switched_for_each_reader(database: Database) -> None:
    async with database.pool.acquire() as connection:
        workspace = await begin(connection)
        await secrets.keep(connection, workspace.id, incidents.SLACK, "https://hooks.slack.com/x", b"k" * 32, "ada")
        assert await incidents.choose_for_slack(connection, workspace.id, ["ramp", "quiet"]) == ALL
        ada = await connection.fetchval("SELECT id FROM accounts WHERE email = 'ada@example.com'")
        assert await incidents.choose(connection, workspace.id, ada, ["rejected"]) == ALL
        await reject(connection, workspace, True)
        await stop_ramp(connection, workspace, "hello")
        await watch(connection, workspace, URL, START)
        rows = await connection.fetch("SELECT way, recipient, text FROM notices ORDER BY id")
        told = {row[0] + row[1]: ("ramp" in row[2], "record" in row[2]) for row in rows}
        assert told == {
            "mailada@example.com": (False, True),
            "mailben@example.com": (True, False),
            "slack": (True, False),
        }
        assert await incidents.choose_for_slack(connection, workspace.id, ALL) == ["ramp", "quiet"]
        readers = {each.recipient: each.kinds for each in await incidents.readers_of(connection, workspace.id)}
        assert readers == {"ada@example.com": ["rejected"], "ben@example.com": GRAVE, "": ALL}


def test_every_look_is_of_a_kind_that_can_be_switched() -> None:
    source = Path(looks.__file__).read_text("utf-8") + Path(incidents.__file__).read_text("utf-8")
    found = set(re.findall(r'Look\(\s*"(\w+)",\s*f?"(\w+)', source))
    assert {kind for kind, _ in found} == set(ALL)
    assert all(kind == key for kind, key in found), "a key begins with its kind"


async def test_there_is_no_storm_and_nothing_is_lost_in_one(database: Database) -> None:
    async with database.pool.acquire() as connection:
        workspace = await begin(connection)
        for n in range(MOST + 4):
            await stop_ramp(connection, workspace, f"j{n}")  # each takes the place of the one before
            await watch(connection, workspace, URL, START + n * MINUTE)
        assert [who for who, _ in await sent(connection)].count("ada@example.com") == MOST
        await watch(connection, workspace, URL, START + 2 * HOUR)
        last = (await sent(connection))[-1][1]
        assert last.startswith("production: ")
        assert not await connection.fetchval("SELECT count(*) FROM incidents WHERE ended IS NULL AND NOT told")


async def test_nobody_to_tell_and_several_who_look(database: Database) -> None:
    async with database.pool.acquire() as connection:
        workspace = await create_workspace(connection, "quiet")
        await reject(connection, workspace, True)
        assert await watch(connection, workspace, URL, START) == 0
        account = await store.add_account(connection, "ada@example.com", "Ada", "x")
        assert account is not None
        await store.set_member(connection, workspace.id, account, "admin")
        await incidents.choose(connection, workspace.id, account, ALL)

    async def look() -> int:
        async with database.pool.acquire() as own:
            return await watch(own, workspace, URL, START + MINUTE)

    assert sum(await asyncio.gather(*(look() for _ in range(4)))) == 1  # who chose later hears of what lasts, once


async def test_a_notice_is_taken_by_one_and_tried_again_only_where_it_did_not_arrive(database: Database) -> None:
    async with database.pool.acquire() as connection:
        workspace = await begin(connection)
        await reject(connection, workspace, True)
        await watch(connection, workspace, URL, START)
        notice = await claim(connection, START)
        assert notice is not None
        assert await claim(connection, START) is None
        await settle(connection, notice, "not reached", True, START)
        assert await claim(connection, START) is None
        notice = await claim(connection, START + 5 * MINUTE)
        assert notice is not None
        await settle(connection, notice, "no answer came", False, START)
        assert await claim(connection, START + HOUR) is None
        (row,) = await incidents.notices(connection, workspace.id)
        assert (row["state"], row["reason"]) == ("failed", "no answer came")


async def test_a_workspace_that_cannot_be_looked_at_keeps_no_other_silent(database: Database) -> None:
    async with database.pool.acquire() as connection:
        broken = await create_workspace(connection, "broken")
        await connection.execute(
            "INSERT INTO definitions (workspace, number, body) VALUES ($1, 1, $2)", broken.id, '{"journeys": {"x": {}}}'
        )
        workspace = await begin(connection)
        await reject(connection, workspace, True)
    await tell_all(database.pool, Settings())
    async with database.pool.acquire() as connection:
        assert [who for who, _ in await sent(connection)] == ["ada@example.com"]


async def test_where_everything_bounces_nothing_was_sent(database: Database) -> None:
    async with database.pool.acquire() as connection:
        workspace = await begin(connection)
        came_back = [Point("hello", 1, "welcome", "bounced", 5, times) for times in (2, 2)]
        (look,) = await looks.find(connection, workspace.id, {}, came_back, 6)
        assert (look.kind, look.says) == ("bounces", "100.0 % of the week's messages bounced")


async def test_what_is_grave_stands_first(database: Database) -> None:
    async with database.pool.acquire() as connection:
        workspace = await begin(connection)
        body = {"journeys": {"welcome": {"status": "live", "document": {"name": "Welcome"}}}}
        entered = [Point("welcome", 1, "", "entered", day, 10) for day in range(1, 7)]
        came_back = [Point("welcome", 1, "hello", "bounced", 5, 4)]
        found = await looks.find(connection, workspace.id, body, [*entered, *came_back], 8)
        assert [look.kind for look in found] == ["bounces", "quiet"]


def test_many_are_grouped_into_one_text() -> None:
    many = [
        incidents.Incident(
            n, f"k{n}", f"Thing {n}", "deliveries", False, START, START, START + HOUR if n % 2 else None, True
        )
        for n in range(50)
    ]
    subject, text = compose("production", URL, many)
    assert subject == "production: 25 things need a look"
    assert "And 10 more." in text
    assert "Over, after 50 minutes: Thing 1." in text
