"""A live journey changed by the command line."""

from pathlib import Path

from tests.cli.conftest import Tidings
from tests.conftest import Database
from tidings.kernel.ids import digest, person_id
from tidings.people import standing, store
from tidings.people.document import Person, Run


async def test_a_live_journey_is_changed_looked_at_and_brought_back(
    tidings: Tidings, here: Path, database: Database
) -> None:
    await tidings("init")
    hello = here / "journeys/hello.yaml"
    hello.write_text(hello.read_text() + "  - id: settle\n    wait: 1 day\n  - id: again\n    send: hello\n")
    await tidings("apply", "--yes")
    workspace = await database.fetchval("SELECT id FROM workspaces")
    id = person_id(3, "ann")
    run = Run(digest("r"), "hello", 1, "settle", entered=1, arrived=1)
    ann = Person(id, workspace, 3, 1, id, identifiers=[("email", "ann@example.com")], runs=[run])
    async with database.pool.acquire() as connection, connection.transaction():
        await store.write(connection, [store.row(ann)])
        await standing.write(connection, standing.change({id: standing.Stood(workspace)}, {id: ann}))
    listed = await tidings("journey", "people", "hello", "settle", "--json")
    assert [(row["email"], row["version"]) for row in listed.data["people"]] == [("ann@example.com", 1)]
    assert (await tidings("journey", "people", "hello", "--json")).data == [
        {"step": "settle", "version": 1, "people": 1}
    ]
    assert "pass on the `next`" in (await tidings("journey", "people", "hello", "settle", "--after", "x")).err

    hello.write_text(hello.read_text().replace("1 day", "2 days"))
    planned = (await tidings("plan")).out
    assert "1 person is at `settle` (ann@example.com): they go on in version 2 by its terms" in " ".join(
        planned.split()
    )
    assert "all of them: tidings journey people hello" in planned
    assert "otherwise: --choose hello/settle='finish' (or leave, move again, retime, keep)" in planned
    chosen = await tidings("plan", "--choose", "hello/settle=keep", "--json")
    assert chosen.data["changes"][0]["people"]["stops"][0]["choice"] == "keep"
    wrong = await tidings("plan", "--choose", "hello/settel=keep")
    assert wrong.code == 1
    assert "did you mean `settle`?" in wrong.err
    assert "is no choice" in (await tidings("plan", "--choose", "settle")).err
    ramped = await tidings("journey", "publish", "hello", "--ramp", "50%, most", "--yes")
    assert (ramped.code, "'most' is no stage of a ramp" in ramped.err) == (1, True)
    (here / "chosen.yaml").write_text("hello:\n  settle: move again\n")
    assert (await tidings("apply", "--yes", "--choices", "chosen.yaml")).code == 0

    versions = (await tidings("journey", "versions", "hello", "--json")).data
    assert [(each["version"], each["inside"]) for each in versions] == [(2, 0), (1, 1)]
    assert versions[0]["by"].startswith("command line (")
    assert (await tidings("journey", "diff", "hello")).out == "`settle`: wait 1 day became 2 days\n"
    back = await tidings("journey", "rollback", "hello", "1", "--yes")
    assert back.code == 0, back.err
    assert "`settle`: wait 2 days became 1 day" in back.out
    assert "otherwise: --choose hello/settle='finish'" in back.out
    assert "hello: nobody is likely to come in within the next day; 1 person is inside already" in " ".join(
        back.out.split()
    )
    assert (await tidings("journey", "list", "--json")).data[0]["version"] == 3
    kept = " ".join((await tidings("plan")).out.split())
    assert "journeys/hello.yaml was changed by command line (" in kept
    assert ") (hello back to version 1); it stays, and `tidings pull` brings it into the files" in kept
    assert "wait for a worker" in (await tidings("journey", "progress")).out


async def test_runs_that_a_fault_stopped_are_asked_to_try_again(tidings: Tidings, database: Database) -> None:
    await tidings("init")
    await tidings("apply", "--yes")
    workspace, id = await database.fetchval("SELECT id FROM workspaces"), person_id(3, "ann")
    run = Run(digest("r"), "hello", 1, "hello", entered=1, arrived=1, parked="the call failed")
    ann = Person(id, workspace, 3, 1, id, identifiers=[("email", "ann@example.com")], runs=[run])
    async with database.pool.acquire() as connection, connection.transaction():
        await store.write(connection, [store.row(ann)])
        await standing.write(connection, standing.change({id: standing.Stood(workspace)}, {id: ann}))
    before = await database.fetchval("SELECT count(*) FROM log WHERE partition = 3")
    none = await tidings("journey", "retry", "hello", "--step", "other")
    assert "no run of hello was stopped by a fault" in none.out
    asked = await tidings("journey", "retry", "hello", "--json")
    assert asked.data == {"id": "hello", "retried": 1, "faults": {"the call failed": 1}}
    assert await database.fetchval("SELECT count(*) FROM log WHERE partition = 3") == before + 1
    wrong = await tidings("journey", "retry", "helo")
    assert wrong.code == 1
    assert "did you mean `hello`?" in wrong.err
