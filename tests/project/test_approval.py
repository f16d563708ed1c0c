"""Where a workspace asks for approval, nothing comes into force by its author alone, whichever way it comes."""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.project.test_ramp import count, state
from tidings.database.access import create_workspace, list_workspaces
from tidings.delivery.delivery import JOURNEY
from tidings.delivery.policy import parse_pace
from tidings.journeys import pauses
from tidings.kernel.actor import APPROVE, Actor, are_one, key_id
from tidings.kernel.ids import fresh
from tidings.kernel.problems import Invalid
from tidings.kernel.times import DAY, HOUR
from tidings.project import approval, drafts, incidents, ramp, status, store
from tidings.project.apply import Applied, Overtaken, Unapproved, apply, put
from tidings.project.apply import take_in as begin_taking_in
from tidings.project.body import make_body
from tidings.project.drafts import with_drafts
from tidings.project.folder import read_folder
from tidings.project.shadow import shadow
from tidings.project.versions import roll_back

DEMO = Path(__file__).parents[2] / "src/tidings/demo/project"
ANN, BEN = Actor("ann@example.com", frozenset({APPROVE})), Actor("ben@example.com", frozenset({APPROVE}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DEMO, tmp_path / "project")
    settings = tmp_path / "project/tidings.toml"
    settings.write_text("approval = true\n" + settings.read_text())
    return tmp_path / "project"


@pytest.fixture
async def workspace(database: Database, folder: Path) -> int:
    async with database.pool.acquire() as connection:
        made = (await create_workspace(connection, "demo")).id
    await apply(database.pool, made, read_folder(folder))
    return made


async def newest(database: Database, workspace: int) -> store.InForce:
    async with database.pool.acquire() as connection:
        return await store.newest(connection, workspace)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


async def refused(change: Awaitable[Applied]) -> store.Request:
    with pytest.raises(Unapproved) as error:
        await change
    return error.value.request


async def test_somebody_else_approves_exactly_what_they_saw(database: Database, workspace: int, folder: Path) -> None:
    pool = database.pool
    edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds")
    request = await refused(apply(pool, workspace, read_folder(folder), actor=ANN, note="Slower"))
    assert (await newest(database, workspace)).number == 1
    assert await refused(apply(pool, workspace, read_folder(folder), actor=ANN)) == request  # the same, asked again
    seen = await approval.look(pool, workspace, request.id)
    assert [change.name for change in seen.plan.changes] == ["onboarding"]
    assert [flight.journey for flight in seen.flights] == ["onboarding"]
    hash = request.hash.hex()
    for actor, shown, says in (
        (ANN, hash, "does not approve their own"),
        (Actor("cleo@example.com"), hash, "may not approve"),
        (BEN, "00" * 16, "not what was looked at"),
    ):
        with pytest.raises(Invalid, match=says):
            await approval.approve(pool, workspace, request.id, hash=shown, actor=actor)
    assert (await newest(database, workspace)).number == 1
    await approval.approve(pool, workspace, request.id, hash=hash, actor=BEN)
    after = await newest(database, workspace)
    assert (after.number, after.author, after.approver, after.note) == (2, ANN.id, BEN.id, "Slower")
    assert after.body["journeys"]["onboarding"]["published"] == {"1": 1, "2": 2}
    assert await approval.requests(pool, workspace) == []
    with pytest.raises(Invalid, match="waits for approval"):
        await approval.approve(pool, workspace, request.id, hash=hash, actor=BEN)


async def test_it_is_asked_again_where_anything_moved(database: Database, workspace: int, folder: Path) -> None:
    pool = database.pool
    edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds")
    first = await refused(apply(pool, workspace, read_folder(folder), actor=ANN))
    choices = {"onboarding": {"welcome": "leave"}}
    second = await refused(apply(pool, workspace, read_folder(folder), actor=ANN, choices=choices))
    assert second.hash != first.hash
    await approval.approve(pool, workspace, second.id, hash=second.hash.hex(), actor=BEN)
    with pytest.raises(Overtaken):
        await approval.approve(pool, workspace, first.id, hash=first.hash.hex(), actor=BEN)
    assert await approval.requests(pool, workspace) == []
    edit(folder / "journeys/onboarding.yaml", "wait: 6 seconds", "wait: 7 seconds")
    third = await refused(apply(pool, workspace, read_folder(folder), actor=ANN))
    assert [each.id for each in await approval.requests(pool, workspace)] == [third.id]
    await approval.decline(pool, workspace, third.id, actor=BEN)
    assert await approval.requests(pool, workspace) == []


async def test_it_stands_while_what_it_is_made_of_stays(database: Database, workspace: int, folder: Path) -> None:
    pool = database.pool
    edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds")
    slower = await refused(apply(pool, workspace, read_folder(folder), actor=ANN))
    edit(folder / "journeys/onboarding.yaml", "wait: 6 seconds", "wait: 5 seconds")
    edit(folder / "journeys/comments.yaml", "reenter: always", "reenter: after 1 day")
    rarer = await refused(apply(pool, workspace, read_folder(folder), actor=ANN))
    await status.pause(pool, workspace, "cart")
    assert [each.id for each in await approval.requests(pool, workspace)] == [slower.id, rarer.id]
    async with pool.acquire() as connection:
        (own,) = await list_workspaces(connection)
        for n in range(3):
            await incidents.watch(connection, own, "https://tidings.example", 30 * DAY + n * incidents.OVER)
        asked = [each for each in await incidents.newest(connection, workspace) if each.key.startswith("approval:")]
    assert [each.ended for each in asked] == [None, None], "whoever is told of it hears that it waits, as Home says"
    seen = await approval.look(pool, workspace, slower.id)
    assert ([change.name for change in seen.plan.changes], seen.statuses) == (["onboarding"], [])
    for request in (slower, rarer):
        await approval.approve(pool, workspace, request.id, hash=request.hash.hex(), actor=BEN)
    after = await newest(database, workspace)
    assert after.number == 4
    found = after.body["journeys"]
    assert (found["onboarding"]["version"], found["comments"]["version"], found["cart"]["status"]) == (2, 2, "paused")
    assert found["comments"]["published"] == {"1": 1, "2": 4}, "with the definitions it really came with"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds"),
        ("templates/welcome.mjml", "</mj-text>", " indeed</mj-text>"),
    ],
)
async def test_a_pause_leaves_what_waits_standing(
    database: Database, workspace: int, folder: Path, file: str, old: str, new: str
) -> None:
    """Of the journey itself, and of a message that it sends; approved, it is in force and the journey stays paused."""
    pool = database.pool
    edit(folder / file, old, new)
    request = await refused(apply(pool, workspace, read_folder(folder), actor=ANN))
    await status.pause(pool, workspace, "onboarding")
    assert [each.id for each in await approval.requests(pool, workspace)] == [request.id]
    assert (await approval.look(pool, workspace, request.id)).statuses == []
    await approval.approve(pool, workspace, request.id, hash=request.hash.hex(), actor=BEN)
    after = await newest(database, workspace)
    entry = after.body["journeys"]["onboarding"]
    assert (entry["status"], "paused_at" in entry) == ("paused", True)
    assert after.body["templates"]["welcome"]["version"] + entry["version"] == 3, "one of the two is new"


