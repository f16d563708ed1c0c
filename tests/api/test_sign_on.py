"""Single sign-on against a provider that speaks the protocol: who comes in, how far that reaches, and everything that is refused."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.api.oidc import CLIENT, SECRET, Provider, es256, providing
from tests.api.serving import Server, serving
from tests.api.test_management import PASSWORD, enter
from tests.conftest import Database
from tidings.api.sign_on import issuer
from tidings.database.access import create_source, create_workspace

NETWORKS = ("127.0.0.0/8",)


class House:
    """A server, its provider, and the owner's browser."""

    def __init__(self, server: Server, provider: Provider, owner: httpx.AsyncClient, stack: AsyncExitStack) -> None:
        self.server, self.provider, self.owner, self._stack = server, provider, owner, stack

    async def set(self, owner: httpx.AsyncClient | None = None, **changes: Any) -> httpx.Response:
        """Set single sign-on up over what is there."""
        asking = owner or self.owner
        async with asyncio.timeout(20):  # a workspace made a moment ago is known as soon as the server has heard of it
            while True:
                said = await asking.get("/api/sign-on")
                if said.status_code != 404:
                    break
                await asyncio.sleep(0.02)
        self.provider.redirect = said.json()["redirect"]
        usual = {"name": "Acme", "issuer": self.provider.url, "client": CLIENT, "domains": ["acme.example"]}
        seen = said.headers["etag"]
        headers = {"if-none-match": "*"} if seen == '"0"' else {"if-match": seen}
        return await asking.put("/api/sign-on", json={**usual, "secret": SECRET, **changes}, headers=headers)

    async def browser(self) -> httpx.AsyncClient:
        """A browser that is not signed in."""
        return await self._stack.enter_async_context(httpx.AsyncClient(base_url=self.server.url, timeout=30))

    async def way(self, domain: str = "acme.example") -> str:
        """The way offered to a domain."""
        said = await self.server.client.get("/api/sign-on/offered", params={"domain": domain})
        return str(said.json()["ways"][0]["id"])

    async def go(self, browser: httpx.AsyncClient, next: str = "/") -> tuple[str, dict[str, str]]:
        """Begin, and go to the provider: gives the way, and what the provider sends back."""
        way = await self.way()
        begun = await browser.post(f"/api/sign-on/ways/{way}/begin", json={"next": next})
        assert begun.status_code == 200, begun.text
        sent = await browser.get(begun.json()["url"])
        assert sent.status_code == 302, sent.text
        place = urlsplit(sent.headers["location"])
        assert f"{place.scheme}://{place.netloc}{place.path}" == f"{self.server.url}/login/{way}"
        return way, {name: values[0] for name, values in parse_qs(place.query).items()}

    async def sign_on(self, browser: httpx.AsyncClient | None = None) -> httpx.Response:
        """The whole way."""
        own = browser or await self.browser()
        way, back = await self.go(own)
        return await own.post(f"/api/sign-on/ways/{way}/finish", json=back)

    async def refused(self) -> tuple[int, str]:
        """The whole way, which is refused: gives status and code."""
        said = await self.sign_on()
        assert said.headers["content-type"] == "application/problem+json", said.text
        assert "tidings_session" not in said.headers.get("set-cookie", "")
        assert said.json()["detail"].endswith(".")
        return said.status_code, said.json()["code"]

    async def audit(self) -> list[tuple[str, str, str]]:
        """Who did what to what, the newest last."""
        entries = (await self.owner.get("/api/audit")).json()["entries"]
        return [(each["actor"], each["what"], each["kind"]) for each in reversed(entries)]


@asynccontextmanager
async def housing(database: Database) -> AsyncIterator[House]:
    async with (
        AsyncExitStack() as stack,
        serving(database, sign_on_networks=NETWORKS) as server,
        providing() as provider,
        enter(server, "owner@acme.example") as owner,
    ):
        yield House(server, provider, owner, stack)


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    async with housing(database) as found:
        yield found


