"""The management API as a whole: every route states who may call it, nothing of another workspace answers, sessions and edits hold."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pyotp
import pytest

from tests.api.serving import KEY, Server, serving
from tests.conftest import Database
from tidings.api.management import handlers
from tidings.api.permit import Permit
from tidings.database.access import create_workspace
from tidings.settings import Settings
from tidings.teams import password, store
from tidings.teams.key import installation_key, setup_code
from tidings.teams.permissions import ROLES, Role

PASSWORD = "correct horse battery"
ROUTES = [
    (method, path, handler) for handler in handlers() for path in handler.paths for method in handler.http_methods
]


@pytest.mark.parametrize(("method", "path", "handler"), ROUTES, ids=[f"{m} {p}" for m, p, _ in ROUTES])
def test_a_route_states_who_may_call_it(method: str, path: str, handler: Any) -> None:
    stated = [guard for guard in handler.guards or () if isinstance(guard, Permit)]
    assert len(stated) == 1, f"{method} {path} has {len(stated)} permits"
    assert handler.fn.__doc__, "what it does is said in the reference"


@asynccontextmanager
async def enter(
    server: Server, email: str, role: Role = "owner", workspace: int | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody with this role, signed in over HTTP."""
    async with server.database.pool.acquire() as connection:
        id = await store.add_account(connection, email, email.partition("@")[0], await password.hashed(PASSWORD))
        assert id is not None
        await store.set_member(connection, workspace or server.workspace, id, role)
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as browser:
        said = await browser.post("/api/session", json={"email": email, "password": PASSWORD})
        assert said.status_code == 200, said.text
        browser.headers["x-csrf"] = said.json()["csrf"]
        yield browser


async def test_the_first_account_owns_everything_and_there_is_one_first(server: Server) -> None:
    assert (await server.client.get("/api/session")).json()["first_run"] is True
    wanted = {"name": "Ada", "email": "Ada@Example.com", "password": "short"}
    refused = await server.client.post("/api/setup", json=wanted)
    assert refused.status_code == 400
    assert [fault["where"] for fault in refused.json()["faults"]] == ["password"]
    wanted |= {"password": PASSWORD}
    for code in ("", "abcd-abcd-abcd"):
        stranger = await server.client.post("/api/setup", json={**wanted, "code": code})
        assert (stranger.status_code, stranger.json()["faults"][0]["where"]) == (403, "code")
    wanted |= {"code": setup_code(installation_key(Settings(key=KEY))).upper()}
    made = await server.client.post("/api/setup", json=wanted)
    assert made.status_code == 201, made.text
    assert [(each["name"], each["role"]) for each in made.json()["workspaces"]] == [("production", "owner")]
    cookie = made.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert (await server.client.post("/api/setup", json=wanted)).status_code in (403, 409)
    alerts = (await server.client.get("/api/alerts")).json()
    assert alerts["mine"] == [each["name"] for each in alerts["kinds"] if each["grave"]], "what is grave finds somebody"


async def test_what_changes_something_needs_the_sessions_word_and_our_own_page(server: Server) -> None:
    async with enter(server, "ada@example.com") as browser:
        word = browser.headers.pop("x-csrf")
        body = {"name": "site 2", "kind": "write_key"}
        assert (await browser.post("/api/sources", json=body)).status_code == 403
        wrong = {"x-csrf": word, "origin": "https://elsewhere.example"}
        assert (await browser.post("/api/sources", json=body, headers=wrong)).status_code == 403
        made = await browser.post("/api/sources", json=body, headers={"x-csrf": word, "origin": server.url})
        assert made.status_code == 201, made.text
        assert len(made.json()["key"]) >= 20
        (entry,) = [e for e in (await browser.get("/api/audit")).json()["entries"] if e["kind"] == "source"]
        assert (entry["actor"], entry["what"], entry["name"]) == ("ada@example.com", "made", "site 2")
        assert made.json()["key"] not in str(entry)


