"""Each chooses for themselves to be told; Slack's address is sealed and guarded; notices go out by the workspace's own mail and Slack."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.json import decode

from tests.api.serving import KEY, Server
from tests.api.test_management import enter
from tidings.channels import secrets
from tidings.channels.means import means_of
from tidings.project import incidents
from tidings.project.incidents import SLACK, Notice
from tidings.project.telling import post, tell, tell_all
from tidings.settings import Settings
from tidings.teams.key import installation_key

URL = "https://hooks.slack.com/services/T0/B0/abcdefghijkl"


@pytest.fixture
async def slack() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that takes posts as Slack does: where it listens, and what came."""
    came: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        came.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/services/x", came
    server.close()


async def test_each_chooses_for_themselves_and_the_address_is_never_shown(server: Server) -> None:
    async with enter(server, "ada@example.com", "owner") as ada, enter(server, "ben@example.com", "viewer") as ben:
        said = (await ada.get("/api/alerts")).json()
        assert (said["mine"], said["people"], said["slack"], said["slack_kinds"]) == ([], [], None, [])
        kinds = [each["name"] for each in said["kinds"]]
        assert (await ben.put("/api/alerts/mine", json={"kinds": ["provider", "quiet"]})).status_code == 204
        assert (await ada.put("/api/alerts/mine", json={"kinds": kinds})).status_code == 204
        wrong = await ada.put("/api/alerts/mine", json={"kinds": ["provder"]})
        assert (wrong.status_code, wrong.json()["hint"]) == (400, "did you mean `provider`?")
        said = (await ben.get("/api/alerts")).json()
        assert said["mine"] == ["provider", "quiet"]
        assert (await ben.put("/api/alerts/slack/kinds", json={"kinds": []})).status_code == 403
        assert [each["email"] for each in said["people"]] == ["ada@example.com", "ben@example.com"]
        for wrong in (
            "http://hooks.slack.com/x",
            "https://",
            "hooks",
            "https://u:p@hooks.slack.com/x",
            "https://[::1/x",
            "https://acme.slack.com/archives/C0123",
            "https://hooks.slack.com/services/T0/B0",
            "https://hooks.slack.com/workflows/T0/A0/1/secret",
            "https://chat.example.com/",
        ):
            assert (await ada.put("/api/alerts/slack", json={"url": wrong})).status_code == 400, wrong
        assert (await ben.put("/api/alerts/slack", json={"url": URL})).status_code == 403
        alike = {"url": "https://chat.example.com/hooks/kx9"}  # Mattermost's, which takes what Slack's does
        assert (await ada.put("/api/alerts/slack", json=alike)).status_code == 204
        assert (await ben.post("/api/alerts/test", json={"way": "mail"})).status_code == 403
        assert (await ada.put("/api/alerts/slack", json={"url": URL})).status_code == 204
        answer = await ada.get("/api/alerts")
        assert (answer.json()["slack"], answer.json()["slack_kinds"]) == (URL[-4:], kinds)
        assert (await ada.put("/api/alerts/slack/kinds", json={"kinds": ["provider"]})).status_code == 204
        assert (await ada.get("/api/alerts")).json()["slack_kinds"] == ["provider"]
        assert "services" not in answer.text
        audit = await ada.get("/api/audit")
        assert "services" not in audit.text
        assert (await ada.delete("/api/alerts/slack")).status_code == 204
        assert (await ada.delete("/api/alerts/slack")).status_code == 404
        assert (await ben.put("/api/alerts/mine", json={"kinds": []})).status_code == 204
        assert (await ben.get("/api/alerts")).json()["mine"] == []
        changed = [each for each in (await ada.get("/api/audit")).json()["entries"] if each["what"] == "changed"]
        assert (changed[0]["actor"], changed[0]["after"]) == ("ben@example.com", [])
        said = (await ada.post("/api/alerts/test", json={"way": "mail"})).json()
        assert said == {
            "taken": False,
            "says": "It was not sent: email has no provider in this workspace yet.",
            "again": False,
        }
    assert (await server.ask("/api/alerts/mine", "PUT", json={"kinds": []})).status_code == 400


async def test_mail_and_slack_are_told(server: Server, slack: tuple[str, list[bytes]]) -> None:
    place, came = slack
    async with enter(server, "ada@example.com", "owner") as ada:
        etag = (await ada.get("/api/settings")).headers["etag"]
        own = {"senders": {"team": {"email": "hello@example.com"}}, "channels": {"email": {"provider": "mailbox"}}}
        kept = await ada.put(
            "/api/settings", json={"settings": {"workspace": "production", **own}}, headers={"If-Match": etag}
        )
        assert kept.status_code == 200, kept.text
        await ada.put("/api/alerts/mine", json={"kinds": ["provider", "rejected"]})
        await ada.put("/api/alerts/slack", json={"url": place.replace("http:", "https:")})
        said = (await ada.post("/api/alerts/test", json={"way": "mail"})).json()
        assert said["taken"], said
        refused = (await ada.post("/api/alerts/test", json={"way": "slack"})).json()
        assert "may not be reached" in refused["says"]
        await server.database.execute(
            "INSERT INTO rejected (workspace, source, at, reason, keys, record) VALUES ($1, 1, 1, 'x', '{}', '')",
            server.workspace,
        )
        settings = Settings(key=KEY, url="https://tidings.example")
        assert await tell_all(server.database.pool, settings) == 1  # mail; Slack's address is this machine's
        assert await tell_all(server.database.pool, settings) == 0
        mails = await server.database.fetch("SELECT recipient, subject FROM mailbox ORDER BY id")
        assert [tuple(row) for row in mails] == [
            ("ada@example.com", "production: a test"),
            ("ada@example.com", "production: 1 record could not be applied"),
        ]
        notices = {each["way"]: each for each in (await ada.get("/api/alerts")).json()["notices"]}
        assert notices["mail"]["state"] == "sent"
        assert notices["slack"]["state"] == "failed"
        assert "TIDINGS_WEBHOOK_NETWORKS" in notices["slack"]["reason"]
    opened = means_of(
        Settings(key=KEY, webhook_networks=("127.0.0.0/8",))
    )  # of one's own, as Mattermost's may stand in
    assert await post(place, "<!channel> & more", opened) == ("", False)
    assert came == [b'{"text":"<!channel> & more"}']
    async with server.database.pool.acquire() as connection:
        await secrets.keep(connection, server.workspace, SLACK, place, installation_key(settings), "ada")
    lines = ["1 record could not be applied.", "https://tidings.example/production/data/rejected"]
    for says, expected in (
        ("1 record could not be applied", lines[1:]),
        ("2 things need a look", lines),
    ):
        notice = Notice(0, server.workspace, "slack", "", f"production: {says}", "\n".join(lines), 1)
        assert await tell(server.database.pool, settings, notice, opened) == ("", False)
        assert decode(came[-1]) == {"text": "\n".join([f"*production: {says}*", *expected])}
    assert incidents.MOST < 10