async def test_who_comes_first_gets_an_account_and_a_role_and_is_known_by_subject_then(house: House) -> None:
    assert (await house.set(joins="author")).json()["works"] is True
    browser = await house.browser()
    way, back = await house.go(browser, "/production/people?q=a")
    said = await browser.post(f"/api/sign-on/ways/{way}/finish", json=back)
    assert said.json() == {"next": "/production/people?q=a"}, said.text
    cookie = said.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    now = (await browser.get("/api/session")).json()
    assert (now["email"], now["name"], now["vouched"], now["has_password"]) == (
        "ada@acme.example",
        "Ada Meyer",
        True,
        False,
    )
    assert [(each["name"], each["role"]) for each in now["workspaces"]] == [("production", "author")]
    ada = "ada@acme.example"
    wanted = [(ada, "joined as", "member"), (ada, "linked", "account"), (ada, "signed in", "session")]
    assert (await house.audit())[-3:] == wanted
    house.provider.person |= {"email": "ada.new@acme.example"}  # she has another address now, and is still herself
    assert (await house.sign_on(again := await house.browser())).status_code == 200
    assert (await again.get("/api/session")).json()["email"] == "ada@acme.example"
    assert (await house.audit())[-1] == wanted[-1]
    secret = await house.server.database.fetchval("SELECT sealed FROM sign_on")
    assert secret.startswith("v1:")
    for shown in ("/api/sign-on", "/api/audit"):
        assert SECRET not in (await house.owner.get(shown)).text


async def test_an_account_is_linked_by_its_verified_address_once(house: House) -> None:
    await house.set()
    async with enter(house.server, "ada@acme.example", "viewer"):
        pass
    browser = await house.browser()
    assert (await house.sign_on(browser)).status_code == 200
    now = (await browser.get("/api/session")).json()
    assert (now["name"], now["workspaces"][0]["role"], now["has_password"]) == ("ada", "viewer", True)
    house.provider.person |= {"sub": "u-2"}  # somebody else has her address by now
    assert await house.refused() == (403, "linked_before")
    (person,) = (await house.owner.get("/api/sign-on")).json()["linked"]
    assert (await house.owner.delete(f"/api/sign-on/links/{person['account']}")).status_code == 204
    assert (await browser.get("/api/people")).status_code == 401, "what the provider vouched for is over"
    assert (await house.sign_on()).status_code == 200
    both = [each for each in await house.audit() if each[1] in ("linked", "unlinked")]
    assert [each[1] for each in both] == ["linked", "unlinked", "linked"]


async def test_a_token_that_says_something_wrong_is_refused(house: House) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"nonce": "another"}, "untrusted"),
        ({"nonce": None}, "untrusted"),
        ({"aud": "another"}, "untrusted"),
        ({"aud": [CLIENT, "another"]}, "untrusted"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "untrusted"),
        ({"iss": "https://elsewhere.example"}, "untrusted"),
        ({"exp": int(time.time()) - 120}, "untrusted"),
        ({"exp": None}, "untrusted"),
        ({"iat": int(time.time()) + 3600}, "untrusted"),
        ({"sub": ""}, "untrusted"),
        ({"email_verified": False}, "not_verified"),
        ({"email_verified": None}, "not_verified"),
        ({"email": "ada@evil.example"}, "foreign_domain"),
        ({"email": "ada@sub.acme.example"}, "foreign_domain"),
        ({"email": "not an address"}, "no_email"),
    ]
    await house.set(joins="viewer")
    for changes, code in wrong:
        house.provider.changes = changes
        assert await house.refused() == (403, code), changes
    assert await house.server.database.fetchval("SELECT count(*) FROM accounts") == 1


async def test_signatures_are_of_the_two_kinds_and_by_a_listed_key(house: House) -> None:
    await house.set(joins="viewer")
    for signs in ("none", "HS256"):
        house.provider.signs = signs
        assert await house.refused() == (403, "untrusted")
    house.provider.signs = "RS256"
    assert (await house.sign_on()).status_code == 200
    asked = house.provider.count["/keys"]
    house.provider.rotate()  # a new key: it is looked for, at most once in half a minute
    assert await house.refused() == (403, "untrusted")
    assert house.provider.count["/keys"] == asked


