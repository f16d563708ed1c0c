"""The audit log narrowed by day, by who and by what; all of it as CSV; nothing of another workspace."""

import csv
import io
from pathlib import Path

from tests.api.serving import Server
from tests.api.test_management import enter
from tidings import demo
from tidings.database.access import create_workspace
from tidings.project.apply import apply
from tidings.project.folder import read_folder
from tidings.teams import audit
from tidings.teams.audit import Actor


async def test_it_is_narrowed_paged_and_exported(server: Server) -> None:
    async with enter(server, "ada@example.com", "owner") as browser:
        async with server.database.pool.acquire() as connection:
            other = await create_workspace(connection, "other")
            for n in range(3):
                actor = Actor(None, f"key {n}")
                await audit.note(connection, server.workspace, actor, "changed", "sender", f"s{n}", before={"n": n})
            await audit.note(
                connection, server.workspace, Actor(None, "key 0"), "made", "sender", "=cmd", after={"n": 9}
            )
            await audit.note(connection, other.id, Actor(None, "stranger"), "changed", "sender", "theirs")
            await connection.execute("UPDATE audit SET at = 1700000000000000 WHERE name = 's1'")  # 2023-11-14

        async def names(**by: str) -> list[str]:
            said = await browser.get("/api/audit", params=by)
            assert said.status_code == 200, said.text
            return [each["name"] for each in said.json()["entries"]]

        assert await names(kind="sender") == ["=cmd", "s2", "s1", "s0"]
        assert await names(kind="sender", what="changed", actor="key 0") == ["s0"]
        assert await names(since="2023-11-14T00:00:00Z", until="2023-11-15T00:00:00Z") == ["s1"]
        assert await names(kind="sender", until="2023-11-14T22:13:20Z") == []
        assert await names(kind="sender", since="2023-11-14T22:13:21Z") == ["=cmd", "s2", "s0"]
        first = (await browser.get("/api/audit?kind=sender&limit=3")).json()
        assert await names(kind="sender", before=str(first["next"])) == ["s0"]
        assert await names(kind="sender", oldest="true") == ["s0", "s1", "s2", "=cmd"]
        begun = (await browser.get("/api/audit?kind=sender&limit=3&oldest=true")).json()
        assert await names(kind="sender", oldest="true", before=str(begun["next"])) == ["=cmd"]
        assert (await browser.get("/api/audit?since=yesterday")).status_code == 400
        words = (await browser.get("/api/audit/words")).json()
        assert {"key 0", "key 1", "key 2"} <= set(words["actors"])
        assert "stranger" not in words["actors"]
        assert {"made", "changed"} <= set(words["whats"])

        said = await browser.get("/api/audit/export", params={"kind": "sender"})
        head, *rows = csv.reader(io.StringIO(said.text))
        assert head == ["at", "actor", "what", "kind", "name", "called", "before", "after"]
        assert [row[4] for row in rows] == ["'=cmd", "s2", "s1", "s0"], "what a spreadsheet would run is kept a text"
        assert rows[2][0].startswith("2023-11-14")
        assert rows[2][6] == '{"n":1}'
        assert (await names(kind="audit log")) == [""]
    async with enter(server, "eve@example.com", "viewer") as eve:
        for path in ("/api/audit", "/api/audit/words", "/api/audit/export"):
            assert (await eve.get(path)).status_code == 403


async def test_journeys_and_segments_are_named_and_found_by_what_they_are_called(server: Server) -> None:
    await apply(server.database.pool, server.workspace, read_folder(Path(demo.__file__).parent / "project"))
    async with enter(server, "ada@example.com", "owner") as browser:
        async with server.database.pool.acquire() as connection:
            actor, own = Actor(None, "key 0"), server.workspace
            await audit.note(connection, own, actor, "retried", "journey", "onboarding")
            await audit.note(connection, own, actor, "deleted", "draft of segment", "paying", before={"name": "Paid"})
            await audit.note(connection, own, actor, "deleted", "draft of journey", "gone", before={"name": "Farewell"})
            await audit.note(connection, own, actor, "tested", "journey", "never-seen")
            await audit.note(connection, own, actor, "made", "source", "onboarding", after={"name": "a shop"})

        async def called(q: str = "") -> list[tuple[str, str]]:
            said = (await browser.get("/api/audit", params={"actor": "key 0", "q": q})).json()
            return [(each["name"], each["called"]) for each in said["entries"]]

        assert await called() == [
            ("onboarding", ""),
            ("never-seen", ""),
            ("gone", "Farewell"),
            ("paying", "Paying customers"),
            ("onboarding", "Trial onboarding"),
        ]
        assert await called("trial ONB") == [("onboarding", "Trial onboarding")]
        assert await called("customers") == [("paying", "Paying customers")]
        rows = csv.reader(io.StringIO((await browser.get("/api/audit/export", params={"q": "trial onb"})).text))
        assert ("onboarding", "Trial onboarding") in [(row[4], row[5]) for row in rows]