async def test_resuming_lapses_where_the_journey_says_something_else_since(
    database: Database, workspace: int, folder: Path
) -> None:
    pool = database.pool
    await status.pause(pool, workspace, "onboarding")
    resumed = await refused(status.move(pool, workspace, "onboarding", "resume", actor=ANN))
    edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds")
    slower = await refused(apply(pool, workspace, read_folder(folder), actor=ANN))
    await approval.approve(pool, workspace, slower.id, hash=slower.hash.hex(), actor=BEN)
    assert await approval.requests(pool, workspace) == []
    with pytest.raises(Overtaken):
        await approval.approve(pool, workspace, resumed.id, hash=resumed.hash.hex(), actor=BEN)


async def test_a_pause_lasts_until_its_end_is_approved(database: Database, workspace: int, folder: Path) -> None:
    """And is ended by the definitions that really came, though others came in between."""
    pool = database.pool
    await status.pause(pool, workspace, "onboarding")
    resumed = await refused(status.move(pool, workspace, "onboarding", "resume", held="shift", actor=ANN))
    asked = resumed.body["journeys"]["onboarding"]["pauses"][-1]
    await status.pause(pool, workspace, "comments")
    await approval.approve(pool, workspace, resumed.id, hash=resumed.hash.hex(), actor=BEN)
    after = await newest(database, workspace)
    (pause,) = pauses.read(after.body["journeys"]["onboarding"])
    assert (pause.start, pause.number, pause.held) == (asked[0], after.number, "shift")
    assert asked[1] < pause.end <= after.made_at
    assert "pauses" not in after.body["journeys"]["comments"]


