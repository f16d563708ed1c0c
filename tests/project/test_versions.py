"""Versions of a journey: what is stored with them, what a publish says of people inside, and how an older one comes back."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Database
from tidings.database.access import create_workspace
from tidings.kernel.actor import Actor
from tidings.kernel.ids import digest, person_id
from tidings.kernel.problems import Invalid
from tidings.people import standing
from tidings.people.document import Person, Run
from tidings.project import pieces, status, store
from tidings.project.apply import Overtaken, apply
from tidings.project.body import make_body
from tidings.project.flight import flights, otherwise, summary, with_keepers
from tidings.project.folder import Source, read_folder
from tidings.project.plan import Keeper, plan
from tidings.project.progress import progress
from tidings.project.versions import compare, roll_back, rolled_back, versions

DEMO = Path(__file__).parents[2] / "src/tidings/demo/project"
ANN = Actor("ann@example.com")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DEMO, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
async def workspace(database: Database, folder: Path) -> int:
    async with database.pool.acquire() as connection:
        made = (await create_workspace(connection, "demo")).id
    await apply(database.pool, made, read_folder(folder), actor=ANN, note="First")
    return made


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


async def newest(database: Database, workspace: int) -> store.InForce:
    async with database.pool.acquire() as connection:
        return await store.newest(connection, workspace)


async def stand(database: Database, workspace: int, *where: tuple[str, int]) -> None:
    """Let people stand at steps of the onboarding, on versions."""
    people = {}
    for number, (step, version) in enumerate(where):
        id = person_id(number % 64, "stand", number)
        run = Run(digest("run", number), "onboarding", version, step, entered=1, arrived=1)
        people[id] = Person(id=id, workspace=workspace, partition=number % 64, created=1, first=id, runs=[run])
    async with database.pool.acquire() as connection:
        await standing.write(connection, standing.change(dict.fromkeys(people, standing.Stood(workspace)), people))


def steps(in_force: store.InForce) -> list[str]:
    return [step["id"] for step in in_force.body["journeys"]["onboarding"]["document"]["steps"]]


async def test_a_plan_says_what_becomes_of_whom_and_what_was_chosen_is_kept(
    database: Database, workspace: int, folder: Path
) -> None:
    before = await newest(database, workspace)
    first, second, third = steps(before)[:3]
    await stand(database, workspace, (second, 1), (second, 1), (third, 1), (first, 1))
    edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds")
    found = await flights(database.pool, before, make_body(read_folder(folder), before.body))
    assert [(flight.journey, flight.version, flight.inside) for flight in found] == [("onboarding", 2, 4)]
    assert summary(found[0]) == [
        f"2 people are at `{second}`: they go on in version 2 by its terms, reckoned from when they came to the step",
        "2 people are elsewhere: they go on in version 2",
    ]
    assert found[0].changes == [f"`{second}`: wait 5 seconds became 6 seconds"]
    choices = {"onboarding": {second: "keep", third: "move " + first}}
    body = make_body(read_folder(folder), before.body, choices)
    assert summary((await flights(database.pool, before, body))[0]) == [
        f"2 people are at `{second}`: they go on in version 2, and keep the terms they wait by (chosen: keep)",
        f"1 person is at `{third}`: they move to `{first}` and go on from there (chosen: move {first})",
        "1 person is elsewhere: they go on in version 2",
    ]
    renamed = read_folder(folder)
    document = renamed.journeys["onboarding"]
    named = {
        **document,
        "steps": [{**step, "id": "pause"} if step["id"] == second else step for step in document["steps"]],
    }
    project = replace(renamed, journeys={**renamed.journeys, "onboarding": named})
    (only,) = await flights(database.pool, before, make_body(project, before.body))
    assert next(stop.next for stop in only.stops if stop.step == second) == "pause", (
        "its new id is what they are moved to"
    )
    assert f"--choose onboarding/{second}='leave' (or move pause)" in otherwise(only)
    last = replace(only, stops=[replace(stop, next="") for stop in only.stops])
    assert f"--choose onboarding/{second}='leave'" in otherwise(last), "there is no step to move to"
    body = make_body(project, before.body, {"onboarding": {second: "move pause"}})
    assert summary((await flights(database.pool, before, body))[0])[0] == (
        f"2 people are at `{second}`: they move to `pause` and wait on there, reckoned from when they came to `{second}` "
        "(chosen: move pause)"
    )
    await apply(database.pool, workspace, read_folder(folder), actor=ANN, choices=choices)
    entry = (await newest(database, workspace)).body["journeys"]["onboarding"]
    assert entry["carries"] == {"2": choices["onboarding"]}
    assert (entry["published"], entry["held"]) == ({"1": 1, "2": 2}, [1])
    async with database.pool.acquire() as connection:
        assert (await progress(connection, workspace)).number == 2
        assert not (await progress(connection, workspace)).is_done


async def test_a_plan_says_who_keeps_a_message_as_it_was(database: Database, workspace: int, folder: Path) -> None:
    await stand(database, workspace, ("settle", 1), ("mark", 1), ("nudge", 1), ("", 2), ("welcome", 2))
    edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds")
    await apply(database.pool, workspace, read_folder(folder))
    before, project = await newest(database, workspace), read_folder(folder)
    changed = replace(
        project,
        templates={**project.templates, "welcome": Source("---\nsubject: Hi\n---\nHi", "html")},
        snippets={**project.snippets, "new": Source("new", "liquid")},
        segments={},
    )
    async with database.pool.acquire() as connection:
        found = await with_keepers(connection, before, plan(changed, before))
        kept = {change.name: change.keeps for change in found.changes if change.takes}
        assert kept["welcome"] == (Keeper("onboarding", 1, 3),)
        document = {**project.journeys["onboarding"], "steps": project.journeys["onboarding"]["steps"][:2]}
        both = replace(changed, journeys={**project.journeys, "onboarding": document})
        people = await flights(database.pool, before, make_body(both, before.body))
        of_both = await with_keepers(connection, before, plan(both, before), people)
    assert not any(change.keeps for change in of_both.changes)
    assert "1 person is at `nudge`: they finish on version 1, with the messages it has" in summary(people[0])


async def test_a_closed_journey_takes_a_change_as_long_as_people_finish_in_it(
    database: Database, workspace: int, folder: Path
) -> None:
    await stand(database, workspace, ("settle", 1))
    for id in ("onboarding", "orders"):
        await status.close(database.pool, workspace, id)
    before, project = await newest(database, workspace), read_folder(folder)
    hi = Source("---\nsubject: Hi\n---\nHi", "html")
    changed = replace(project, templates={**project.templates, "welcome": hi, "order-receipt": hi, "cart-reminder": hi})
    async with database.pool.acquire() as connection:
        found = (await with_keepers(connection, before, plan(changed, before))).changes
    assert {change.name: (change.takes, change.closed) for change in found} == {
        "cart-reminder": (("cart",), ()),
        "order-receipt": ((), ()),
        "welcome": (("onboarding",), ("onboarding",)),
    }


async def test_a_message_is_removed_as_soon_as_no_newest_version_sends_it(
    database: Database, workspace: int, folder: Path
) -> None:
    await stand(database, workspace, ("settle", 1), ("nudge", 1))
    piece = ("template", "need-a-hand")
    with pytest.raises(Invalid, match="is used by: journey onboarding"):
        await pieces.remove(database.pool, workspace, piece, over=1, actor=ANN)
    edit(
        folder / "journeys/onboarding.yaml",
        "          - {id: nudge, send: need-a-hand}",
        "          - {id: hold, wait: 1 day}",
    )
    await apply(database.pool, workspace, read_folder(folder))
    assert (await pieces.remove(database.pool, workspace, piece, over=2, actor=ANN)).number == 3
    pins = (await newest(database, workspace)).body["journeys"]["onboarding"]["pins"]["1"]
    assert pins["number"] == 1
    assert pins["templates"]["need-a-hand"]["channel"] == "email"


async def test_former_versions_are_held_while_somebody_may_be_on_them(
    database: Database, workspace: int, folder: Path
) -> None:
    await stand(database, workspace, ("gone", 2), ("other", 9))
    for seconds in (6, 7, 8):
        edit(folder / "journeys/onboarding.yaml", f"wait: {seconds - 1} seconds", f"wait: {seconds} seconds")
        await apply(database.pool, workspace, read_folder(folder))
    entry = (await newest(database, workspace)).body["journeys"]["onboarding"]
    assert entry["version"] == 4
    assert entry["held"] == [2, 3]  # nobody is left on version 1


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        ({"onbording": {"x": "finish"}}, "did you mean `onboarding`"),
        ({"cart": {"x": "finish"}}, "the journey `cart` does not change"),
        ({"onboarding": {"nowhere": "finish"}}, "nobody stands at a step `nowhere`"),
        ({"onboarding": {"welcome": "go"}}, "'go' is no choice"),
    ],
)
async def test_choices_about_nothing_are_refused(
    database: Database, workspace: int, folder: Path, choices: dict[str, dict[str, str]], says: str
) -> None:
    edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds")
    with pytest.raises(Invalid, match=says):
        await apply(database.pool, workspace, read_folder(folder), choices=choices)
    assert (await newest(database, workspace)).number == 1


async def test_an_older_version_comes_back_as_the_newest(database: Database, workspace: int, folder: Path) -> None:
    edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds")
    await apply(database.pool, workspace, read_folder(folder), actor=ANN, note="Slower")
    with pytest.raises(Overtaken):
        await roll_back(database.pool, workspace, "onboarding", 1, over=1)
    await roll_back(database.pool, workspace, "onboarding", 1, over=2, actor=ANN)
    after = await newest(database, workspace)
    history = after.body["journeys"]["onboarding"]["history"]
    assert history["3"] == history["1"] == after.body["journeys"]["onboarding"]["document"]
    await stand(database, workspace, ("welcome", 3), ("welcome", 1))
    found = await versions(database.pool, workspace, "onboarding")
    assert [(each.version, each.number, each.author, each.note, each.inside) for each in found] == [
        (3, 3, ANN.id, "onboarding back to version 1", 1),
        (2, 2, ANN.id, "Slower", 0),
        (1, 1, ANN.id, "First", 1),
    ]
    assert [each.text for each in await compare(database.pool, workspace, "onboarding", 2, 3)] == [
        f"`{steps(after)[1]}`: wait 6 seconds became 5 seconds"
    ]
    for journey, version, says in (("onboarding", 9, "it has: 1, 2, 3"), ("onbording", 1, "did you mean")):
        with pytest.raises(Invalid, match=says):
            rolled_back(after, journey, version)


async def test_a_version_whose_template_is_gone_does_not_come_back(
    database: Database, workspace: int, folder: Path
) -> None:
    edit(folder / "journeys/onboarding.yaml", "send: welcome", "send: need-a-hand")
    (folder / "templates").glob("welcome.*").__next__().unlink()
    await apply(database.pool, workspace, read_folder(folder))
    with pytest.raises(Invalid, match="there is no template `welcome`"):
        rolled_back(await newest(database, workspace), "onboarding", 1)