async def test_a_new_key_is_found_and_elliptic_curves_are_taken(house: House) -> None:
    await house.set(joins="viewer", enabled=False)
    house.provider.listed = {"one": es256()}
    house.provider.signs = "ES256"
    await house.set(joins="viewer")
    assert (await house.sign_on()).status_code == 200


async def test_a_provider_that_changes_its_key_is_followed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.set(joins="viewer")
    assert (await house.sign_on()).status_code == 200
    asked = house.provider.count["/keys"]
    house.provider.rotate()
    monkeypatch.setattr(issuer, "_AGAIN", 0.0)  # half a minute later
    assert (await house.sign_on()).status_code == 200
    assert house.provider.count["/keys"] == asked + 1
    assert (await house.sign_on()).status_code == 200
    assert house.provider.count["/keys"] == asked + 1  # the new one is kept, and nothing is asked for it


async def test_a_way_back_is_good_once_and_in_the_browser_that_began(house: House) -> None:
    await house.set(joins="viewer")
    ada, eve = await house.browser(), await house.browser()
    way, back = await house.go(ada)
    finish = f"/api/sign-on/ways/{way}/finish"
    for wrong, sent in ((eve, back), (ada, {**back, "state": "x"}), (ada, {})):
        said = await wrong.post(finish, json=sent)
        assert (said.status_code, said.json()["code"]) == (400, "begin_again"), said.text
    await house.go(eve)  # she has a word of her own now, which is not the other's
    assert (await eve.post(finish, json=back)).json()["code"] == "begin_again"
    assert (await ada.post(finish, json=back)).status_code == 200
    ada.headers["x-csrf"] = (await ada.get("/api/session")).json()["csrf"]
    assert (await ada.post(finish, json=back)).json()["code"] == "begin_again"
    late, (_, back) = await house.browser(), ("", {})
    way, back = await house.go(late)
    await house.server.database.execute("UPDATE sign_on_begun SET until = 1")
    assert (await late.post(finish, json=back)).json()["code"] == "begin_again"
    mixed = await house.browser()
    way, back = await house.go(mixed)
    assert (await mixed.post(finish, json={**back, "iss": "https://evil.example"})).json()["code"] == "begin_again"
    declined = await house.browser()
    way, back = await house.go(declined)
    said = await declined.post(finish, json={"state": back["state"], "error": "access_denied"})
    assert (said.status_code, said.json()["code"]) == (403, "declined")
    for next in ("//evil.example", "/\\evil.example", "https://evil.example", "javascript:1"):
        way, back = await house.go(browser := await house.browser(), next)
        assert (await browser.post(finish, json=back)).json() == {"next": "/"}
    assert (await ada.post("/api/sign-on/ways/nothing/begin", json={})).json()["code"] == "no_sign_on"


async def test_the_token_endpoint_is_answered_for_in_plain_words(house: House) -> None:
    await house.set(joins="viewer")
    for answer in ((400, {"error": "invalid_grant"}), (500, ["no object"]), (200, {"access_token": "x"})):
        house.provider.token_answer = answer
        assert await house.refused() == (502, "provider")
    house.provider.token_answer = None
    assert (await house.set(secret="wrong")).status_code == 200
    assert await house.refused() == (502, "provider")
    house.provider.methods = ["client_secret_post"]
    await house.set(joins="viewer")
    assert (await house.sign_on()).status_code == 200
    house.provider.person |= {"sub": "u-2", "email": "bob@acme.example"}
    house.provider.thin = True  # the address stands at the userinfo endpoint
    assert (await house.sign_on(browser := await house.browser())).status_code == 200
    assert (await browser.get("/api/session")).json()["email"] == "bob@acme.example"