async def test_a_signed_out_cookie_is_worth_nothing(server: Server) -> None:
    async with enter(server, "ada@example.com") as browser:
        kept = dict(browser.cookies)
        assert (await browser.delete("/api/session")).status_code == 204
        for cookies in ({}, kept, {"tidings_session": "x"}):
            answer = await server.client.get("/api/people", cookies=cookies)
            assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


async def test_failed_sign_ins_are_counted_and_then_refused(server: Server) -> None:
    async with enter(server, "ada@example.com"):
        pass
    wrong = {"email": "ada@example.com", "password": "wrong wrong wrong"}
    said = [(await server.client.post("/api/session", json=wrong)).status_code for _ in range(11)]
    assert said == [401] * 10 + [429]
    right = await server.client.post("/api/session", json={**wrong, "password": PASSWORD})
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) > 60


async def test_many_tries_at_once_get_no_more_than_one_after_another(server: Server) -> None:
    async with enter(server, "ada@example.com"):
        pass
    wrong = {"email": "ada@example.com", "password": "wrong wrong wrong"}
    said = await asyncio.gather(*(server.client.post("/api/session", json=wrong) for _ in range(40)))
    assert sorted(each.status_code for each in said) == [401] * 10 + [429] * 30


async def test_a_stranger_locks_out_nobody_but_himself(database: Database) -> None:
    async with serving(database, proxies=("127.0.0.1/32",)) as server, enter(server, "ada@example.com") as ada:
        right = {"email": "ada@example.com", "password": PASSWORD}

        async def said(address: str, password: str, cookies: dict[str, str] | None = None) -> int:
            async with httpx.AsyncClient(base_url=server.url, cookies=cookies) as browser:
                away = {"x-forwarded-for": address}
                body = {**right, "password": password}
                return (await browser.post("/api/session", json=body, headers=away)).status_code

        assert [await said("203.0.113.1", "wrong wrong wrong") for _ in range(11)] == [401] * 10 + [429]
        assert await said("198.51.100.7", PASSWORD) == 200
        assert (
            await ada.patch("/api/session", json={"password": f"{PASSWORD}!", "proof": PASSWORD})
        ).status_code == 204

        many = [await said(f"203.0.113.{n // 8}", "wrong wrong wrong") for n in range(16, 68)]
        assert (many[:40], many[-1]) == ([401] * 40, 429), "strangers everywhere have no more than fifty"
        assert await said("198.51.100.7", f"{PASSWORD}!") == 429, "a new browser waits"
        known = {"tidings_browser": ada.cookies["tidings_browser"]}
        assert await said("203.0.113.1", f"{PASSWORD}!", known) == 200, "her own does not"
        assert [await said("198.51.100.7", "wrong wrong wrong", known) for _ in range(11)] == [401] * 10 + [429]


async def test_a_browser_is_known_for_the_email_that_signed_in_in_it(server: Server) -> None:
    async with enter(server, "ada@example.com"), enter(server, "bob@example.com") as bob:
        cookie = bob.cookies["tidings_browser"]
    for forged in (cookie, cookie[:-1], cookie.partition(".")[0], f".{cookie}", "ä.ö"):
        headers = {"cookie": f"tidings_browser={forged}".encode()}
        wrong = {"email": "ada@example.com", "password": "wrong wrong wrong"}
        assert (await server.client.post("/api/session", json=wrong, headers=headers)).status_code == 401
    counts = await server.database.fetch("SELECT count FROM failed_logins WHERE count > 0")
    assert sorted(row[0] for row in counts) == [5, 5, 5], "each was one of a stranger"