async def test_what_is_held_is_sent_at_the_rate_however_much_came_before_it_was_approved(
    database: Database, workspace: int, folder: Path
) -> None:
    pool = database.pool

    async def hold(count: int) -> None:
        await database.execute(
            "INSERT INTO deliveries (partition, id, workspace, home, person, run, journey, version, step, template, channel, sure, due, "
            "expires, values, next_attempt, priority) "
            "SELECT 5, id, $2, 5, id, id, 'onboarding', 1, 's', 'welcome', 'email', true, 1, 0, '', 1, $3 FROM unnest($1::bytea[]) id",
            [fresh() for _ in range(count)],
            workspace,
            JOURNEY,
        )

    for asked, given, said in (
        (0, 2, " at the rate that was asked for"),
        (1, 1, " over 3 minutes, longer"),
    ):
        await status.pause(pool, workspace, "onboarding")
        await hold(asked)
        resumed = await refused(status.move(pool, workspace, "onboarding", "resume", rate="1 per minute", actor=ANN))
        (says,) = (await approval.look(pool, workspace, resumed.id)).statuses
        assert f"is sent{said}" in says
        await hold(given)
        await approval.approve(pool, workspace, resumed.id, hash=resumed.hash.hex(), actor=BEN)
    entry = (await newest(database, workspace)).body["journeys"]["onboarding"]
    every = parse_pace("1 per minute")
    assert every is not None
    assert [pause.over for pause in pauses.read(entry)] == [2 * every, 4 * every]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("templates/welcome.mjml", "</mj-text>", " indeed</mj-text>"),
        ("segments/paying.yaml", "rule: ", "rule: id is present and "),
        ("tidings.toml", "approval = true", "approval = true\ncontrol_group = '1%'"),
    ],
)
async def test_it_lapses_where_what_it_is_made_of_moved(
    database: Database, workspace: int, folder: Path, file: str, old: str, new: str
) -> None:
    pool = database.pool
    edit(folder / file, old, new)
    moved = await refused(apply(pool, workspace, read_folder(folder), actor=ANN))
    edit(folder / file, new, old)
    edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds")
    slower = await refused(apply(pool, workspace, read_folder(folder), actor=ANN))
    await approval.approve(pool, workspace, moved.id, hash=moved.hash.hex(), actor=BEN)
    assert await approval.requests(pool, workspace) == []
    with pytest.raises(Overtaken):
        await approval.approve(pool, workspace, slower.id, hash=slower.hash.hex(), actor=BEN)


def test_a_key_is_whoever_made_it() -> None:
    key = key_id("deploy of things", "ann@example.com")
    assert key == "key deploy of things of ann@example.com"
    assert are_one(key, "ann@example.com")
    assert are_one(key, key_id("other", "ann@example.com"))
    assert not are_one(key, "ben@example.com")
    assert not are_one(key_id("deploy", ""), "ann@example.com")
    assert not are_one("key of ann@example.com", "key of ben@example.com")