async def test_who_is_uninvited_removed_or_invited(house: House) -> None:
    await house.set()
    assert await house.refused() == (403, "no_member")
    await house.owner.post("/api/team/invitations", json={"email": "ada@acme.example", "role": "approver"})
    assert (await house.sign_on(browser := await house.browser())).status_code == 200
    assert (await browser.get("/api/session")).json()["workspaces"][0]["role"] == "approver"
    team = (await house.owner.get("/api/team")).json()
    assert team["invitations"] == []
    ada = next(each for each in team["members"] if each["email"] == "ada@acme.example")
    assert ada["vouched"] is True
    await house.set(joins="viewer")
    assert (await house.owner.delete(f"/api/team/members/{ada['account']}")).status_code == 204
    assert (await browser.get("/api/people")).status_code == 404
    assert await house.refused() == (403, "removed")
    await house.owner.post("/api/team/invitations", json={"email": "ada@acme.example", "role": "viewer"})
    assert (await house.sign_on()).status_code == 200


async def test_passwords_can_be_refused_but_to_owners(house: House) -> None:
    async with enter(house.server, "ben@acme.example", "author") as ben:
        assert (await ben.get("/api/people")).status_code == 200
        await house.set(passwords=False)
        refused = await ben.get("/api/people")
        assert (refused.status_code, refused.json()["code"]) == (403, "sign_on")
        assert "Acme" in refused.json()["detail"]
        now = (await ben.get("/api/session")).json()
        assert (now["workspaces"], now["beyond"]) == ([], [{"name": "production", "by": "Acme"}])
    login = {"email": "ben@acme.example", "password": PASSWORD}
    said = await house.server.client.post("/api/session", json=login)
    assert (said.status_code, said.json()["code"]) == (403, "sign_on")
    assert "set-cookie" not in said.headers
    assert (await house.owner.get("/api/people")).status_code == 200
    login = {"email": "owner@acme.example", "password": PASSWORD}
    assert (await house.server.client.post("/api/session", json=login)).status_code == 200


async def test_a_provider_reaches_no_further_than_it_is_trusted(house: House) -> None:
    """Eve owns a workspace and a provider of her own, which says that she is whoever she likes: here, somebody who owns another one."""
    async with house.server.database.pool.acquire() as connection:
        other = await create_workspace(connection, "other")
        await create_source(connection, other.id, "a key", "app")
    async with (
        providing() as evil,
        enter(house.server, "eve@evil.example", "owner", other.id) as eve,
        enter(house.server, "ada@acme.example", "owner") as ada,
    ):
        hers = House(house.server, evil, eve, house._stack)
        assert (await hers.set(joins="admin")).status_code == 200
        browser = await hers.browser()
        assert (await hers.sign_on(browser)).status_code == 200
        now = (await browser.get("/api/session")).json()
        assert (now["email"], [each["name"] for each in now["workspaces"]]) == ("ada@acme.example", ["other"])
        browser.headers["x-csrf"] = now["csrf"]
        asked = await browser.get("/api/people", headers={"x-workspace": "production"})
        assert (asked.status_code, asked.json()["code"]) == (403, "sign_on")
        assert len((await browser.get("/api/session/all")).json()["sessions"]) == 1
        assert (await browser.delete("/api/session/all/others")).status_code == 204
        assert (await ada.get("/api/people")).status_code == 200, "her own browser is still signed in"
        assert (await browser.patch("/api/session", json={"password": "another one, longer"})).status_code == 400
        made = await browser.post("/api/workspaces", json={"name": "third"})
        assert made.status_code == 409
        alone = await ada.get("/api/people", headers={"x-workspace": "other"})
        assert (alone.status_code, alone.json()["code"]) == (403, "sign_on"), (
            "she came there through the provider alone"
        )
        assert (await hers.set(domains=["evil.example"])).status_code == 200
        assert (await browser.get("/api/people")).status_code == 403
        assert (await eve.delete("/api/sign-on")).status_code == 204
        assert (await browser.get("/api/people")).status_code == 403


async def test_workspaces_that_trust_the_same_provider_share_a_sign_in(house: House) -> None:
    async with house.server.database.pool.acquire() as connection:
        staging = await create_workspace(connection, "staging")
        await create_source(connection, staging.id, "a key", "app")
    async with enter(house.server, "grace@acme.example", "owner", staging.id) as grace:
        await house.set(grace, joins="viewer")
        await house.set()
        ways = (await grace.get("/api/sign-on/offered", params={"domain": "acme.example"})).json()["ways"]
        assert [each["name"] for each in ways] == ["Acme"]
        browser = await house.browser()
        assert (await house.sign_on(browser)).status_code == 200
        now = (await browser.get("/api/session")).json()
        assert [each["name"] for each in now["workspaces"]] == ["staging"], "the other lets nobody join"


