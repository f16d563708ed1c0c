"""A forgotten password: who is mailed a link, what it opens, and that nobody learns or takes anything by it."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pyotp
import pytest

from tests.api.serving import KEY, Server, serving
from tests.api.test_management import PASSWORD, enter
from tests.conftest import Database
from tests.delivery.post import Post, taking
from tidings.database.access import create_source, create_workspace
from tidings.kernel.times import HOUR, MINUTE
from tidings.project.store import mailing
from tidings.settings import Settings
from tidings.teams import reset, store
from tidings.teams.key import installation_key

ADA, NEW = "ada@example.com", "another horse battery"
SEALED_BY = installation_key(Settings(key=KEY))


@pytest.fixture
async def mailed(database: Database) -> AsyncIterator[tuple[Server, Post]]:
    """A server whose workspace sends mail, once `sends_mail` has set it up, and where the mail goes."""
    async with taking() as post, serving(database, mail_networks=("127.0.0.0/8",)) as server:
        yield server, post


async def sends_mail(owner: httpx.AsyncClient, provider: dict[str, Any], workspace: str = "production") -> None:
    here = {"x-workspace": workspace}
    etag = (await owner.get("/api/settings", headers=here)).headers["etag"]
    own = {"senders": {"team": {"email": "hello@example.com"}}, "channels": {"email": provider}}
    body = {"settings": {"workspace": workspace, **own}}
    said = await owner.put("/api/settings", json=body, headers={**here, "if-match": etag})
    assert said.status_code == 200, said.text


async def ask(server: Server, email: str = ADA) -> httpx.Response:
    return await server.client.post("/api/password/forgotten", json={"email": email})


async def carried(server: Server, email: str) -> int | None:
    """The workspace that would carry the link of an account."""
    async with server.database.pool.acquire() as connection:
        account = await store.account(connection, email=email)
        assert account is not None
        return await reset.carrier(connection, account.id, await mailing(connection))


async def link_of(server: Server, email: str = ADA, left: int = HOUR) -> str:
    """The secret of a link, as the command makes it."""
    async with server.database.pool.acquire() as connection:
        account = await store.account(connection, email=email)
    assert account is not None
    return reset.secret_of(SEALED_BY, account, time.time_ns() // 1000 + left)


async def choose(server: Server, secret: str, chosen: str = NEW) -> httpx.Response:
    return await server.client.post("/api/password", json={"secret": secret, "password": chosen})


async def test_a_link_is_mailed_and_sets_a_new_password_once(mailed: tuple[Server, Post]) -> None:
    server, post = mailed
    async with enter(server, ADA) as ada:
        await sends_mail(ada, post.settings)
        said = await ask(server, " Ada@Example.com")
        assert said.json() == {"mails": True, "command": "tidings account reset ada@example.com"}
        assert (await ask(server, "nobody@example.com")).json()["mails"] is True
        await post.until(1)
        (mail,) = post.mails
        assert (mail["to"], mail["subject"]) == (ADA, "Choose a new password for Tidings")
        (secret,) = re.findall(re.escape(server.url) + r"/password#(\S+)", mail.get_content())
        assert (await server.client.post("/api/password/look", json={"secret": secret})).json() == {"email": ADA}
        short = await choose(server, secret, "short")
        assert (short.status_code, short.json()["faults"][0]["where"]) == (400, "password")
        assert (await ada.get("/api/people")).status_code == 200
        assert (await choose(server, secret)).status_code == 204
        assert (await ada.get("/api/people")).status_code == 401, "every browser is signed out"
        for path in ("/api/password", "/api/password/look"):
            again = await server.client.post(path, json={"secret": secret, "password": PASSWORD})
            assert (again.status_code, again.json()["code"]) == (404, "no_link")
    former = await server.client.post("/api/session", json={"email": ADA, "password": PASSWORD})
    assert former.status_code == 401
    now = await server.client.post("/api/session", json={"email": ADA, "password": NEW})
    assert now.status_code == 200
    entries = (await server.client.get("/api/audit")).json()["entries"]
    told = [(each["actor"], each["what"], each["name"]) for each in entries if each["kind"] == "account"]
    assert (ADA, "reset the password of", ADA) in told
    assert secret not in str(entries)


async def test_two_factor_is_still_asked_for_and_its_secret_opens_as_before(server: Server) -> None:
    async with enter(server, ADA) as ada:
        secret = (await ada.post("/api/session/two-factor/offer")).json()["secret"]
        code = pyotp.TOTP(secret).at(int(time.time()) - 30)
        on = {"secret": secret, "code": code, "password": PASSWORD}
        assert (await ada.post("/api/session/two-factor", json=on)).status_code == 200
    assert (await choose(server, await link_of(server))).status_code == 204
    without = await server.client.post("/api/session", json={"email": ADA, "password": NEW})
    assert (without.status_code, without.json()["code"]) == (401, "two_factor")
    right = {"email": ADA, "password": NEW, "code": pyotp.TOTP(secret).now()}
    assert (await server.client.post("/api/session", json=right)).status_code == 200


async def test_a_link_that_is_over_forged_or_somebody_elses_is_none(server: Server) -> None:
    async with enter(server, ADA), enter(server, "eve@example.com", "viewer"):
        pass
    right, over, other = [await link_of(server, *each) for each in ((ADA,), (ADA, -MINUTE), ("eve@example.com",))]
    id, until, mark = right.split(".")
    later = f"{id}.{int(until) + HOUR}.{mark}"
    moved = f"{id}.{other.partition('.')[2]}"
    for wrong in (over, later, moved, "", "x", f"{right} ", f"999999.{until}.{mark}", f"{'9' * 18}.{until}.{mark}"):
        assert (await choose(server, wrong)).status_code == 404, wrong
    assert (await choose(server, right)).status_code == 204


async def test_of_two_who_use_a_link_at_once_one_does(server: Server) -> None:
    async with enter(server, ADA):
        pass
    secret = await link_of(server)
    said = await asyncio.gather(choose(server, secret), choose(server, secret, "yet another battery"))
    assert sorted(each.status_code for each in said) == [204, 404]


async def test_where_nothing_sends_mail_the_answer_says_so_whoever_is_asked_for(server: Server) -> None:
    async with enter(server, ADA) as ada:
        said = [(await ask(server, email)).json()["mails"] for email in (ADA, "nobody@example.com")]
        assert said == [False, False]
        await sends_mail(ada, {"provider": "mailbox"})
        assert (await ask(server)).json()["mails"] is False, "whoever reaches the mailbox reads what is in it"
    assert await server.database.fetchval("SELECT count(*) FROM mailbox") == 0
    assert (await ask(server, "no address")).json()["faults"][0]["where"] == "email"
    quoted = (await ask(server, "a$(reboot)@example.com")).json()["command"]
    assert quoted == "tidings account reset 'a$(reboot)@example.com'"


async def test_links_are_counted_and_then_refused_alike_but_for_a_browser_that_is_known(server: Server) -> None:
    async with enter(server, ADA) as ada:
        for email in (ADA, "nobody@example.com"):
            said = [(await ask(server, email)).status_code for _ in range(11)]
            assert said == [200] * 10 + [429]
        assert (await ask(server, ADA)).json()["detail"].startswith("Too many links were asked for. Try again in")
        assert (await ada.post("/api/password/forgotten", json={"email": ADA})).status_code == 200
        right = await server.client.post("/api/session", json={"email": ADA, "password": PASSWORD})
        assert right.status_code == 200, "whoever asks for links takes no try at the password"


async def test_a_request_from_elsewhere_asks_for_nothing(server: Server) -> None:
    elsewhere = {"origin": "https://elsewhere.example"}
    for path, body in (("/forgotten", {"email": ADA}), ("", {"secret": "x", "password": NEW})):
        said = await server.client.post(f"/api/password{path}", json=body, headers=elsewhere)
        assert said.status_code == 403


async def test_nobody_has_a_link_mailed_past_themselves_who_may_less_than_the_account(
    mailed: tuple[Server, Post],
) -> None:
    server, post = mailed
    here = server.workspace
    async with server.database.pool.acquire() as connection:
        other = (await create_workspace(connection, "other")).id
    async with enter(server, "owner@example.com") as owner, enter(server, "author@example.com", "author"):
        await sends_mail(owner, post.settings)
        assert await carried(server, "owner@example.com") == here
        async with enter(server, "admin@example.com", "admin"):
            pass
        assert await carried(server, "owner@example.com") is None, "an admin could become an owner by it"
        assert await carried(server, "admin@example.com") == await carried(server, "author@example.com") == here
        async with server.database.pool.acquire() as connection:
            members = {each.email: each.account for each in await store.members(connection, here)}
            await store.set_member(connection, other, members["author@example.com"], "viewer")
        assert await carried(server, "author@example.com") is None, (
            "the owner and the admin are nobody in the other workspace"
        )
        async with server.database.pool.acquire() as connection:
            for each in ("owner@example.com", "admin@example.com"):
                await store.set_member(connection, other, members[each], "admin")
        assert await carried(server, "author@example.com") == here
        async with server.database.pool.acquire() as connection:
            viewer = members["author@example.com"]
            await store.set_member(connection, here, viewer, "viewer", ["settings:edit"])
        assert await carried(server, "admin@example.com") is None, "a viewer who may change settings may less"
        async with server.database.pool.acquire() as connection:
            await store.set_member(connection, here, viewer, "viewer")
            assert await reset.carrier(connection, members["admin@example.com"], [here]) == here
            await create_source(connection, here, "robot", "app")
            await connection.execute("UPDATE sources SET scopes = '{settings:edit}' WHERE name = 'robot'")
        assert await carried(server, "admin@example.com") is None, "nor a key"


async def test_an_account_without_a_way_in_by_password_gets_no_link(server: Server) -> None:
    async with server.database.pool.acquire() as connection:
        id = await store.add_account(connection, ADA, "Ada", "")
        assert id is not None
        await store.set_member(connection, server.workspace, id, "author", vouched=True)
    assert (await choose(server, await link_of(server))).status_code == 404
