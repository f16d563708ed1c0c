"""Projects by the command line: made, checked, planned, applied, pulled."""

import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Tidings
from tests.conftest import Database
from tests.pictures import picture
from tests.project.test_project import in_force
from tidings.kernel.actor import Actor
from tidings.kernel.ids import person_id
from tidings.people import store as people
from tidings.people.document import Person
from tidings.project.apply import apply
from tidings.project.body import documents_of
from tidings.project.folder import Project
from tidings.teams import store as teams


async def test_a_new_project_goes_into_force_and_back(tidings: Tidings, here: Path) -> None:
    made = await tidings("init")
    assert made.code == 0
    assert "+ journeys/hello.yaml" in made.out
    assert (await tidings("check")).out == "✓ no problems\n"
    planned = await tidings("plan")
    assert "+ added    journeys/hello.yaml" in planned.out
    assert "3 added" in planned.out
    assert "+ new workspace production, which `apply` makes\n" in planned.out
    assert "new workspace" not in (await tidings("plan", "--json")).out
    applied = await tidings("apply", "--yes")
    assert applied.code == 0
    assert "✓ definitions 1 are in force in production" in applied.out
    assert (await tidings("plan")).out == "nothing to change\n"
    assert "did you mean `production`?" in (await tidings("plan", "--workspace", "porduction")).out
    assert (await tidings("apply", "--json")).data == {"over": 1, "changes": [], "number": 1, "changed": False}
    before = contents(here)
    assert (await tidings("pull")).out == "✓ 0 written, 3 were the same\n"
    assert contents(here) == before


async def test_init_leaves_what_is_there(tidings: Tidings, here: Path) -> None:
    (here / "shop/templates").mkdir(parents=True)
    (here / "shop/templates/hello.md").write_text("mine")
    made = await tidings("init", "shop", "--workspace", "shop", "--json")
    assert made.data == {"folder": "shop", "made": ["tidings.toml", "journeys/hello.yaml"]}
    assert (here / "shop/templates/hello.md").read_text() == "mine"
    assert 'workspace = "shop"' in (here / "shop/tidings.toml").read_text()


async def test_faults_are_named_with_file_line_and_column(tidings: Tidings, here: Path) -> None:
    await tidings("init")
    journey = here / "journeys/hello.yaml"
    journey.write_text(journey.read_text().replace("email is present", "email is presnt"))
    checked = await tidings("check")
    assert checked.code == 1
    assert checked.err.startswith("journeys/hello.yaml:5:20: ")
    assert "present" in checked.err
    (problem,) = (await tidings("check", "--json")).data
    assert (problem["file"], problem["line"], problem["column"]) == ("journeys/hello.yaml", 5, 20)
    refused = await tidings("apply", "--yes")
    assert refused.code == 1
    assert "1 problem; nothing was changed" in refused.err


async def test_a_file_that_cant_be_read_hides_no_other_fault(tidings: Tidings, here: Path) -> None:
    """What names it is not told that it is not there."""
    await tidings("init")
    (here / "layouts").mkdir()
    (here / "layouts/base.mjml").write_bytes(b"\xff")
    (here / "segments").mkdir()
    (here / "segments/paying.yaml").write_text("segment: paying: x\n")
    (here / "actions").mkdir()
    (here / "actions/score.py").write_bytes(b"\xff")
    (here / "templates/hello.md").write_text("---\nchannel: email\nsubject: Hi\nlayout: base\n---\nHi\n")
    (here / "journeys/hello.yaml").write_text(
        'journey: hello\ntrigger: {event: Signed Up}\naudience: in segment "paying"\nsteps:\n'
        "  - {id: hello, send: helo}\n  - {id: score, run: score}\n"
    )
    faults = [
        "actions/score.py:1:1: it is not UTF-8 text",
        "journeys/hello.yaml:5:23: there is no template `helo`",
        "layouts/base.mjml:1:1: it is not UTF-8 text",
        "segments/paying.yaml:1:16: mapping values are not allowed here",
    ]
    for command in ("check", "plan"):
        said = await tidings(command)
        assert (said.code, [line for line in said.err.splitlines() if re.match(r"\S+:\d", line)]) == (1, faults)
    (here / "tidings.toml").write_text("workspace = ")
    said = await tidings("check")
    assert [line for line in said.err.splitlines() if re.match(r"\S+:\d", line)] == [
        *faults,
        "tidings.toml:1:13: invalid value",
    ]


