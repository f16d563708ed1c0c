"""`tidings backtest` and `backtests`: a draft in a folder against what is in force, printed, as JSON and as CSV."""

import csv
import time
from pathlib import Path
from typing import Any

from tests.cli.conftest import Tidings
from tests.conftest import Database
from tests.processor.test_laws import live as append
from tests.processor.town import Town
from tidings.database.access import create_workspace
from tidings.kernel.ids import digest, fresh, show
from tidings.kernel.records import SECRET, Event, Identify, Record, encode, home
from tidings.kernel.times import DAY, HOUR, MINUTE
from tidings.simulate import kept


async def people(database: Database) -> None:
    """Let five people sign up, before anything is in force."""
    async with database.pool.acquire() as connection:
        own = await create_workspace(connection, "production")
    town = Town(database, own.id, own.secret)
    rows = []
    for n in range(5):
        at = time.time_ns() // 1000 - 2 * DAY + n * HOUR
        bodies: list[Any] = [Identify({"email": f"u{n}@example.com"}), Event("Signed Up", {"n": n})]
        for body in bodies:
            at += MINUTE
            record = Record(digest(at), own.id, 1, SECRET, (("id", f"u{n}"),), at, at, body)
            rows.append((at, home(record), encode(record)))
    await append(town, rows)
    await town.hire()  # who reads a log that is empty goes on to today
    await town.rest()
    await town.close()


async def test_a_draft_is_played_on_what_people_did(tidings: Tidings, here: Path, database: Database) -> None:
    await tidings("init")
    await people(database)
    await tidings("apply", "--yes")
    journey = here / "journeys/hello.yaml"
    alone = await tidings("backtest", "hello", "--against", "nothing", "--processes", "0")
    assert alone.code == 0, alone.err
    assert "draft: 5 people entered, 5 times" in alone.out
    text = journey.read_text().replace("event: Signed Up", "event: Signed Up\n  where: n >= 2")
    journey.write_text(text + "  - id: after\n    set: {greeted: true}\n")
    told = await tidings("backtest", "hello", "--days", "7", "--csv", "out.csv", "--processes", "0")
    assert told.code == 0, told.err
    assert (
        "there is nothing to compare yet: nothing happened in the journey in these days; the version in force is so since"
        in told.out
    )
    assert "moves agree" not in told.out
    assert "The version in force is younger than the window" in told.out
    assert "entered both 3, only draft 0, only live 2" in told.out
    assert told.out.index("\nhello ") < told.out.index("\nafter ")  # as in the journey
    assert "What is assumed" in told.out
    with (here / "out.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert {line["side"] for line in lines} == {"draft", "live"}
    assert {line["called"] for line in lines if line["side"] == "draft"} == {f"u{n}@example.com" for n in (2, 3, 4)}
    assert sum(line["what"] == "sent" and line["side"] == "draft" for line in lines) == 3
    listed = (await tidings("backtests", "list", "--json")).data
    assert [each["state"] for each in listed] == ["done", "done"]
    shown = await tidings("backtests", "show", listed[0]["id"], "--json")
    assert shown.data["result"]["count"]["comparison"]["only_b"] == 2
    running, workspace = fresh(), await database.fetchval("SELECT id FROM workspaces")
    async with database.pool.acquire() as connection:
        await kept.begin(connection, running, workspace, "hello", "me", 64, {})
    assert "stops within seconds" in (await tidings("backtests", "cancel", show(running))).out
    assert (await tidings("backtests", "list", "--json")).data[0]["state"] == "cancelled"
    again = await tidings("backtests", "cancel", show(running))
    assert again.code == 1
    assert f"no backtest `{show(running)}` runs" in " ".join(again.err.split())
    removed = await tidings("backtests", "remove", listed[0]["id"], "--json")
    assert removed.data == {"backtest": listed[0]["id"], "removed": True}
    assert (await tidings("backtests", "show", listed[0]["id"])).code == 1


async def test_another_file_and_what_is_wrong(tidings: Tidings, here: Path, database: Database) -> None:
    await tidings("init")
    await tidings("apply", "--yes")
    text = (here / "journeys/hello.yaml").read_text()
    (here / "other.yaml").write_text(text.replace("Signed Up", "Gone Away"))
    both = await tidings(
        "backtest", "hello", "--draft", "other.yaml", "--against", "journeys/hello.yaml", "--json", "--processes", "0"
    )
    assert both.data["result"]["labels"] == ["other.yaml", "hello.yaml", "live"]
    (here / "journeys/hello.yaml").write_text(text.replace("Signed Up", "Came Back"))
    await tidings("apply", "--yes")
    older = await tidings("backtest", "hello", "--version", "1", "--against", "draft", "--json", "--processes", "0")
    assert older.data["result"]["labels"] == ["version 1", "draft", "live"]
    documents = [each["trigger"]["event"] for each in older.data["asked"]["documents"]]
    assert documents == ["Signed Up", "Came Back", "Came Back"]
    against = await tidings("backtest", "hello", "--against", "1", "--json", "--processes", "0")
    assert against.data["result"]["labels"] == ["draft", "version 1", "live"]
    assert (await tidings("backtest", "hello", "--version", "9")).code == 1
    assert (await tidings("backtest", "hello", "--version", "1", "--draft", "other.yaml")).code == 1
    (here / "other.yaml").write_text(text.replace("send: hello", "send: helo"))
    faulty = await tidings("backtest", "hello", "--draft", "other.yaml")
    assert faulty.code == 1
    assert "other.yaml:8:11: there is no template `helo`" in faulty.err
    (here / "answers.yaml").write_text("answers:\n  scor: 5\n")
    for command in ("backtest", "simulate"):
        wrong = await tidings(command, "hello", "--draft", "journeys/hello.yaml", "--answers", "answers.yaml")
        assert "answers.yaml:2:9: there is no step `scor`" in wrong.err
    unknown = await tidings("backtest", "helo")
    assert "did you mean `hello`?" in unknown.err


async def test_a_draft_is_simulated(tidings: Tidings, here: Path, database: Database) -> None:
    await tidings("init")
    await people(database)
    told = await tidings("simulate", "hello", "--people", "50", "--workspace", "production")
    assert told.code == 0, told.err
    assert "50 people" in told.out
    assert "Signed Up: " in told.out
    both = [await tidings("simulate", "hello", "--people", "20", "--start", "2026-01-01", "--json") for _ in range(2)]
    assert both[0].data == both[1].data
    assert both[0].data["window"] == ["2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z"]