Way = Callable[[Database, int, Path], Awaitable[Applied]]


async def _rolled_back(database: Database, workspace: int, folder: Path) -> Applied:
    number = (await newest(database, workspace)).number
    return await roll_back(database.pool, workspace, "onboarding", 1, over=number, actor=ANN)


async def _segment(database: Database, workspace: int, folder: Path) -> Applied:
    (folder / "segments/paying.yaml").write_text("segment: paying\nrule: plan is present\n")
    return await apply(database.pool, workspace, read_folder(folder), actor=ANN)


async def _off(database: Database, workspace: int, folder: Path) -> Applied:
    edit(folder / "tidings.toml", "approval = true\n", "")
    return await apply(database.pool, workspace, read_folder(folder), actor=ANN)


async def _draft(database: Database, workspace: int, folder: Path) -> Applied:
    before = await newest(database, workspace)
    body = {"text": "Bye", "format": "liquid"}
    async with database.pool.acquire() as connection, connection.transaction():
        draft = await drafts.write(connection, workspace, "snippet", "bye", body, seen=0, by=ANN.id)
    made = make_body(with_drafts(before, [draft]), before.body)
    return await put(database.pool, before, made, actor=ANN, drafts=[draft])


WAYS: dict[str, Way] = {
    "roll back": _rolled_back,
    "a segment": _segment,
    "approval off": _off,
    "a draft": _draft,
    "shadow": lambda database, workspace, folder: shadow(database.pool, workspace, "cart", True, ANN),
    "close": lambda database, workspace, folder: status.close(database.pool, workspace, "cart"),
    "stop": lambda database, workspace, folder: status.stop(database.pool, workspace, "cart"),
}


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_in_waits(database: Database, workspace: int, folder: Path, way: str) -> None:
    if way == "roll back":
        edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds")
        request = await refused(apply(database.pool, workspace, read_folder(folder), actor=ANN))
        await approval.approve(database.pool, workspace, request.id, hash=request.hash.hex(), actor=BEN)
    before = (await newest(database, workspace)).number
    request = await refused(WAYS[way](database, workspace, folder))
    assert (await newest(database, workspace)).number == before
    await approval.approve(database.pool, workspace, request.id, hash=request.hash.hex(), actor=BEN)
    assert (await newest(database, workspace)).number == before + 1
    async with database.pool.acquire() as connection:
        assert await store.drafts(connection, workspace) == []


async def test_going_on_with_a_ramp_waits_once(database: Database, workspace: int, folder: Path) -> None:
    pool = database.pool

    async def waits(change: Awaitable[Applied], before: tuple[str, str], after: tuple[str, str], *says: str) -> None:
        request = await refused(change)
        assert (await state(database, workspace))[:2] == before
        assert (await approval.look(pool, workspace, request.id)).statuses == [
            f"Trial onboarding {each}" for each in says
        ]
        await approval.approve(pool, workspace, request.id, hash=request.hash.hex(), actor=BEN)
        assert await state(database, workspace) == (*after, "")

    edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds")
    stages = {"onboarding": "1% for 1 hour, 10% for 1 day"}
    request = await refused(apply(pool, workspace, read_folder(folder), actor=ANN, ramps=stages))
    says = (await approval.look(pool, workspace, request.id)).statuses
    assert says == ["Trial onboarding lets in 1% for 1 hour, 10% for 1 day, 100% of people"]
    await approval.approve(pool, workspace, request.id, hash=request.hash.hex(), actor=BEN)
    further = ramp.go_on(pool, workspace, "onboarding", actor=ANN)
    await waits(further, ("live", "1%"), ("live", "10%"), "lets in 10% of people, let in 1%")
    await count(database, sent=10, bounced=3)
    assert await ramp.watch(pool) == ["onboarding"], "what stops messages waits for nobody"
    why = (await state(database, workspace))[2]
    lines = (
        "is live, was paused; what became due in the pause is sent",
        f"goes on with its ramp, which was stopped: {why}",
    )
    await waits(ramp.resume(pool, workspace, "onboarding", actor=ANN), ("paused", "10%"), ("live", "10%"), *lines)