async def test_a_plan_shows_what_changed_word_by_word_and_what_uses_it(tidings: Tidings, here: Path) -> None:
    await tidings("init")
    await tidings("apply", "--yes")
    template = here / "templates/hello.md"
    template.write_text(template.read_text().replace("nice to have", "good to have"))
    planned = await tidings("plan")
    assert "~ changed  templates/hello.md" in planned.out
    assert "    -nice to have you here.\n" in planned.out
    assert "    +good to have you here.\n" in planned.out
    assert "used by: hello" in planned.out
    (change,) = (await tidings("plan", "--json")).data["changes"]
    assert (change["what"], change["file"], change["used_by"]) == ("changed", "templates/hello.md", ["hello"])
    (here / "journeys/hello.yaml").unlink()
    assert "- removed  journeys/hello.yaml" in (await tidings("plan")).out


async def test_apply_without_yes_needs_somebody_to_ask(tidings: Tidings) -> None:
    await tidings("init")
    refused = await tidings("apply")
    assert refused.code == 1
    assert "+ added    journeys/hello.yaml" in refused.out
    assert "nobody is here to ask" in refused.err
    assert "there are: none" in (await tidings("pull")).err  # nor was the workspace made
    assert "add --yes" in refused.err
    assert "3 added" in (await tidings("plan")).out


async def test_apply_asks_whoever_sits_there(tidings: Tidings, here: Path, database: Database) -> None:
    await tidings("init")
    assert "Put this in force in production?" in answer(here, database.url, b"n\n", expect=1)
    assert "3 added" in (await tidings("plan")).out
    assert "definitions 1 are in force" in answer(here, database.url, b"y\n", expect=0)


PROS = """journey: pros
trigger: {segment: entered pros}
steps:
  - {id: mark, set: {greeted: true}}
---
journey: teams
trigger: {attribute: plan, to: team}
steps:
  - {id: mark, set: {greeted: true}}
"""


async def test_who_matches_already_is_counted_and_taken_in_when_asked(
    tidings: Tidings, here: Path, database: Database
) -> None:
    await tidings("init")
    await tidings("apply", "--yes")
    workspace = await database.fetchval("SELECT id FROM workspaces")
    rows = []
    for n, plan in enumerate(("pro", "pro", "team", "free")):
        id = person_id(n, plan)
        rows.append(people.row(Person(id, workspace, n, 1, id, attributes={"plan": plan})))
    async with database.pool.acquire() as connection, connection.transaction():
        await people.write(connection, rows)
    (here / "segments").mkdir()
    (here / "segments/pros.yaml").write_text('segment: pros\nrule: plan = "pro"\n')
    for text in PROS.split("---\n"):
        (here / f"journeys/{text.split()[1]}.yaml").write_text(text)
    planned = (await tidings("plan")).out
    assert "pros: 2 people match already; they stay outside\n" in planned
    assert "teams: 1 person matches already; they stay outside\n" in planned
    assert "`--take-in JOURNEY='1000 per hour'`" in planned
    told = (await tidings("plan", "--take-in", "pros=5 per hour", "--json")).data["matching"]
    assert [(each["journey"], each["people"], each["rate"]) for each in told] == [
        ("pros", 2, "5 per hour"),
        ("teams", 1, ""),
    ]
    for wrong, says in (
        ("pros", "no journey with a rate"),
        ("pros=many", "is no rate"),
        ("hello=all", "nobody can match"),
    ):
        refused = await tidings("apply", "--yes", "--take-in", wrong)
        assert (refused.code, says in refused.err) == (1, True), refused.err
    assert await database.fetch("SELECT FROM intakes") == []
    said = answer(
        here, database.url, b"y\n", 0, (b"pros: take them in", b"5 per hour\n"), (b"teams: take them in", b"\n")
    )
    assert "definitions 2 are in force" in said
    begun = await database.fetch("SELECT journey, rate, number FROM intakes")
    assert [tuple(row) for row in begun] == [("pros", "5 per hour", 2)]
    assert (await tidings("apply", "--yes", "--take-in", "teams=all")).code == 0
    assert await database.fetchval("SELECT number FROM intakes WHERE journey = 'teams'") == 2


