"""A version pins what it sends and runs: who finishes on a former one gets it as it was there last, whatever is published meanwhile."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import Database
from tests.delivery.world import World
from tests.processor.town import Town
from tidings.kernel.actor import Actor
from tidings.kernel.ids import show_delivery
from tidings.kernel.records import Consent, Event, Identify
from tidings.project import pieces, store
from tidings.project.apply import apply
from tidings.project.folder import Project, Source
from tidings.project.versions import roll_back

OPS = Actor("ops@example.com")
SETTINGS: dict[str, Any] = {
    "workspace": "town",
    "sender": "team",
    "senders": {"team": {"email": "hello@example.com"}},
    "topics": {"news": {"name": "News"}},
    "channels": {"email": {"provider": "mailbox"}},
}


def journey(*steps: Any) -> dict[str, Any]:
    return {"journey": "j", "trigger": {"event": "Signed Up"}, "steps": list(steps)}


def mail(says: str, front: str = "topic: news") -> Source:
    return Source(f"---\nsubject: {says}\nlayout: frame\n{front}\n---\n<p>{says}, {{{{ snippets.end }}}}</p>\n", "html")


def wait(step: str = "settle") -> dict[str, Any]:
    return {"id": step, "wait_until": 'did "Go" since entry'}


def project(*steps: Any, says: str, front: str = "topic: news", **more: Any) -> Project:
    """``says``: the mail, its layout and its snippet."""
    found = Project(
        settings=SETTINGS,
        journeys={"j": journey(*steps)},
        templates={"more": mail(says, front)},
        layouts={"frame": Source(f"<i>{says}</i>{{{{ content }}}}", "html")},
        snippets={"end": Source(says, "liquid")},
    )
    return replace(found, **more)


MORE = {"id": "more", "send": "more"}
REST = {"id": "rest", "wait": "1 day"}


class Pinned:
    """A town into which projects are applied, and the mail that leaves it."""

    def __init__(self, town: Town) -> None:
        self.town, self.sent = town, 0

    async def apply(self, wanted: Project) -> int:
        number = (await apply(self.town.database.pool, self.town.workspace, wanted)).number
        await self.town.rest()
        await self.town.built()
        return number

    async def does(self, event: str, *names: str) -> None:
        for name in names:
            who = ("id", name)
            await self.town.send(
                self.town.record(Identify({"email": f"{name}@example.com"}), who),
                self.town.record(Event(event, {}), who),
            )

    async def planned(self) -> list[tuple[str, int, str, bool, int]]:
        """(who, definitions, channel, may it come twice, hours until it expires) of what was planned."""
        names = {
            person.id: name
            for name in ("ada", "bob", "cyd")
            if (person := await self.town.person("id", name)) is not None
        }
        rows = await self.town.database.fetch("SELECT * FROM deliveries ORDER BY due")
        hours = 3_600_000_000
        return sorted(
            (
                names[row["person"]],
                row["definitions"],
                row["channel"],
                row["sure"],
                max(0, row["expires"] - row["due"]) // hours,
            )
            for row in rows
        )

    async def mails(self) -> dict[str, tuple[str, str]]:
        """Who got what in the end: subject and text."""
        world, database = World(self.town.database), self.town.database
        async with world.working():
            for partition, id in await database.fetch("SELECT partition, id FROM deliveries"):
                await world.until(show_delivery(partition, id), "sent")
        rows = await database.fetch("SELECT recipient, subject, html FROM mailbox ORDER BY id")
        return {
            row[0].partition("@")[0]: (row[1], " ".join(re.findall("first|second|third|fourth", row[2])))
            for row in rows
        }

    async def newest(self) -> store.InForce:
        async with self.town.database.pool.acquire() as connection:
            return await store.newest(connection, self.town.workspace)


@pytest.fixture
async def pinned(database: Database) -> AsyncIterator[Pinned]:
    town = await Town.make(database)
    yield Pinned(town)
    await town.close()


async def test_who_finishes_on_a_former_version_gets_its_messages_as_they_were_there_last(pinned: Pinned) -> None:
    await pinned.apply(project(wait(), MORE, says="first"))
    await pinned.does("Signed Up", "ada")
    live = await pinned.apply(project(wait(), MORE, says="second", front="transactional: true\nexpires: 3 hours"))
    await pinned.does("Signed Up", "bob")
    await pinned.apply(project(wait("pause"), {"id": "else", "send": "more"}, says="third"))
    await pinned.does("Signed Up", "cyd")
    newest = await pinned.apply(project(wait("pause"), {"id": "else", "send": "more"}, says="fourth"))
    await pinned.does("Go", "ada", "bob", "cyd")
    assert await pinned.planned() == [
        ("ada", live, "email", True, 3),
        ("bob", live, "email", True, 3),
        ("cyd", newest, "email", False, 24),
    ]
    assert await pinned.mails() == {
        "ada": ("second", "second second second"),
        "bob": ("second", "second second second"),
        "cyd": ("fourth", "fourth fourth fourth"),
    }


async def test_what_a_former_version_sends_may_be_removed_or_renamed(pinned: Pinned) -> None:
    number = await pinned.apply(project(wait(), MORE, says="first"))
    await pinned.does("Signed Up", "ada")
    await pinned.apply(project(REST, says="second"))
    async with pinned.town.database.pool.acquire() as connection:
        before = await store.newest(connection, pinned.town.workspace)
    await pieces.remove(
        pinned.town.database.pool, pinned.town.workspace, ("template", "more"), over=before.number, actor=OPS
    )
    await pinned.apply(
        project(
            REST, says="third", templates={"most": mail("third")}, layouts={"frame": Source("{{ content }}", "html")}
        )
    )
    await pinned.does("Go", "ada")
    assert await pinned.planned() == [("ada", number, "email", False, 24)]
    assert await pinned.mails() == {"ada": ("first", "first first first")}


async def test_what_must_be_of_today_is(pinned: Pinned) -> None:
    """Whose consent, which topics, senders and providers: no version keeps those."""
    await pinned.apply(project(wait(), MORE, says="first"))
    await pinned.does("Signed Up", "ada", "bob")
    today = {
        **SETTINGS,
        "senders": {"team": {"email": "new@example.com"}},
        "topics": {"news": {"name": "News", "subscribed": False}},
    }
    await pinned.apply(project(REST, says="second", settings=today))
    await pinned.town.send(pinned.town.record(Consent(None, {"news": True}), ("id", "bob")))
    await pinned.does("Go", "ada", "bob")
    world = World(pinned.town.database)
    async with world.working():
        rows = await pinned.town.database.fetch("SELECT partition, id, person FROM deliveries")
        found = {row["person"]: await world.until(show_delivery(row[0], row[1]), "sent", "refused") for row in rows}
    ada, bob = [await pinned.town.person("id", name) for name in ("ada", "bob")]
    assert ada is not None
    assert bob is not None
    assert (found[ada.id].state, found[bob.id].state) == ("refused", "sent")
    raw = await pinned.town.database.fetchval("SELECT raw FROM mailbox")
    assert b"From: new@example.com" in raw
    assert b"Subject: first" in raw


async def test_a_version_that_came_back_pins_what_was_there_beside_it_last(pinned: Pinned) -> None:
    await pinned.apply(project(wait(), MORE, says="first"))
    await pinned.does("Signed Up", "ada")
    second = await pinned.apply(project(wait("pause"), MORE, says="second"))
    await pinned.does("Signed Up", "bob")
    pool, workspace = pinned.town.database.pool, pinned.town.workspace
    await roll_back(pool, workspace, "j", 1, over=second)  # who waits for it on version 1 is carried to version 3
    await pinned.town.rest()
    await pinned.town.built()
    third = await pinned.apply(project(wait(), MORE, says="third"))
    await pinned.does("Go", "ada", "bob")
    assert [each[:2] for each in await pinned.planned()] == [("ada", third), ("bob", second)]
    assert await pinned.mails() == {"ada": ("third", "third third third"), "bob": ("second", "second second second")}


async def test_a_journey_that_was_removed_and_came_again_pins_nothing_of_before(pinned: Pinned) -> None:
    await pinned.apply(project(wait(), MORE, says="first"))
    await pinned.does("Signed Up", "ada")
    await pinned.apply(project(wait(), MORE, says="second", journeys={}))
    again = await pinned.apply(project(wait(), MORE, says="third"))
    await pinned.does("Signed Up", "bob")
    await pinned.apply(project(REST, says="fourth"))
    await pinned.does("Go", "ada", "bob")
    assert [each[:2] for each in await pinned.planned()] == [("bob", again)]
    assert (await pinned.newest()).body["journeys"]["j"]["pins"].keys() == {"2"}


async def test_a_version_left_before_anybody_wrote_down_what_it_pins_is_found_at_the_next_publish(
    pinned: Pinned,
) -> None:
    first = await pinned.apply(project(wait(), MORE, says="first"))
    await pinned.does("Signed Up", "ada")
    await pinned.apply(project(wait("pause"), MORE, says="second"))
    await pinned.does("Signed Up", "bob")
    second = await pinned.apply(project(wait("pause"), MORE, says="third"))
    await pinned.apply(project(REST, says="fourth"))
    wanted = (await pinned.newest()).body["journeys"]["j"]["pins"]
    assert [wanted[version]["number"] for version in ("1", "2")] == [first, second]
    await pinned.town.database.execute(
        "UPDATE definitions SET body = (body::jsonb #- '{journeys,j,pins}')::json WHERE number > $1", first
    )
    before = await pinned.newest()
    assert "pins" not in before.body["journeys"]["j"]
    await pinned.apply(project(REST, says="fifth"))
    assert (await pinned.newest()).body["journeys"]["j"]["pins"] == wanted
    await pinned.does("Go", "ada", "bob")
    assert [each[:2] for each in await pinned.planned()] == [("ada", first), ("bob", second)]
