"""What waits for approval is looked at, approved and declined on the command line."""

from pathlib import Path

import pytest

from tests.cli.conftest import Tidings


async def asked(tidings: Tidings, here: Path, name: str) -> int:
    """Ask for a change of the journey's name; gives the request's number."""
    journey = here / "journeys/hello.yaml"
    journey.write_text(journey.read_text().replace("name: Say hello", f"name: {name}"))
    said = await tidings("apply", "--yes")
    assert said.code == 1
    assert "waits for approval as number" in said.err
    assert "`tidings approval show" in said.err
    return int(said.err.split("as number ")[1].split(";")[0])


async def test_somebody_else_approves_what_they_looked_at(
    tidings: Tidings, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    await tidings("init")
    settings = here / "tidings.toml"
    settings.write_text(f"approval = true\n{settings.read_text()}")
    assert (await tidings("apply", "--yes")).code == 0
    number = await asked(tidings, here, "Greet")

    (line,) = (await tidings("approval", "list", "--json")).data
    assert (line["number"], line["asked by"]) == (number, "command line (ann)")
    seen = (await tidings("approval", "show", str(number), "--json")).data
    assert [change["file"] for change in seen["changes"]] == ["journeys/hello.yaml"]
    assert "name: Greet" in (await tidings("approval", "show", str(number))).out

    own = await tidings("approval", "give", str(number), "--hash", seen["hash"])
    assert own.code == 1, "nobody approves what they asked for"
    monkeypatch.setenv("LOGNAME", "bea")
    other = await tidings("approval", "give", str(number), "--hash", "0" * 32)
    assert other.code == 1, "nobody approves what they did not see"
    given = await tidings("approval", "give", str(number), "--hash", seen["hash"])
    assert given.code == 0, given.err
    assert (await tidings("journey", "versions", "hello", "--json")).data[0]["by"] == "command line (ann)"
    assert (await tidings("approval", "list", "--json")).data == []


async def test_a_declined_request_is_gone(tidings: Tidings, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    await tidings("init")
    settings = here / "tidings.toml"
    settings.write_text(f"approval = true\n{settings.read_text()}")
    await tidings("apply", "--yes")
    number = await asked(tidings, here, "Greet")
    monkeypatch.setenv("LOGNAME", "bea")
    said = await tidings("approval", "decline", str(number), "--json")
    assert said.data == {"request": number, "declined": True}
    assert "nothing waits for approval" in (await tidings("approval", "list")).out
