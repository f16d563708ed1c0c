"""What stands beside the hot routes: links of real messages, providers' callbacks, and the mailbox, each through the real server."""

import email
import email.policy
import json
import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest

from tests.api.sending import sending as ready
from tests.api.serving import Server, serving
from tests.api.test_manage import until
from tests.channels.servers.twilio import ACCOUNT, TOKEN, signed
from tests.conftest import Database
from tidings.kernel.records import SYSTEM, Receipt


@pytest.fixture
async def sending(database: Database) -> AsyncIterator[Server]:
    """The application with a worker and a sender, the demo in force, and Ada just signed up."""
    async with ready(database) as server:
        yield server


def is_sent(said: Any) -> bool:
    """Whether the first message is on its way."""
    return [each["state"] for each in said.get("deliveries", [])] == ["sent"]


async def test_from_a_request_to_a_mail_and_back(sending: Server) -> None:
    """HTTP in, message out, and its click and one-click unsubscribe come back as what happened."""
    server = sending
    said = await until(server, "/api/people/id/u/deliveries", is_sent)
    delivery = said["deliveries"][0]["id"]
    assert "ada@example.com" in (await server.client.get("/mailbox")).text
    raw = await server.database.fetchval("SELECT raw FROM mailbox WHERE delivery = $1", delivery)
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    click = unescape(re.search(rf"{server.url}/t/c/[\w-]+", html).group())  # type: ignore[union-attr]
    answer = await server.client.get(click)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("http")
    assert (await server.client.get(click[:-2])).status_code == 404
    leave = re.search(r"<(http[^>]+)>", mail["List-Unsubscribe"]).group(1)  # type: ignore[union-attr]
    assert (await server.client.post(leave, content=b"List-Unsubscribe=One-Click")).status_code == 200
    history = "/api/people/id/u/history?kind=message"
    events = await until(server, history, lambda s: len(s["history"]) >= 3)
    names = {row["name"] for row in events["history"]}
    assert {"received email", "unsubscribed email"} <= names
    assert names & {"clicked email", "fetched email"}
    found = await until(server, "/api/people/id/u", lambda s: s["consent"]["unsubscribed"] or s["consent"]["topics"])
    assert found["consent"]["said"]


async def test_the_mailbox_is_for_development_only(server: Server) -> None:
    assert (await server.client.get("/mailbox")).status_code == 404
    assert (await server.client.get("/mailbox/1/frame")).status_code == 404


async def test_a_providers_callback_is_believed_if_it_is_signed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDINGS_SECRET_SMS", TOKEN)
    twilio = {
        "provider": "twilio",
        "account_sid": ACCOUNT,
        "auth_token_env": "TIDINGS_SECRET_SMS",
        "sender": "+14155550100",
    }
    body = json.dumps({"settings": {"channels": {"sms": twilio}}})
    async with serving(database) as server:
        await database.execute("INSERT INTO definitions VALUES ($1, 1, 0, $2)", server.workspace, body)
        delivery = "00" + "0" * 26
        path = f"/webhooks/sms/twilio/{server.workspace}?delivery={delivery}"
        form = {"AccountSid": ACCOUNT, "MessageSid": "SM1", "MessageStatus": "delivered", "To": "+14155550123"}
        headers, data = signed(server.url + path, form)
        assert (await server.client.post(path, content=data, headers=headers)).status_code == 204
        headers, data = signed(server.url + path, form, token="another")
        assert (await server.client.post(path, content=data, headers=headers)).status_code == 403
        (record,) = await server.records()
        assert (record.body, record.trust) == (Receipt(delivery, "delivered", {"recipient": "+14155550123"}), SYSTEM)


async def test_links_that_are_none_of_ours(server: Server) -> None:
    for kind in "ocupv":
        assert (await server.client.get(f"/t/{kind}/AAAA")).status_code == 404
    assert await server.records() == []