async def test_codes_may_fail_less_often_than_passwords(database: Database) -> None:
    async with serving(database, proxies=("127.0.0.1/32",)) as server:
        async with enter(server, "ada@example.com") as ada:
            secret = (await ada.post("/api/session/two-factor/offer")).json()["secret"]
            on = {"secret": secret, "code": pyotp.TOTP(secret).now(), "password": PASSWORD}
            assert (await ada.post("/api/session/two-factor", json=on)).status_code == 200
        login = {"email": "ada@example.com", "password": PASSWORD, "code": "12"}
        said = []
        for n in range(11):
            away = {"x-forwarded-for": f"203.0.113.{n}"}
            said.append((await server.client.post("/api/session", json=login, headers=away)).status_code)
        assert said == [401] * 10 + [429]


async def test_a_try_that_did_not_fail_is_none(server: Server) -> None:
    async with enter(server, "ada@example.com") as ada:
        right = {"email": "ada@example.com", "password": PASSWORD}
        for _ in range(12):
            assert (await server.client.post("/api/session", json=right)).status_code == 200
            server.client.cookies.clear()
        for n in range(12):
            said = await ada.patch("/api/session", json={"password": f"{PASSWORD} {n}", "proof": right["password"]})
            assert said.status_code == 204
            right["password"] = f"{PASSWORD} {n}"
        assert await server.database.fetchval("SELECT coalesce(sum(count), 0) FROM failed_logins") == 0


async def test_two_factor_asks_for_a_code_that_works_once(server: Server) -> None:
    async with enter(server, "ada@example.com") as browser:
        secret = (await browser.post("/api/session/two-factor/offer")).json()["secret"]
        code = pyotp.TOTP(secret).now()
        on = await browser.post("/api/session/two-factor", json={"secret": secret, "code": code, "password": PASSWORD})
        assert on.status_code == 200, on.text
        recovery = on.json()["codes"]
    login = {"email": "ada@example.com", "password": PASSWORD}
    assert (await server.client.post("/api/session", json=login)).json()["code"] == "two_factor"
    assert (await server.client.post("/api/session", json={**login, "code": code})).status_code == 401, "used already"
    for expected in (200, 401):
        async with httpx.AsyncClient(base_url=server.url) as fresh:
            said = await fresh.post("/api/session", json={**login, "code": recovery[0]})
            assert said.status_code == expected


async def test_a_two_factor_secret_is_sealed_and_an_older_one_becomes_so(server: Server) -> None:
    async with enter(server, "ada@example.com") as browser:
        secret = (await browser.post("/api/session/two-factor/offer")).json()["secret"]
        body = {"secret": secret, "code": pyotp.TOTP(secret).now(), "password": PASSWORD}
        assert (await browser.post("/api/session/two-factor", json=body)).status_code == 200
    stored = await server.database.fetchval("SELECT totp FROM accounts")
    assert stored.startswith("v1:")
    assert secret not in stored
    await server.database.execute("UPDATE accounts SET totp = $1, totp_step = 0", secret)
    login = {"email": "ada@example.com", "password": PASSWORD, "code": pyotp.TOTP(secret).now()}
    assert (await server.client.post("/api/session", json=login)).status_code == 200
    assert (await server.database.fetchval("SELECT totp FROM accounts")).startswith("v1:")


async def test_who_tries_behind_a_proxy_is_told_apart(database: Database) -> None:
    async with serving(database, proxies=("127.0.0.1/32",)) as server:
        one, other = ({"x-forwarded-for": address} for address in ("203.0.113.7", "203.0.113.8"))
        said = []
        for n in range(51):
            wrong = {"email": f"nobody{n % 6}@example.com", "password": "wrong wrong wrong"}
            said.append((await server.client.post("/api/session", json=wrong, headers=one)).status_code)
        assert said == [401] * 50 + [429]
        wrong = {"email": "nobody9@example.com", "password": "wrong wrong wrong"}
        assert (await server.client.post("/api/session", json=wrong, headers=other)).status_code == 401