async def test_who_came_through_the_provider_gets_a_password_by_invitation(house: House) -> None:
    await house.set(joins="author")
    assert (await house.sign_on()).status_code == 200
    assert (await house.owner.get("/api/sign-on")).json()["alone"] == ["ada@acme.example"]
    login = {"email": "ada@acme.example", "password": "nobody has this password"}
    assert (await house.server.client.post("/api/session", json=login)).status_code == 401
    made = await house.owner.post("/api/team/invitations", json={"email": "ada@acme.example", "role": "viewer"})
    secret = made.json()["url"].partition("#")[2]
    shown = (await house.server.client.post("/api/invitation/look", json={"secret": secret})).json()
    assert (shown["known"], shown["by"]) == (False, "Acme")
    body = {"secret": secret, "password": PASSWORD}
    assert (await house.server.client.post("/api/invitation", json=body)).status_code == 204
    async with httpx.AsyncClient(base_url=house.server.url) as ada:
        said = await ada.post("/api/session", json={**login, "password": PASSWORD})
        assert said.json()["workspaces"][0]["role"] == "author", "she stays what she was"
    owner = next(m for m in (await house.owner.get("/api/team")).json()["members"] if m["role"] == "owner")
    gone = await house.owner.patch(f"/api/team/members/{owner['account']}", json={"role": "viewer"})
    assert gone.status_code == 409


async def test_only_an_owner_sets_it_up_and_faults_are_named(house: House) -> None:
    async with enter(house.server, "admin@acme.example", "admin") as admin:
        assert (await house.set(admin)).status_code == 403
        assert (await admin.post("/api/sign-on/test", json={"issuer": house.provider.url})).status_code == 403
        assert (await admin.get("/api/sign-on")).status_code == 200
    assert (await house.server.ask("/api/sign-on", "DELETE")).status_code == 403, "a key never does"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"name": " "}, "name"),
        ({"issuer": "acme.example"}, "issuer"),
        ({"issuer": "http://acme.example"}, "issuer"),
        ({"issuer": "https://user:word@acme.example"}, "issuer"),
        ({"issuer": house.provider.url + "/elsewhere"}, "issuer"),
        ({"client": ""}, "client"),
        ({"domains": []}, "domains"),
        ({"domains": ["acme"]}, "domains"),
        ({"domains": ["gmail.com"], "joins": "viewer"}, "domains"),
    ]
    for changes, field in wrong:
        said = await house.set(**changes)
        assert (said.status_code, [each["where"] for each in said.json()["faults"]]) == (400, [field]), said.text
    assert (await house.set(domains=["@Acme.Example ", "acme.example"])).status_code == 200
    assert (await house.owner.get("/api/sign-on")).json()["settings"]["domains"] == ["acme.example"]
    stale = await house.owner.put("/api/sign-on", json=(await _chosen(house)), headers={"if-none-match": "*"})
    assert (stale.status_code, stale.json()["code"]) == (412, "overtaken")
    moved = await house.set(client="another", secret=None)
    assert [each["where"] for each in moved.json()["faults"]] == ["secret"]
    assert (await house.set(secret=None, name="Acme Ltd")).status_code == 200
    looked = (await house.owner.post("/api/sign-on/test", json={"issuer": house.provider.url + "/"})).json()
    assert (looked["works"], looked["issuer"]) == (True, house.provider.url)
    assert any("/authorize" in each for each in looked["found"])
    house.provider.document = {"issuer": "https://elsewhere.example"}
    looked = (await house.owner.post("/api/sign-on/test", json={"issuer": house.provider.url})).json()
    assert (looked["works"], "another issuer" in looked["says"]) == (False, True)
    house.provider.document = {"jwks_uri": "javascript:1"}
    looked = (await house.owner.post("/api/sign-on/test", json={"issuer": house.provider.url})).json()
    assert "jwks_uri" in looked["says"]


