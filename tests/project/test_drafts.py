"""Drafts stand beside what is in force, and nobody writes over somebody else's."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Database
from tidings.database.access import create_workspace
from tidings.kernel.actor import Actor
from tidings.kernel.problems import Invalid
from tidings.project import drafts, store
from tidings.project.apply import apply, put
from tidings.project.body import make_body
from tidings.project.drafts import Stale, faults, with_drafts
from tidings.project.folder import read_folder

DEMO = Path(__file__).parents[2] / "src/tidings/demo/project"
ANN, BEN = Actor("ann@example.com"), Actor("ben@example.com")


@pytest.fixture
async def workspace(database: Database) -> int:
    async with database.pool.acquire() as connection:
        made = (await create_workspace(connection, "demo")).id
    await apply(database.pool, made, read_folder(DEMO), actor=ANN, note="The demo")
    return made


async def newest(database: Database, workspace: int) -> store.InForce:
    async with database.pool.acquire() as connection:
        return await store.newest(connection, workspace)


async def write(
    database: Database, workspace: int, kind: str, name: str, body: Any, seen: int, by: Actor
) -> store.Draft:
    async with database.pool.acquire() as connection, connection.transaction():
        return await drafts.write(connection, workspace, kind, name, body, seen=seen, by=by.id)


async def discard(database: Database, workspace: int, seen: int) -> None:
    async with database.pool.acquire() as connection, connection.transaction():
        await drafts.discard(connection, workspace, "journey", "onboarding", seen=seen)


async def listed(database: Database, workspace: int) -> list[store.Draft]:
    async with database.pool.acquire() as connection:
        return await store.drafts(connection, workspace)


def document(in_force: store.InForce, name: str = "onboarding") -> dict[str, Any]:
    return {**in_force.body["journeys"][name]["document"], "note": "Mine"}


async def test_a_draft_is_written_read_and_discarded(database: Database, workspace: int) -> None:
    body = document(await newest(database, workspace))
    assert await listed(database, workspace) == []
    made = await write(database, workspace, "journey", "onboarding", body, 0, ANN)
    assert (made.revision, made.base, made.made_by, made.body) == (1, 1, "ann@example.com", body)
    half = {"journey": "onboarding", "steps": [{"id": "a"}]}  # not yet a journey
    again = await write(database, workspace, "journey", "onboarding", half, 1, BEN)
    assert (again.revision, again.base, again.made_by, again.changed_by) == (2, 1, ANN.id, BEN.id)
    assert await listed(database, workspace) == [again]
    problems = faults(await newest(database, workspace), [again])
    assert any("trigger is missing" in problem.message for problem in problems)
    with pytest.raises(Stale):
        await discard(database, workspace, 1)
    await discard(database, workspace, 2)
    assert await listed(database, workspace) == []


async def test_of_two_who_write_over_one_revision_one_is_refused(database: Database, workspace: int) -> None:
    body = document(await newest(database, workspace))
    for seen in (0, 1):
        wrote = await asyncio.gather(
            *(write(database, workspace, "journey", "onboarding", body, seen, actor) for actor in (ANN, BEN)),
            return_exceptions=True,
        )
        refused = [each for each in wrote if isinstance(each, Stale)]
        assert len(refused) == 1
        assert refused[0].seen == seen
        assert refused[0].found in wrote
    assert "wrote revision 2 of" not in str(refused[0])
    assert "wrote revision 2; look again" in str(refused[0])


async def test_published_drafts_go_unless_somebody_wrote_on(database: Database, workspace: int) -> None:
    before = await newest(database, workspace)
    journey = await write(database, workspace, "journey", "onboarding", document(before), 0, ANN)
    snippet = {"text": "Thanks!", "format": "liquid"}
    thanks = await write(database, workspace, "snippet", "thanks", snippet, 0, ANN)
    project = with_drafts(before, [journey, thanks])
    assert faults(before, [journey, thanks]) == []
    await write(database, workspace, "snippet", "thanks", snippet, 1, BEN)
    await put(
        database.pool, before, make_body(project, before.body), actor=BEN, note="Say thanks", drafts=[journey, thanks]
    )
    after = await newest(database, workspace)
    assert (after.author, after.note) == (BEN.id, "Say thanks")
    assert after.body["journeys"]["onboarding"]["document"]["note"] == "Mine"
    assert after.body["snippets"]["thanks"] == "Thanks!"
    assert [(draft.kind, draft.revision) for draft in await listed(database, workspace)] == [("snippet", 2)]


@pytest.mark.parametrize(
    ("kind", "name", "body", "says"),
    [
        ("jorney", "x", {}, "did you mean `journey`"),
        ("journey", "a b", {}, "can't be a name"),
        ("journey", "x", {"journey": "y"}, "the draft is of `x`"),
        ("template", "x", {"text": "hi", "format": "doc"}, "the format is one of"),
        ("template", "x", {"text": "hi"}, "a text and its format"),
        ("journey", "x", {"note": "x" * (1 << 20)}, "larger than 1 MB"),
    ],
)
async def test_what_is_no_document_of_its_kind_is_refused(
    database: Database, workspace: int, kind: str, name: str, body: dict[str, Any], says: str
) -> None:
    with pytest.raises(Invalid, match=says):
        await write(database, workspace, kind, name, body, 0, ANN)