async def test_a_link_gives_no_more_tries_at_a_password_than_the_sign_in_page(server: Server) -> None:
    async with server.database.pool.acquire() as connection:
        other = await create_workspace(connection, "other")
    async with enter(server, "owner@example.com") as owner, enter(server, "ada@example.com", "viewer", other.id):
        link = (await owner.post("/api/team/invitations", json={"email": "ada@example.com", "role": "author"})).json()
    body = {"secret": link["url"].partition("#")[2], "password": "wrong wrong wrong"}
    said = [(await server.client.post("/api/invitation", json=body)).status_code for _ in range(11)]
    assert said == [400] * 10 + [429]
    right = {**body, "password": PASSWORD}
    assert (await server.client.post("/api/invitation", json=right)).status_code == 429


async def test_the_log_of_each_workspace_says_who_signed_in(server: Server) -> None:
    async with enter(server, "ada@example.com") as ada:
        signed = [e for e in (await ada.get("/api/audit")).json()["entries"] if e["what"] == "signed in"]
        assert [(e["actor"], e["kind"]) for e in signed] == [("ada@example.com", "session")]


async def test_a_role_may_what_it_says_and_an_owner_stays(server: Server) -> None:
    async with (
        enter(server, "owner@example.com") as owner,
        enter(server, "v@example.com", "viewer") as viewer,
    ):
        assert (await viewer.get("/api/people")).status_code == 200
        refused = await viewer.get("/api/audit")
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
        assert refused.json()["detail"] == "Your role here (viewer) does not let you see the audit log."
        assert "audit:read" not in ROLES["viewer"]
        members = {m["email"]: m["account"] for m in (await owner.get("/api/team")).json()["members"]}
        last = await owner.patch(f"/api/team/members/{members['owner@example.com']}", json={"role": "viewer"})
        assert last.status_code == 409
        less = {"role": "owner", "refused": ["team:edit"]}
        assert (await owner.patch(f"/api/team/members/{members['owner@example.com']}", json=less)).status_code == 409
        change = {"role": "viewer", "granted": ["audit:read"], "refused": ["people:read"]}
        assert (await owner.patch(f"/api/team/members/{members['v@example.com']}", json=change)).status_code == 204
        assert (await viewer.get("/api/audit")).status_code == 200
        assert (await viewer.get("/api/people")).status_code == 403
        (entry,) = [e for e in (await owner.get("/api/audit")).json()["entries"] if e["what"] == "changed"]
        assert (entry["before"]["granted"], entry["after"]["granted"]) == ([], ["audit:read"])
        assert (await owner.delete(f"/api/team/members/{members['v@example.com']}")).status_code == 204
        assert (await viewer.get("/api/audit")).status_code == 404


async def test_nobody_gets_a_key_that_may_more_than_they_do(server: Server) -> None:
    async with (
        enter(server, "owner@example.com") as owner,
        enter(server, "v@example.com", "viewer") as viewer,
    ):
        members = {m["email"]: m["account"] for m in (await owner.get("/api/team")).json()["members"]}
        change = {"role": "viewer", "granted": ["keys:read", "keys:edit"]}
        assert (await owner.patch(f"/api/team/members/{members['v@example.com']}", json=change)).status_code == 204
        for scopes in (None, ["people:edit"]):
            body = {"name": "mine", "kind": "app", "scopes": scopes}
            refused = await viewer.post("/api/sources", json=body)
            assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted"), scopes
        assert (await owner.post("/api/sources", json={"name": "theirs", "kind": "app"})).status_code == 201
        (theirs,) = [each for each in (await viewer.get("/api/sources")).json()["sources"] if each["name"] == "theirs"]
        assert (await viewer.post(f"/api/sources/{theirs['id']}/rotate")).status_code == 403
        assert (await owner.post(f"/api/sources/{theirs['id']}/rotate")).status_code == 200
        body = {"name": "mine", "kind": "app", "scopes": ["people:read"]}
        assert (await viewer.post("/api/sources", json=body)).status_code == 201
        public = {"name": "shown", "kind": "track", "public": True}
        assert (await viewer.post("/api/sources", json=public)).status_code == 400


