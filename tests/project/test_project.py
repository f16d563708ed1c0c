"""A folder becomes definitions in force, and definitions in force become a folder, with nothing lost either way."""

import asyncio
import itertools
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tidings.database.access import create_workspace
from tidings.journeys import pauses
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.problems import Invalid
from tidings.kernel.records import Control, decode
from tidings.project import status, store
from tidings.project.apply import Overtaken, apply
from tidings.project.check import check
from tidings.project.folder import read_folder
from tidings.project.plan import plan
from tidings.project.pull import pull

DEMO = Path(__file__).parents[2] / "src/tidings/demo/project"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the demo's project."""
    shutil.copytree(DEMO, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
async def workspace(database: Any) -> int:
    async with database.pool.acquire() as connection:
        return (await create_workspace(connection, "demo")).id


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    """The files of definitions: stories in ``tests/`` are none."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {file: data for file, data in files.items() if not file.startswith("tests/")}


async def in_force(database: Any, workspace: int) -> store.InForce:
    async with database.pool.acquire() as connection:
        return await store.newest(connection, workspace)


def test_the_demo_has_no_problems(folder: Path) -> None:
    assert check(read_folder(folder)) == []


async def test_pull_after_apply_changes_no_byte(database: Any, workspace: int, folder: Path, tmp_path: Path) -> None:
    edit(folder / "segments/paying.yaml", "rule: plan", "# who pays\nrule:   plan")
    before = contents(folder)
    applied = await apply(database.pool, workspace, read_folder(folder))
    assert (applied.number, applied.changed) == (1, True)
    pulled = await pull(database.pool, workspace, folder)
    assert (pulled.written, pulled.extra) == ({}, [])
    assert contents(folder) == before
    fresh = tmp_path / "fresh"
    await pull(database.pool, workspace, fresh)
    assert sorted(contents(fresh)) == sorted(before)
    again = await apply(database.pool, workspace, read_folder(fresh))
    assert (again.number, again.changed) == (1, False)
    first = contents(fresh)
    await pull(database.pool, workspace, fresh)
    assert contents(fresh) == first


async def test_the_demo_is_written_in_canonical_form(
    database: Any, workspace: int, folder: Path, tmp_path: Path
) -> None:
    await apply(database.pool, workspace, read_folder(folder))
    await pull(database.pool, workspace, tmp_path / "fresh")
    fresh, own = contents(tmp_path / "fresh"), contents(folder)
    for file in own:
        if file != "tidings.toml":  # it has comments
            assert fresh[file].decode() == own[file].decode()


async def test_apply_writes_a_control_record_into_every_partition_once(
    database: Any, workspace: int, folder: Path
) -> None:
    for _ in range(2):
        await apply(database.pool, workspace, read_folder(folder))
    rows = await database.fetch("SELECT partition, body FROM log ORDER BY partition")
    records = [decode(row["body"]) for row in rows]
    assert [row["partition"] for row in rows] == list(range(PARTITIONS))
    assert {record.body for record in records} == {Control(1)}
    assert len({record.id for record in records}) == PARTITIONS


async def test_versions_grow_only_where_something_changed(database: Any, workspace: int, folder: Path) -> None:
    await apply(database.pool, workspace, read_folder(folder))
    edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds")
    edit(folder / "templates/need-a-hand.md", "Two minutes", "Three minutes")
    await apply(database.pool, workspace, read_folder(folder))
    body = (await in_force(database, workspace)).body
    assert body["journeys"]["onboarding"]["version"] == 2
    assert body["journeys"]["onboarding"]["history"]["1"]["steps"][1]["wait"] == "5 seconds"
    assert body["journeys"]["cart"]["version"] == 1
    assert body["templates"]["need-a-hand"]["version"] == 2
    assert body["templates"]["welcome"]["version"] == 1
    assert body["since"]["segments"]["trials"] == 1


async def test_a_name_that_was_gone_never_takes_a_version_again(database: Any, workspace: int, folder: Path) -> None:
    await apply(database.pool, workspace, read_folder(folder))
    text = (folder / "journeys/orders.yaml").read_text()
    (folder / "journeys/orders.yaml").unlink()
    await apply(database.pool, workspace, read_folder(folder))
    assert "orders" not in (await in_force(database, workspace)).body["journeys"]
    (folder / "journeys/orders.yaml").write_text(text)
    await apply(database.pool, workspace, read_folder(folder))
    assert (await in_force(database, workspace)).body["journeys"]["orders"]["version"] == 2


async def test_a_plan_says_what_applying_would_do(database: Any, workspace: int, folder: Path) -> None:
    first = plan(read_folder(folder), await in_force(database, workspace))
    assert first.summary() == f"{len(contents(folder))} added"
    await apply(database.pool, workspace, read_folder(folder), over=first.number)
    edit(folder / "segments/paying.yaml", '"business"', '"enterprise"')
    (folder / "segments/good-customers.yaml").unlink()
    (folder / "snippets/thanks.liquid").write_text("Thanks")
    found = plan(read_folder(folder), await in_force(database, workspace))
    assert found.number == 1
    assert [(change.what, change.file) for change in found.changes] == [
        ("removed", "segments/good-customers.yaml"),
        ("changed", "segments/paying.yaml"),
        ("added", "snippets/thanks.liquid"),
    ]
    changed = found.of("changed")[0]
    assert '-rule: plan in ("team", "business")' in changed.diff()
    assert '+rule: plan in ("team", "enterprise")' in changed.diff()
    assert changed.takes == ("onboarding",)


async def test_a_plan_names_the_live_journeys_that_a_layout_a_snippet_or_a_function_would_change(
    database: Any, workspace: int, folder: Path
) -> None:
    (folder / "actions").mkdir()
    (folder / "actions/leads.py").write_text("def score(n: int): pass\n")
    edit(folder / "journeys/orders.yaml", "steps:\n", "steps:\n  - {id: score, run: leads.score, with: {n: 1}}\n")
    await apply(database.pool, workspace, read_folder(folder))
    edit(folder / "layouts/base.mjml", ">Brightboard<", ">Darkboard<")
    (folder / "snippets/footer.liquid").write_text("Bye")
    (folder / "actions/leads.py").write_text("def score(n: int, m: int = 0): pass\n")

    async def takes() -> dict[str, tuple[str, ...]]:
        found = plan(read_folder(folder), await in_force(database, workspace))
        return {change.file: change.takes for change in found.changes}

    assert await takes() == {
        "layouts/base.mjml": ("cart", "onboarding"),
        "snippets/footer.liquid": ("cart", "onboarding"),
        "actions/leads.py": ("orders",),
    }
    for journey in ("cart", "orders"):
        await status.stop(database.pool, workspace, journey)
    assert set((await takes()).values()) == {("onboarding",), ()}, "nobody is in those that were stopped"


async def test_of_two_who_apply_over_the_same_number_one_is_refused(
    database: Any, workspace: int, folder: Path
) -> None:
    await apply(database.pool, workspace, read_folder(folder))
    projects = []
    for name in ("enterprise", "scale"):
        edit(folder / "segments/paying.yaml", '"business"', f'"{name}", "business"')
        projects.append(read_folder(folder))
    ends = await asyncio.gather(
        *(apply(database.pool, workspace, project, over=1) for project in projects), return_exceptions=True
    )
    assert sorted(type(end).__name__ for end in ends) == ["Applied", "Overtaken"]
    assert await database.fetchval("SELECT count(*) FROM definitions") == 2
    assert await database.fetchval("SELECT count(*) FROM log") == 2 * PARTITIONS
    with pytest.raises(Overtaken, match="plan again"):
        await apply(database.pool, workspace, projects[0], over=1)


async def test_what_is_kept_is_what_was_written_down_to_the_order_of_keys(
    database: Any, workspace: int, folder: Path
) -> None:
    edit(folder / "journeys/onboarding.yaml", "set: {onboarded: true}", "set: {zeta: 1.0, alpha: 2}")
    await apply(database.pool, workspace, read_folder(folder))
    body = json.loads(await database.fetchval("SELECT body FROM definitions"))
    values = body["journeys"]["onboarding"]["document"]["steps"][-1]["set"]
    assert list(values.items()) == [("zeta", 1.0), ("alpha", 2)]


async def test_a_change_of_status_comes_into_force_and_outlives_the_next_apply(
    database: Any, workspace: int, folder: Path
) -> None:
    await apply(database.pool, workspace, read_folder(folder))
    assert (await status.pause(database.pool, workspace, "onboarding")).number == 2
    assert not (await status.pause(database.pool, workspace, "onboarding")).changed
    edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 6 seconds")
    await apply(database.pool, workspace, read_folder(folder))
    assert (await status.statuses(database.pool, workspace))["onboarding"] == (2, "paused", "Trial onboarding")
    await status.resume(database.pool, workspace, "onboarding")
    await status.stop(database.pool, workspace, "onboarding")
    with pytest.raises(Invalid, match="it can't be resumed"):
        await status.resume(database.pool, workspace, "onboarding")
    with pytest.raises(Invalid, match="did you mean `onboarding`"):
        await status.pause(database.pool, workspace, "onbording")
    assert await database.fetchval("SELECT count(*) FROM log") == 5 * PARTITIONS


async def test_who_resumes_chooses_what_becomes_of_what_was_held(database: Any, workspace: int, folder: Path) -> None:
    await apply(database.pool, workspace, read_folder(folder))
    for held, rate in (("send", ""), ("skip", ""), ("shift", ""), ("send", "100 per minute")):
        await status.pause(database.pool, workspace, "onboarding")
        await status.resume(database.pool, workspace, "onboarding", held, rate)
    body = json.loads(await database.fetchval("SELECT body FROM definitions ORDER BY number DESC LIMIT 1"))
    found = pauses.read(body["journeys"]["onboarding"])
    assert [(pause.held, pause.number, pause.over) for pause in found] == [
        ("send", 3, 0),
        ("skip", 5, 0),
        ("shift", 7, 0),
        ("send", 9, 0),
    ]
    assert all(before.start < before.end <= after.start for before, after in itertools.pairwise(found))
    for held, rate, says in (
        ("hold", "", "choose one of send, skip, shift"),
        ("send", "fast", "10 per second"),
        ("skip", "1 per second", "leave the rate out"),
    ):
        with pytest.raises(Invalid, match=says):
            await status.resume(database.pool, workspace, "onboarding", held, rate)


async def test_pull_writes_what_was_changed_elsewhere_and_keeps_what_is_not_in_force(
    database: Any, workspace: int, folder: Path, tmp_path: Path
) -> None:
    await apply(database.pool, workspace, read_folder(folder))
    other = tmp_path / "other"
    await pull(database.pool, workspace, other)
    edit(other / "journeys/cart.yaml", "wait: 20 seconds", "wait: 1 hour")
    (other / "journeys/comments.yaml").unlink()
    await apply(database.pool, workspace, read_folder(other))
    pulled = await pull(database.pool, workspace, folder)
    assert list(pulled.written) == ["journeys/cart.yaml"]
    assert "wait: 1 hour" in (folder / "journeys/cart.yaml").read_text()
    assert pulled.extra == ["journeys/comments.yaml"]
    assert (folder / "journeys/comments.yaml").exists()
    await pull(database.pool, workspace, folder, prune=True)
    assert not (folder / "journeys/comments.yaml").exists()


FAULTS = [
    ("journeys/cart.yaml", "wait: 20 seconds", "wait: 20", 12, 11, "no unit", "3 days"),
    ("journeys/cart.yaml", "send: cart-text", "send: cart-txt", 17, 11, "no template `cart-txt`", "`cart-text`"),
    ("journeys/cart.yaml", "only_if: phone is", "only_if: phone was", 16, None, "", ""),
    ("journeys/cart.yaml", "- id: think", "- id: reminder", 1, None, "two steps are called `reminder`", ""),
    (
        "journeys/orders.yaml",
        "good-customers",
        "god-customers",
        10,
        14,
        "no segment `god-customers`",
        "`good-customers`",
    ),
    (
        "journeys/orders.yaml",
        "journey: orders",
        "journey: order",
        1,
        10,
        "a file of another name",
        "journeys/order.yaml",
    ),
    ("journeys/orders.yaml", "steps:", "stepps:", 6, None, "no field `stepps`", "`steps`"),
    ("segments/stalled-trials.yaml", '"trials"', '"stalled-trials"', 4, 7, "circle", ""),
    ("segments/stalled-trials.yaml", '"active"', '"activ"', 4, 7, "no segment `activ`", "`active`"),
    ("templates/tips-short.md", "topic: tips", "topic: tps", 4, 1, "no topic `tps`", "`tips`"),
    ("templates/welcome.mjml", "layout: base", "layout: bas", 5, 1, "no layout `bas`", "`base`"),
    ("templates/cart-text.txt", "channel: sms", "channel: smms", 2, 1, "no channel `smms`", "`sms`"),
    ("tidings.toml", 'timezone = "Europe/Berlin"', 'timezone = "Europe/Berln"', 3, 12, "no time zone", ""),
    ("tidings.toml", 'workspace = "demo"', 'workspace = "demo"\nretention = "7 days"', 3, 13, "", ""),
]


@pytest.mark.parametrize(("file", "old", "new", "line", "column", "message", "hint"), FAULTS)
def test_faults_are_found_where_they_stand(
    folder: Path, file: str, old: str, new: str, line: int, column: int | None, message: str, hint: str
) -> None:
    edit(folder / file, old, new)
    try:
        problems = check(read_folder(folder))
    except Invalid as error:
        problems = error.problems
    if "retention" in new:
        assert [problem.file for problem in problems] == ["segments/good-customers.yaml"]
        assert "30 days" in problems[0].message
        return
    found = [problem for problem in problems if problem.file == file and message in problem.message]
    assert found, problems
    assert line in [problem.line for problem in found] or line == 1
    assert hint in found[0].hint
    if column is not None:
        assert column in [problem.column for problem in found]


def test_a_rule_that_names_an_attribute_as_templates_do_is_warned_of(folder: Path) -> None:
    edit(folder / "segments/paying.yaml", "rule: plan", "rule: customer.plan")
    edit(folder / "journeys/onboarding.yaml", "audience: email", "audience: customer.email")
    problems = check(read_folder(folder))
    assert [(problem.file, problem.hint, problem.warning) for problem in problems] == [
        ("journeys/onboarding.yaml", "write `email`", True),
        ("segments/paying.yaml", "write `plan`", True),
    ]


def test_files_that_can_not_be_read_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys/a.yaml").write_text("journey: a\n  x: 1\n")
    (tmp_path / "journeys/b.yml").write_text("journey: b\n")
    (tmp_path / "journeys/c.yaml").write_bytes(b"name: \xff\n")
    (tmp_path / "segment").mkdir()
    with pytest.raises(Invalid) as caught:
        read_folder(tmp_path)
    assert [(problem.file, problem.line) for problem in caught.value.problems] == [
        ("tidings.toml", 1),
        ("segment/", 1),
        ("journeys/a.yaml", 2),
        ("journeys/b.yml", 1),
        ("journeys/c.yaml", 1),
    ]


def test_names_that_are_unknown_are_told_beside_other_faults(folder: Path) -> None:
    edit(folder / "journeys/onboarding.yaml", "send: welcome", "send: welcom")
    edit(folder / "journeys/onboarding.yaml", 'in segment "paying"', 'in segment "payin"')
    edit(folder / "journeys/onboarding.yaml", "wait: 5 seconds", "wait: 5 secs or so")
    said = [problem.message for problem in check(read_folder(folder))]
    assert {"there is no template `welcom`", "there is no segment `payin`"} <= set(said)
    assert any("5 secs or so" in each for each in said), said


@pytest.mark.parametrize(("window", "says"), [('since "2020-01-01"', "to 2020-01-01"), ("within 8 days", "8 days")])
def test_a_rule_that_looks_further_back_than_history_is_told_how_far_it_sees(
    folder: Path, window: str, says: str
) -> None:
    edit(folder / "tidings.toml", 'workspace = "demo"', 'workspace = "demo"\nretention = "7 days"')
    edit(folder / "segments/good-customers.yaml", "within 30 days", window)
    before = datetime.now(UTC) - timedelta(days=7)
    problem = next(each for each in check(read_folder(folder)) if each.file == "segments/good-customers.yaml")
    after = datetime.now(UTC) - timedelta(days=7)
    told = f"this rule looks back {says}, history is kept for 7 days: it sees back to "
    assert problem.message in {f"{told}{day:%Y-%m-%d}" for day in (before, after)}
