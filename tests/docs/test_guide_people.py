"""The guide to identity: each story is sent through Segment's wire format to a real worker, and ends as the page says."""

import json
import shlex
import time
from typing import Any

import pytest

from tests.cli.conftest import Tidings, here, tidings
from tests.cli.test_people import World
from tests.conftest import Database
from tests.docs.pages import ROOT
from tests.docs.reading import Block, blocks
from tidings import log
from tidings.database.access import Source, create_workspace
from tidings.history import kinds, of_person
from tidings.ingest import segment
from tidings.ingest.request import Request
from tidings.kernel.ids import home_of
from tidings.kernel.records import encode, home
from tidings.people import links, listing, lookup, rejected
from tidings.people.document import Person
from tidings.project.read_yaml import read_yaml

PAGE = ROOT / "docs/guides/people.md"
BODY = {"page": "name", "track": "event", "identify": "traits", "alias": "userId"}
STORIES = blocks(PAGE, "yaml")
__all__ = ["here", "tidings"]


@pytest.fixture
async def world(database: Database) -> World:
    async with database.pool.acquire() as connection:
        return World(database, (await create_workspace(connection, "production")).id)


async def tell(world: World, calls: list[dict[str, Any]]) -> None:
    """Send the calls one by one, as an SDK would."""
    source = Source(1, world.workspace, "server", "write_key", False, b"", "")
    for call in calls:
        kind = next(name for name in BODY if name in call)
        world.count += 1
        message = {name: value for name, value in call.items() if name != kind}
        message |= {BODY[kind]: call[kind], "messageId": f"m{world.count}", "writeKey": "key"}
        now = time.time_ns() // 1000
        answer = segment.answer(Request("POST", [kind], {}, json.dumps(message).encode(), now), lambda key: source)
        assert answer.status == 200, answer.body
        assert len(answer.records) == 1
        async with world.database.pool.acquire() as connection:
            await log.append(connection, [(home(record), encode(record)) for record in answer.records])
        await world.settle()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"line {story.line}")
async def test_a_story_ends_as_it_says(story: Block, world: World) -> None:
    told, _ = read_yaml(story.text)
    await tell(world, told["calls"])
    async with world.database.pool.acquire() as connection:
        people, _ = await listing.page(connection, world.workspace, "created", descending=True)
        found = [await shown(connection, person, said) for said, person in paired(told["people"], people)]
        refused = (await rejected.page(connection, world.workspace)).found
    assert found == told["people"]
    assert len(people) == len(told["people"])
    assert len(refused) == told.get("rejected", 0)


async def test_the_commands_of_the_page_undo_a_merge_and_forget(
    world: World, tidings: Tidings, database: Database
) -> None:
    merge = next(read_yaml(story.text)[0] for story in STORIES if "alias" in story.text)
    await tell(world, merge["calls"])
    for block in blocks(PAGE, "console"):
        for line in block.text.splitlines():
            said = await tidings(*shlex.split(line)[1:])
            assert said.code == 0, said.err
            await world.settle()
    async with database.pool.acquire() as connection:
        assert await lookup.find(connection, world.workspace, "id", "ada") is None
        assert await lookup.find(connection, world.workspace, "id", "old-7") is not None


def paired(said: list[dict[str, Any]], people: list[Person]) -> list[tuple[dict[str, Any], Person]]:
    by_id = {value: person for person in people for kind, value in person.identifiers if kind == "id"}
    return [(each, by_id[each["id"]]) for each in said]


async def shown(connection: Any, person: Person, said: dict[str, Any]) -> dict[str, Any]:
    """What a page says of somebody, as it really is."""
    ids = [person.id, *(await links.absorbed(connection, [person.id])).get(person.id, [])]
    rows = await of_person(connection, [(home_of(id), id) for id in ids], kinds=[kinds.TRACK, kinds.PAGE])
    found: dict[str, Any] = {}
    for name, value in said.items():
        own = [known for kind, known in person.identifiers if kind == name]
        if name == "did":
            found[name] = sorted(row.name for row in rows)
        elif name in ("id", "email", "anonymous_id"):
            found[name] = value if value in own else None
        else:
            found[name] = person.attributes.get(name)
    return found
