"""Drafts stand beside what is in force, and nobody writes over somebody else's."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Database
from tidings.database.access import create_workspace
from tidings.kernel.actor import Actor
from tidings.kernel.problems import Invalid
from tidings.project import store
from tidings.project.apply import apply, put
from tidings.project.body import make_body
from tidings.project.drafts import (
    Stale,
    discard_draft,
    faults,
    is_behind,
    list_drafts,
    read_draft,
    with_drafts,
    write_draft,
)
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


def document(in_force: store.InForce, name: str = "onboarding") -> dict[str, Any]:
    return {**in_force.body["journeys"][name]["document"], "note": "Mine"}


async def test_a_draft_is_written_read_and_discarded(database: Database, workspace: int) -> None:
    body = document(await newest(database, workspace))
    assert await read_draft(database.pool, workspace, "journey", "onboarding") is None
    made = await write_draft(database.pool, workspace, "journey", "onboarding", body, seen=0, actor=ANN)
    assert (made.revision, made.base, made.made_by, made.body) == (1, 1, "ann@example.com", body)
    half = {"journey": "onboarding", "steps": [{"id": "a"}]}  # not yet a journey
    again = await write_draft(database.pool, workspace, "journey", "onboarding", half, seen=1, actor=BEN)
    assert (again.revision, again.base, again.made_by, again.changed_by) == (2, 1, ANN.id, BEN.id)
    assert await read_draft(database.pool, workspace, "journey", "onboarding") == again
    assert await list_drafts(database.pool, workspace) == [again]
    problems = faults(await newest(database, workspace), [again])
    assert any("trigger is missing" in problem.message for problem in problems)
    with pytest.raises(Stale):
        await discard_draft(database.pool, workspace, "journey", "onboarding", seen=1)
    await discard_draft(database.pool, workspace, "journey", "onboarding", seen=2)
    assert await list_drafts(database.pool, workspace) == []


async def test_of_two_who_write_over_one_revision_one_is_refused(database: Database, workspace: int) -> None:
    body = document(await newest(database, workspace))
    for seen in (0, 1):
        wrote = await asyncio.gather(
            *(
                write_draft(database.pool, workspace, "journey", "onboarding", body, seen=seen, actor=actor)
                for actor in (ANN, BEN)
            ),
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
    journey = await write_draft(database.pool, workspace, "journey", "onboarding", document(before), seen=0, actor=ANN)
    snippet = {"text": "Thanks!", "format": "liquid"}
    thanks = await write_draft(database.pool, workspace, "snippet", "thanks", snippet, seen=0, actor=ANN)
    project = with_drafts(before, [journey, thanks])
    assert faults(before, [journey, thanks]) == []
    await write_draft(database.pool, workspace, "snippet", "thanks", snippet, seen=1, actor=BEN)
    await put(
        database.pool, before, make_body(project, before.body), actor=BEN, note="Say thanks", drafts=[journey, thanks]
    )
    after = await newest(database, workspace)
    assert (after.author, after.note) == (BEN.id, "Say thanks")
    assert after.body["journeys"]["onboarding"]["document"]["note"] == "Mine"
    assert after.body["snippets"]["thanks"] == "Thanks!"
    assert [(draft.kind, draft.revision) for draft in await list_drafts(database.pool, workspace)] == [("snippet", 2)]


async def test_a_draft_knows_when_what_is_in_force_moved(database: Database, workspace: int) -> None:
    base = await newest(database, workspace)
    cart = await write_draft(database.pool, workspace, "journey", "cart", document(base, "cart"), seen=0, actor=ANN)
    own = await write_draft(database.pool, workspace, "journey", "onboarding", document(base), seen=0, actor=ANN)
    await put(database.pool, base, make_body(with_drafts(base, [own]), base.body))
    now = await newest(database, workspace)
    assert not is_behind(cart, base, now)
    assert is_behind(own, base, now)


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
        await write_draft(database.pool, workspace, kind, name, body, seen=0, actor=ANN)