async def test_a_ramp_begins_when_it_is_approved(database: Database, workspace: int, folder: Path) -> None:
    """However long that takes: its first stage is no shorter, and what went wrong meanwhile does not count."""
    pool = database.pool
    edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds")
    stages = {"onboarding": "1% for 1 hour, 10% for 1 day"}
    request = await refused(apply(pool, workspace, read_folder(folder), actor=ANN, ramps=stages))
    await database.execute("UPDATE approvals SET asked_at = asked_at - $1", DAY)
    await count(database, failed=9)
    await approval.approve(pool, workspace, request.id, hash=request.hash.hex(), actor=BEN)
    found = (await newest(database, workspace)).body["journeys"]["onboarding"]["ramp"]
    asked = request.body["journeys"]["onboarding"]["ramp"]
    assert found["began"] == found["since"] >= asked["began"] + DAY
    assert await ramp.watch(pool) == []

    request = await refused(ramp.go_on(pool, workspace, "onboarding", actor=ANN))
    await database.execute("UPDATE approvals SET asked_at = asked_at - $1 WHERE NOT coalesce(approved, false)", HOUR)
    await approval.approve(pool, workspace, request.id, hash=request.hash.hex(), actor=BEN)
    later = (await newest(database, workspace)).body["journeys"]["onboarding"]["ramp"]
    assert (later["began"], later["before"]) == (found["began"], found["before"])
    assert later["since"] >= request.body["journeys"]["onboarding"]["ramp"]["since"] + HOUR


async def test_taking_in_waits_with_the_change_and_alone(database: Database, workspace: int, folder: Path) -> None:
    pool = database.pool
    stalled = "journey: stalled\ntrigger: {segment: entered stalled-trials}\nsteps: [{id: mark, set: {seen: true}}]\n"
    (folder / "journeys/stalled.yaml").write_text(stalled)
    without = await refused(apply(pool, workspace, read_folder(folder), actor=ANN))
    take_in = {"stalled": "10 per hour"}
    request = await refused(apply(pool, workspace, read_folder(folder), actor=ANN, take_in=take_in))
    assert request.hash != without.hash
    seen = await approval.look(pool, workspace, request.id)
    assert [(each.journey, each.people, each.says()) for each in seen.matching] == [
        ("stalled", 0, "0 people match already; they are taken in, 10 per hour")
    ]
    assert "stay outside" in (await approval.look(pool, workspace, without.id)).matching[0].says()
    assert await database.fetch("SELECT FROM intakes") == []
    await approval.approve(pool, workspace, request.id, hash=request.hash.hex(), actor=BEN)
    rows = await database.fetch("SELECT journey, rate, number FROM intakes WHERE ended IS NULL")
    assert [tuple(row) for row in rows] == [("stalled", "10 per hour", 2)]
    await database.execute("UPDATE intakes SET ended = 1")
    alone = await refused(begin_taking_in(pool, workspace, "stalled", "all", actor=ANN))
    assert (await approval.look(pool, workspace, alone.id)).plan.changes == []
    await approval.approve(pool, workspace, alone.id, hash=alone.hash.hex(), actor=BEN)
    assert (await newest(database, workspace)).number == 2
    assert await database.fetchval("SELECT rate FROM intakes WHERE ended IS NULL") == "all"
    again = await refused(begin_taking_in(pool, workspace, "stalled", "5 per day", actor=ANN))
    with pytest.raises(Invalid, match="takes people in already"):
        await approval.approve(pool, workspace, again.id, hash=again.hash.hex(), actor=BEN)
    assert [each.id for each in await approval.requests(pool, workspace)] == [again.id]
