"""Settings of a workspace over the API: edited, tried out, sealed, exported; and nobody sends the machine's own secrets away."""

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.api.serving import Server
from tests.api.test_management import enter
from tidings.project.read_toml import read_toml

SMTP = {"provider": "smtp", "host": "127.0.0.1", "port": 9, "security": "none", "timeout": 1.0}
SENDERS = {"hello": {"email": "hello@shop.example", "name": "Shop"}}


@pytest.fixture
async def owner(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with enter(server, "ada@example.com") as browser:
        yield browser


async def put(browser: httpx.AsyncClient, settings: dict[str, Any], **more: Any) -> httpx.Response:
    """Write settings over what is there now."""
    tag = (await browser.get("/api/settings")).headers["etag"]
    return await browser.put("/api/settings", json={"settings": settings, **more}, headers={"if-match": tag})


async def test_settings_are_edited_over_what_was_seen_and_the_log_says_from_what_to_what(
    owner: httpx.AsyncClient,
) -> None:
    first = await owner.get("/api/settings")
    assert (first.json()["settings"], first.headers["etag"]) == ({"workspace": "production"}, '"0"')
    made = await put(owner, {"senders": SENDERS, "topics": {"news": {"name": "News"}}})
    assert (made.status_code, made.json()) == (200, {"number": 1, "waiting": None}), made.text
    stale = await owner.put("/api/settings", json={"settings": {}}, headers={"if-match": '"0"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "overtaken")
    faulty = await put(owner, {"senders": {"hello": {"email": "nowhere"}}, "limits": {"nwes": "3 per day"}})
    assert faulty.status_code == 409
    assert {fault["where"] for fault in faulty.json()["faults"]} == {"senders.hello.email", "limits.nwes"}
    (entry,) = (await owner.get("/api/audit?kind=settings")).json()["entries"]
    assert (entry["what"], entry["before"]) == ("changed", {})
    assert entry["after"]["senders"] == SENDERS


async def test_where_approval_is_asked_settings_wait_and_so_does_switching_it_off(owner: httpx.AsyncClient) -> None:
    assert (await put(owner, {"approval": True})).json() == {"number": 1, "waiting": None}
    waits = await put(owner, {"approval": False}, note="faster")
    assert waits.json()["number"] == 1
    assert isinstance(waits.json()["waiting"], int)
    assert (await owner.get("/api/settings")).json()["settings"]["approval"] is True


async def test_a_secret_is_sealed_and_never_shown(server: Server, owner: httpx.AsyncClient) -> None:
    value = "a password nobody may see"
    assert (await owner.put("/api/secrets/EMAIL_SMTP_PASSWORD", json={"value": value})).status_code == 204
    assert (await owner.put("/api/secrets/lower", json={"value": value})).status_code == 400
    stored = await server.database.fetchval("SELECT sealed FROM secrets")
    assert value not in stored
    said = (await owner.get("/api/channels")).text + (await owner.get("/api/audit")).text
    assert value not in said
    assert '"hint":" see"' in said
    table = {**SMTP, "security": "tls", "username": "u", "password_env": "EMAIL_SMTP_PASSWORD"}
    assert (await put(owner, {"channels": {"email": table}})).status_code == 200


@pytest.mark.parametrize("name", ["PATH", "TIDINGS_DATABASE_URL", "TIDINGS_KEY"])
async def test_no_other_variable_of_the_machine_can_be_named(owner: httpx.AsyncClient, name: str) -> None:
    table = {**SMTP, "security": "tls", "username": "u", "password_env": name}
    refused = await put(owner, {"channels": {"email": table}})
    assert (refused.status_code, refused.json()["faults"][0]["where"]) == (400, "channels.email.password_env")
    tried = await owner.post("/api/channels/email/test", json={"to": "ada@example.com", "settings": table})
    assert tried.status_code == 400


async def test_nor_by_way_of_a_stored_secret_of_that_name(
    server: Server, owner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELSEWHERE", "what the machine keeps")
    table = {**SMTP, "security": "tls", "username": "u", "password_env": "ELSEWHERE"}
    await owner.put("/api/secrets/ELSEWHERE", json={"value": "mine"})
    settings = {"sender": "hello", "senders": SENDERS, "channels": {"email": table}}
    assert (await put(owner, settings)).status_code == 200
    assert (await owner.delete("/api/secrets/ELSEWHERE")).status_code == 204
    said = (await owner.post("/api/channels/email/test", json={"to": "ada@example.com"})).json()["says"]
    assert said.startswith("Nothing was sent: the secret ELSEWHERE is none of the workspace production")


async def test_variables_are_the_first_workspaces_alone(server: Server, owner: httpx.AsyncClient) -> None:
    table = {**SMTP, "security": "tls", "username": "u", "password_env": "TIDINGS_SECRET_SMTP"}
    assert (await put(owner, {"channels": {"email": table}})).status_code == 200
    await owner.post("/api/workspaces", json={"name": "staging"})
    owner.headers["x-workspace"] = "staging"
    refused = await put(owner, {"channels": {"email": table}})
    assert refused.json()["faults"][0]["message"] == "There is no secret `TIDINGS_SECRET_SMTP` in this workspace."


async def test_a_test_says_in_plain_words_what_became_of_it(server: Server, owner: httpx.AsyncClient) -> None:
    url, body = "/api/channels/email/test", {"to": "ada@example.com"}
    assert (await owner.post(url, json=body)).status_code == 409
    without = await owner.post(url, json={**body, "settings": {"provider": "mailbox"}})
    assert without.json()["faults"][0]["where"] == "sender"
    await put(owner, {"senders": SENDERS, "channels": {"email": {"provider": "mailbox"}}})
    assert (await owner.post(url, json=body)).json()["taken"] is True
    kept = await server.database.fetch("SELECT recipient, subject FROM mailbox")
    assert [tuple(row) for row in kept] == [("ada@example.com", "A test from Tidings")]
    away = (await owner.post(url, json={**body, "settings": SMTP})).json()
    assert away["taken"] is False
    assert away["says"].startswith("SMTP did not take it")
    missing = {**SMTP, "security": "tls", "username": "u", "password_env": "TIDINGS_SECRET_NOT_THERE"}
    said = (await owner.post(url, json={**body, "settings": missing})).json()["says"]
    assert said.startswith("Nothing was sent: the secret TIDINGS_SECRET_NOT_THERE is not set")


async def test_a_sender_is_confirmed_by_the_link_mailed_to_it(server: Server, owner: httpx.AsyncClient) -> None:
    await put(owner, {"senders": SENDERS, "channels": {"email": {"provider": "mailbox"}}})
    assert (await owner.post("/api/senders/confirm", json={"email": "other@shop.example"})).status_code == 404
    asked = await owner.post("/api/senders/confirm", json={"email": "hello@shop.example"})
    assert asked.json()["taken"] is True, asked.text
    assert list((await owner.get("/api/settings")).json()["mailed"]) == ["hello@shop.example"]
    text = await server.database.fetchval("SELECT text FROM mailbox")
    token = text.partition("/confirm#")[2].split()[0]
    forged = token[:-6] + "AAAAA="
    assert (await server.client.post("/api/senders/confirmation", json={"token": forged})).status_code == 404
    done = await server.client.post("/api/senders/confirmation", json={"token": token})
    assert done.json() == {"email": "hello@shop.example"}
    assert (await owner.get("/api/settings")).json()["confirmed"] == ["hello@shop.example"]


async def test_the_workspace_is_downloaded_as_project_files(owner: httpx.AsyncClient) -> None:
    settings = {"senders": SENDERS, "channels": {"email": {"provider": "mailbox"}}}
    await put(owner, settings)
    answer = await owner.get("/api/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="production-1.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["production/tidings.toml"]
        told, _ = read_toml(archive.read("production/tidings.toml").decode(), "tidings.toml")
    assert told == {"workspace": "production", **settings}


async def test_whoever_makes_a_workspace_owns_it(server: Server, owner: httpx.AsyncClient) -> None:
    assert (await owner.post("/api/workspaces", json={"name": "Two Words"})).status_code == 400
    assert (await owner.post("/api/workspaces", json={"name": "staging"})).status_code == 201
    assert (await owner.get("/api/home", headers={"x-workspace": "staging"})).status_code == 200  # at once
    assert (await owner.post("/api/workspaces", json={"name": "staging"})).status_code == 409
    said = (await owner.get("/api/session")).json()["workspaces"]
    assert [(each["name"], each["role"]) for each in said] == [("production", "owner"), ("staging", "owner")]
    async with enter(server, "v@example.com", "viewer") as viewer:
        assert (await viewer.post("/api/workspaces", json={"name": "mine"})).status_code == 403
        assert (await viewer.put("/api/secrets/X", json={"value": "y"})).status_code == 403
        assert (await viewer.get("/api/export")).status_code == 403
