"""The switch over HTTP: who may, what everybody sees, the audit log; nothing of it reaches another workspace."""

from tests.api.serving import Server
from tests.api.test_management import enter
from tidings.database.access import create_source, create_workspace


async def test_owners_stop_and_resume_and_everybody_sees_why(server: Server) -> None:
    async with enter(server, "eve@example.com", "author") as author:
        assert (await author.post("/api/sending/stop", json={"reason": "x"})).status_code == 403
        async with enter(server, "ada@example.com", "admin") as admin:
            assert (await admin.post("/api/sending/resume", json={"held": "send"})).status_code == 409
            stopped = await admin.post("/api/sending/stop", json={"reason": "wrong price"})
            assert stopped.status_code == 200, stopped.text
            assert (await admin.post("/api/sending/stop", json={"reason": "again"})).status_code == 409
            said = (await author.get("/api/sending")).json()
            assert (said["stopped"], said["by"], said["reason"], said["held"]) == (
                True,
                "ada@example.com",
                "wrong price",
                0,
            )
            assert (await author.post("/api/sending/resume", json={"held": "send"})).status_code == 403
            assert (await admin.post("/api/sending/resume", json={"held": "later"})).status_code == 400
            assert (await admin.post("/api/sending/resume", json={"held": "drop"})).json()["stopped"] is False
            assert (await author.get("/api/sending")).json()["stopped"] is False
            entries = (await admin.get("/api/audit?kind=sending")).json()["entries"]
            assert [(each["what"], each["after"]) for each in entries] == [
                ("resumed", {"held": "drop"}),
                ("stopped", {"reason": "wrong price"}),
            ]
            hasty = (await admin.post("/api/sending/stop", json={})).json()
            assert (hasty["stopped"], hasty["reason"]) == (True, ""), "whoever is in a hurry says nothing"


async def test_another_workspace_goes_on(server: Server) -> None:
    async with server.database.pool.acquire() as connection:
        other = await create_workspace(connection, "other")
        await create_source(connection, other.id, "others' key", "app")
    async with enter(server, "eve@example.com", "owner", other.id) as eve:
        assert (await eve.post("/api/sending/stop", json={"reason": "x"})).status_code == 200
        async with enter(server, "ada@example.com", "owner") as ada:
            assert (await ada.get("/api/sending")).json()["stopped"] is False