async def test_pull_writes_over_files_only_when_told(tidings: Tidings, here: Path) -> None:
    await tidings("init")
    await tidings("apply", "--yes")
    journey = here / "journeys/hello.yaml"
    own = journey.read_text()
    journey.write_text(changed := own.replace("Say hello", "Say good day"))
    kept = await tidings("pull", "--yes")
    assert kept.out == (
        "~ unapplied journeys/hello.yaml was changed here and is not applied yet; it stays\n"
        "✓ 0 written, 3 were the same\n"
    )
    (here / "journeys/other.yaml").write_text("journey: other\n")
    assert "mend what `tidings check` shows" in (await tidings("pull", "--yes")).err
    assert (await tidings("pull", "--discard")).code == 1
    assert journey.read_text() == changed
    pulled = await tidings("pull", "--yes", "--discard")
    assert "~ changed journeys/hello.yaml" in pulled.out
    assert "· journeys/other.yaml is not in force (kept)" in pulled.out
    assert journey.read_text() == own
    assert (await tidings("pull", "--yes", "--prune", "--json")).data["extra"] == ["journeys/other.yaml"]
    assert not (here / "journeys/other.yaml").exists()


async def test_pull_brings_home_what_was_changed_elsewhere_beside_what_was_changed_here(
    tidings: Tidings, here: Path, database: Database
) -> None:
    await tidings("init")
    journey = here / "journeys/hello.yaml"
    first = journey.read_text() + "  - id: settle\n    wait: 1 day\n  - id: again\n    send: hello\n"
    journey.write_text(first)
    await tidings("apply", "--yes")
    workspace = await database.fetchval("SELECT id FROM workspaces")

    async def in_the_web_app(wait: str) -> None:
        documents = documents_of((await in_force(database, workspace)).body)
        documents["journeys"]["hello"]["steps"][1]["wait"] = wait
        await apply(database.pool, workspace, Project(**documents), actor=Actor("ada@example.com"), note="Wait longer")

    await in_the_web_app("2 days")
    journey.write_text(first.replace("journey: hello\n", "journey: hello\nnote: Mine.\n"))
    pulled = await tidings("pull", "--yes")
    assert "was changed here and by ada@example.com (Wait longer); both are taken" in " ".join(pulled.out.split())
    both = journey.read_text()
    assert "note: Mine." in both
    assert "wait: 2 days" in both

    await in_the_web_app("3 days")
    journey.write_text(mine := both.replace("2 days", "4 days"))
    refused = await tidings("pull", "--yes")
    assert (refused.code, journey.read_text()) == (1, mine)
    assert "nothing was written" in refused.err
    web = await tidings("pull", "--yes", "--prefer", "web")
    assert web.code == 0
    said = " ".join(web.out.split())
    assert "(Wait longer) at the same place; the side you prefer is taken" in said
    assert "files 4 days in force 3 days" in said
    assert journey.read_text() == both.replace("2 days", "3 days")

    journey.write_text(first)  # as it was in force once, so nothing of it was changed here
    assert (await tidings("pull", "--yes")).out == "~ changed journeys/hello.yaml\n✓ 1 written, 2 were the same\n"