async def test_an_invitation_is_mailed_where_the_workspace_sends_mail(server: Server) -> None:
    async with enter(server, "owner@example.com") as owner:
        body = {"email": "new@example.com", "role": "author"}
        link = (await owner.post("/api/team/invitations", json=body)).json()
        assert (link["mailed"], link["says"]) == (False, "Email has no provider in this workspace yet.")
        etag = (await owner.get("/api/settings")).headers["etag"]
        own = {"senders": {"team": {"email": "hello@example.com"}}, "channels": {"email": {"provider": "mailbox"}}}
        settings = {"settings": {"workspace": "production", **own}}
        assert (await owner.put("/api/settings", json=settings, headers={"If-Match": etag})).status_code == 200
        link = (await owner.post("/api/team/invitations", json=body)).json()
        assert link["mailed"]
    (mail,) = await server.database.fetch("SELECT recipient, subject, text FROM mailbox")
    assert (mail["recipient"], mail["subject"]) == ("new@example.com", "owner@example.com invites you to production")
    assert link["url"] in mail["text"]


async def test_an_invitation_is_taken_once(server: Server) -> None:
    async with enter(server, "owner@example.com") as owner:
        link = (await owner.post("/api/team/invitations", json={"email": "new@example.com", "role": "author"})).json()
        secret = link["url"].partition("#")[2]
        shown = (await server.client.post("/api/invitation/look", json={"secret": secret})).json()
        assert (shown["email"], shown["role"], shown["known"]) == ("new@example.com", "author", False)
        body = {"secret": secret, "name": "New", "password": PASSWORD}
        assert (await server.client.post("/api/invitation", json=body)).status_code == 204
        assert (await server.client.post("/api/invitation", json=body)).status_code == 404
        assert {m["email"]: m["role"] for m in (await owner.get("/api/team")).json()["members"]}[
            "new@example.com"
        ] == "author"


async def test_an_edit_never_overwrites_what_it_has_not_seen(server: Server) -> None:
    async with enter(server, "ada@example.com") as browser:
        path, body = "/api/drafts/journey/hello", {"body": {"journey": "hello"}}
        assert (await browser.put(path, json=body)).status_code == 428
        first = await browser.put(path, json=body, headers={"if-none-match": "*"})
        assert (first.status_code, first.headers["etag"]) == (200, '"1"')
        assert (await browser.put(path, json=body, headers={"if-none-match": "*"})).status_code == 412
        second = await browser.put(path, json=body, headers={"if-match": '"1"'})
        assert second.headers["etag"] == '"2"'
        assert (await browser.put(path, json=body, headers={"if-match": '"1"'})).json()["code"] == "overtaken"
        assert (await browser.delete(path, headers={"if-match": '"2"'})).status_code == 204


async def test_a_workspace_one_is_no_member_of_is_none(server: Server) -> None:
    """Whoever names it is told that there is no such workspace, at every route; ids of it are tried in `test_tenancy.py`."""
    async with server.database.pool.acquire() as connection:
        other = await create_workspace(connection, "other")
    async with enter(server, "eve@example.com", "owner", other.id) as eve:
        for method, path, _ in ROUTES:
            if _takes(method, path) not in ("anybody", "signed in"):
                asked = eve.build_request(method, f"/api{_filled(path)}", headers={"x-workspace": "production"})
                assert (await eve.send(asked)).status_code == 404, (method, path)


def _takes(method: str, path: str) -> str:
    (found,) = [handler.guards[0].takes for m, p, handler in ROUTES if (m, p) == (method, path)]
    return str(found)


def _filled(path: str) -> str:
    return re.sub(r"\{\w+:(\w+)\}", lambda match: "1" if match[1] == "int" else "mine", path)