async def _chosen(house: House) -> dict[str, Any]:
    found: dict[str, Any] = (await house.owner.get("/api/sign-on")).json()["settings"]
    return found


async def test_a_provider_inside_the_network_is_not_asked_unless_the_installation_allows_it(server: Server) -> None:
    async with providing() as provider, enter(server, "owner@acme.example") as owner:
        plain = await owner.post("/api/sign-on/test", json={"issuer": provider.url})
        assert plain.status_code == 400
        inside = (
            await owner.post("/api/sign-on/test", json={"issuer": provider.url.replace("http:", "https:")})
        ).json()
        assert (inside["works"], "may not be reached" in inside["says"]) == (False, True)
        assert "TIDINGS_SIGN_ON_NETWORKS" in inside["hint"]
        assert provider.count == {}


async def test_each_known_provider_is_understood_as_it_documents_itself(house: House) -> None:
    provider = house.provider
    both, thin = ["client_secret_post", "client_secret_basic"], {"aud": CLIENT, "azp": CLIENT}
    encrypting = {"kty": "RSA", "kid": "enc", "use": "enc", "alg": "RSA-OAEP", "n": "AQAB", "e": "AQAB"}
    google: dict[str, Any] = {
        "back": {"scope": "email openid", "authuser": "0", "prompt": "none", "hd": "acme.example", "iss": provider.url},
        "changes": {"azp": CLIENT, "hd": "acme.example", "at_hash": "x", "email_verified": True},
    }
    entra: dict[str, Any] = {  # no email_verified ever, keys without `alg`, no `iss` in the way back
        "back": {"session_state": "0f3c"},
        "changes": {
            "email_verified": None,
            "xms_edov": True,
            "ver": "2.0",
            "tid": "t",
            "oid": "o",
            "nbf": int(time.time()),
        },
        "beside": [{"kty": "RSA", "use": "sig", "kid": "old", "n": "AQAB", "e": "AQAB", "x5c": ["MII"]}],
    }
    okta: dict[str, Any] = {"thin": True, "back": {}, "changes": {"auth_time": 1, "amr": ["pwd"], "idp": "00o"}}
    keycloak: dict[str, Any] = {
        "back": {"session_state": "0f3c", "iss": provider.url},
        "changes": {**thin, "typ": "ID", "acr": "1", "sid": "s"},
        "beside": [encrypting],
    }
    usual = {"thin": False, "beside": []}
    for n, (name, own) in enumerate({"Google": google, "Entra": entra, "Okta": okta, "Keycloak": keycloak}.items()):
        for field, value in {**usual, **own}.items():
            setattr(provider, field, value)
        provider.methods = both
        provider.person |= {"sub": f"u-{n}", "email": f"{name.lower()}@acme.example"}
        said = await house.set(name=name, joins="viewer")
        assert said.json()["works"], said.text
        done = await house.sign_on(browser := await house.browser())
        assert done.status_code == 200, (name, done.text)
        assert (await browser.get("/api/session")).json()["email"] == f"{name.lower()}@acme.example"
    for name, changes in {
        "Entra without the claim": {"email_verified": None},
        "Entra, domain not owned": {"email_verified": None, "xms_edov": False},
        "Entra, as text": {"email_verified": None, "xms_edov": "0"},
        "Keycloak, not verified": {"email_verified": False},
    }.items():
        provider.changes, provider.thin = changes, False
        assert await house.refused() == (403, "not_verified"), name
    for late, allowed in ((-50, True), (-90, False)):
        provider.changes = {"exp": int(time.time()) + late}
        assert ((await house.sign_on()).status_code == 200) is allowed, late
    for early, allowed in ((50, True), (90, False)):
        now = int(time.time())
        provider.changes = {"iat": now + early, "nbf": now + early}
        assert ((await house.sign_on()).status_code == 200) is allowed, early


async def test_the_issuer_of_all_tenants_is_refused_with_what_would_be_right(house: House) -> None:
    house.provider.document = {"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}
    said = await house.set()
    assert said.status_code == 400
    assert "one tenant" in said.json()["hint"]