async def test_a_folder_says_which_workspace_it_is_for(tidings: Tidings, here: Path) -> None:
    for name in ("shop", "blog"):
        await tidings("init", name, "--workspace", name)
        assert f"are in force in {name}" in (await tidings("apply", name, "--yes")).out
    assert (await tidings("pull", "blog")).out == "✓ 0 written, 3 were the same\n"
    (here / "shop/journeys/hello.yaml").unlink()
    assert "+ added   journeys/hello.yaml" in (await tidings("pull", "shop")).out
    assert "which workspace is meant?" in (await tidings("pull")).err


async def test_a_secret_of_another_workspace_is_told_where_it_is_named(
    tidings: Tidings, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tidings("init", "--workspace", "production")
    (here / "journeys/hello.yaml").write_text(
        """\
journey: hello
trigger:
  event: Signed Up
steps:
  - id: fork
    branch:
      - when: plan = "pro"
        steps:
          - id: tell
            webhook: https://crm.acme.dev/people
            secret: TIDINGS_SECRET_CRM
      - otherwise: []
"""
    )
    assert (await tidings("apply", "--yes")).err == ""
    with (here / "tidings.toml").open("a") as settings:
        settings.write(
            '\n[workspaces.staging.channels.email]\nprovider = "smtp"\nhost = "mail.example.com"\n'
            'username = "example"\npassword_env = "TIDINGS_SECRET_SMTP"\n'
        )
    assert (await tidings("plan")).err == ""
    planned = (await tidings("plan", "--workspace", "staging")).err
    says = "is none of the workspace staging, and counts as missing"
    assert f"journeys/hello.yaml:11:21: warning the secret TIDINGS_SECRET_CRM {says}" in " ".join(planned.split())
    line = (here / "tidings.toml").read_text().splitlines().index('password_env = "TIDINGS_SECRET_SMTP"') + 1
    assert f"tidings.toml:{line}:16: warning the secret TIDINGS_SECRET_SMTP {says}" in " ".join(planned.split())
    applied = await tidings("apply", "--yes", "--workspace", "staging")
    assert applied.code == 0
    assert "TIDINGS_SECRET_CRM" in applied.err
    assert "TIDINGS_SECRET_CRM" in (await tidings("check", "--seen", "--workspace", "staging")).err
    monkeypatch.setenv("TIDINGS_WORKSPACE_SECRETS", "staging: TIDINGS_SECRET_*; production: TIDINGS_SECRET_CRM")
    assert (await tidings("plan", "--workspace", "staging")).err == ""


async def test_a_folder_or_workspace_that_is_not_there(tidings: Tidings) -> None:
    assert "there is no folder nowhere" in (await tidings("check", "nowhere")).err
    assert "there is no tidings.toml" in (await tidings("check")).err
    refused = await tidings("pull", "--workspace", "nowhere")
    assert refused.code == 1
    assert "there is no workspace `nowhere`" in refused.err


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def answer(folder: Path, url: str, keys: bytes, expect: int, *more: tuple[bytes, bytes]) -> str:
    """Run `tidings apply` at a terminal and type an answer, and others to ``more`` questions; gives all that stood on the screen."""
    waiting = [(b"[y/n]", keys), *more]
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TIDINGS_DATABASE_URL": url, "TERM": "dumb"}
    process = subprocess.Popen(
        [sys.executable, "-c", "from tidings.cli import main; main()", "apply"],
        cwd=folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    try:
        while True:
            ready, _, _ = select.select([ours], [], [], 30)
            assert ready, seen
            try:
                read = os.read(ours, 4096)
            except OSError:  # the other side has closed the terminal
                break
            if not read:
                break
            seen += read
            if waiting and waiting[0][0] in seen:
                os.write(ours, waiting.pop(0)[1])
        assert process.wait(30) == expect, seen
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return seen.decode()


async def test_pictures_go_into_force_and_back_byte_for_byte(tidings: Tidings, here: Path) -> None:
    await tidings("init")
    (here / "assets").mkdir()
    photo = picture("jpeg", comment=b"made at home")
    (here / "assets/hero.jpg").write_bytes(photo)
    template = here / "templates/hello.md"
    template.write_text(template.read_text() + "\n![Us]({{ assets['hero.jpg'] }})\n")
    assert (await tidings("check")).out == "✓ no problems\n"
    planned = await tidings("plan")
    assert "+ added    assets/hero.jpg" in planned.out
    assert (await tidings("apply", "--yes")).code == 0
    assert (await tidings("plan")).out == "nothing to change\n"
    before = contents(here)
    assert (await tidings("pull")).out == "✓ 0 written, 4 were the same\n"
    assert contents(here) == before
    assert (here / "assets/hero.jpg").read_bytes() == photo

    assert (await tidings("pull", "fresh", "--yes", "--workspace", "production")).code == 0
    pulled = (here / "fresh/assets/hero.jpg").read_bytes()
    assert b"made at home" not in pulled
    settings = here / "fresh/tidings.toml"
    settings.write_text(settings.read_text().replace('"production"', '"staging"'))
    assert (await tidings("apply", "fresh", "--yes")).code == 0  # another workspace, the same bytes
    assert (await tidings("pull", "there", "--yes", "--workspace", "staging")).code == 0
    assert (here / "there/assets/hero.jpg").read_bytes() == pulled

    (here / "assets/hero.jpg").write_bytes(picture("jpeg", colour="maroon"))
    planned = await tidings("plan")
    assert "~ changed  assets/hero.jpg" in planned.out
    assert "used by: hello" in planned.out
    (here / "assets/Big One.png").write_bytes(picture())
    (here / "assets/logo.gif").write_bytes(picture())
    (here / "assets/drawing.svg").write_text("<svg/>")
    said = (await tidings("check")).err
    assert "assets/Big One.png" in said
    assert (
        "`logo.gif` holds a PNG picture; call it logo.png" in said.replace("\n", "; ").replace("  ", " ")
        or "call it logo.png" in said
    )
    assert "assets/drawing.svg" in said


async def test_a_workspace_made_here_belongs_to_who_owns_all_the_others(
    tidings: Tidings, here: Path, database: Database
) -> None:
    await tidings("init")
    assert "belongs" not in (await tidings("apply", "--yes", "--workspace", "first")).out
    async with database.pool.acquire() as connection:
        first = await connection.fetchval("SELECT id FROM workspaces WHERE name = 'first'")
        ann, ben, vera = [
            await teams.add_account(connection, f"{name}@example.com", name, "hashed")
            for name in ("ann", "ben", "vera")
        ]
        assert ann is not None
        assert ben is not None
        assert vera is not None
        await teams.set_member(connection, first, ann, "owner")
        await teams.set_member(connection, first, ben, "admin")
        await teams.set_member(connection, first, vera, "owner", vouched=True)
    assert "it belongs to ann@example.com" in (await tidings("apply", "--yes", "--workspace", "second")).out
    assert "belongs" not in (await tidings("apply", "--yes", "--workspace", "second")).out
    async with database.pool.acquire() as connection:
        second = await connection.fetchval("SELECT id FROM workspaces WHERE name = 'second'")
        assert [(each.email, each.role) for each in await teams.members(connection, second)] == [
            ("ann@example.com", "owner")
        ]
        told = await connection.fetchval("SELECT actor FROM audit WHERE workspace = $1 AND what = 'made owner'", second)
        assert told.startswith("command line")
        await teams.set_member(connection, second, ben, "owner")
        await connection.execute("DELETE FROM team_members WHERE workspace = $1 AND account = $2", second, ann)
    said = await tidings("apply", "--yes", "--workspace", "third")
    assert (said.code, "belongs" in said.out) == (0, False), "nobody owns both"
