"""Who is calling and where: found out once for each request of the management API, before any route runs.

A browser is known by its cookie and names the workspace (header ``x-workspace``, or the query's ``workspace`` where headers can't be set);
a program is known by its app key, which belongs to one workspace. What changes something needs the session's CSRF word beside the cookie.
"""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct

from tidings.api.http import Scope, query_of
from tidings.api.keys import Keys
from tidings.api.limits import Buckets
from tidings.api.permit import lacking
from tidings.api.problem import Refusal
from tidings.database.access import Source, Workspace
from tidings.database.pool import Pool
from tidings.ingest.request import bearer
from tidings.kernel import actor as kernel
from tidings.kernel.actor import key_id
from tidings.teams import permissions, sessions, sign_on, store
from tidings.teams.account import Account, Session
from tidings.teams.audit import Actor

COOKIE: Final = "tidings_session"
BROWSER: Final = "tidings_browser"
SLASH: Final = "\ue02f"
"""Stands for a slash within a part of a path, as the framework sees decoded paths only; `part` gives it back."""
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


class Asked(Struct):
    """Who asks. ``wanted``: the workspace asked for; ``tried``: a credential was sent that is none."""

    account: Account | None = None
    session: Session | None = None
    source: Source | None = None
    workspace: Workspace | None = None
    role: str = ""
    permissions: frozenset[str] = frozenset()
    wanted: str = ""
    tried: bool = False
    starting: bool = False
    beyond: str = ""
    """By what one would have to sign in to reach the workspace, where this session does not."""
    maker: str = ""
    """Who made the key."""
    cookie: str | None = None
    """A cookie to set with the answer; "" takes it away."""
    known: str = ""
    """A cookie by which the browser is to be known when it signs in again."""


class Here(Struct, frozen=True):
    """What a route is given that takes a permission: the caller's workspace and no other."""

    pool: Pool
    workspace: Workspace
    actor: Actor
    permissions: frozenset[str]
    role: str
    source: Source | None = None
    account: Account | None = None
    author: str = ""
    """What is written down of the caller where they put something in force."""

    def need(self, permission: str) -> None:
        """Pass, or raise `Refusal`: of what a request turns out to touch, beside what its route takes of everybody."""
        if permission not in self.permissions:
            raise lacking("This key" if self.source is not None else f"Your role here ({self.role})", permission)


class Me(Struct, frozen=True):
    """What a route is given that is about whoever is signed in."""

    pool: Pool
    account: Account
    session: Session

    @property
    def actor(self) -> Actor:
        return Actor(self.account.id, self.account.email)


async def ask(scope: Scope, pool: Pool, keys: Keys, buckets: Buckets, url: str) -> Asked:
    """Find out who asks; raises `Refusal` for a forged request."""
    fields = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in (b"authorization", b"cookie", b"x-workspace", b"x-csrf", b"origin", b"host", b"sec-fetch-site")
    }
    if "authorization" in fields:
        return await _by_key(fields, keys, buckets)
    _same_origin(scope["method"], fields, url)
    cookie = _cookie(fields.get("cookie", ""))
    wanted = fields.get("x-workspace") or query_of(scope).get("workspace", "")
    if not cookie:
        return Asked(wanted=wanted)
    async with pool.acquire() as connection:
        found = await sessions.find_session(connection, cookie)
        if found is None:
            return Asked(wanted=wanted, cookie="")
        session, fresh = found
        account = await store.account(connection, id=session.account)
        places = await store.workspaces(connection, session.account)
        gates = await sign_on.of_workspaces(connection, [id for id, _, _ in places])
        if any(id not in keys.workspaces for id, _, _ in places):
            await keys.meet(connection)
    if scope["method"] not in _SAFE and fields.get("x-csrf") != session.csrf:
        raise Refusal(403, "The request does not come from this app.", "Load the page again.", code="csrf")
    asked = Asked(account=account, session=session, wanted=wanted, cookie=fresh)
    for id, name, member in places:
        if wanted in ("", name) and id in keys.workspaces:
            if not sign_on.reaches(member, gates.get(id), session.vouched):
                asked.beyond = asked.beyond or sign_on.way_into(gates.get(id))
                continue
            asked.beyond = ""
            asked.workspace, asked.role, asked.permissions = keys.workspaces[id], member.role, member.permissions
            break
    return asked


def here_of(asked: Asked, pool: Pool) -> Here:
    """Give a permitted caller's place."""
    assert asked.workspace is not None
    if asked.account is not None:
        actor, author = Actor(asked.account.id, asked.account.email), asked.account.email
    else:
        assert asked.source is not None
        name = asked.source.name
        actor, author = Actor(None, f"key {name}"), key_id(name, asked.maker)
    return Here(pool, asked.workspace, actor, asked.permissions, asked.role, asked.source, asked.account, author)


def actor_of(here: Here) -> kernel.Actor:
    """Give who puts something in force, with what it takes to approve."""
    may = frozenset({kernel.APPROVE}) if "journeys:approve" in here.permissions else frozenset[str]()
    return kernel.Actor(here.author, may)


def me_of(asked: Asked, pool: Pool) -> Me:
    """Give who is signed in."""
    assert asked.account is not None
    assert asked.session is not None
    return Me(pool, asked.account, asked.session)


def part(text: str) -> str:
    """Give an argument of the path as it was sent."""
    return text.replace(SLASH, "/")


def set_cookie(value: str, secure: bool) -> tuple[bytes, bytes]:
    """Give the header that sets the session's cookie, or with "" takes it away."""
    age = 90 * 86400 if value else 0
    text = f"{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{'; Secure' if secure else ''}"
    return b"set-cookie", text.encode()


def set_known(value: str, secure: bool) -> tuple[bytes, bytes]:
    """Give the header that has a browser known again."""
    text = f"{BROWSER}={value}; Path=/api; HttpOnly; SameSite=Lax; Max-Age={400 * 86400}{'; Secure' if secure else ''}"
    return b"set-cookie", text.encode()


async def _by_key(fields: Mapping[str, str], keys: Keys, buckets: Buckets) -> Asked:
    token = bearer(dict(fields))
    source = await keys.seek(token) if token else None
    if source is None or source.kind != "app":
        return Asked(tried=True, starting=not keys.ready.is_set())
    if buckets.take(source.id):
        raise Refusal(429, "this key asks more than it may; try again in a second", headers={"retry-after": "1"})
    keys.use(source)
    scopes = keys.scopes.get(source.id)
    granted = permissions.KEYS if scopes is None else frozenset(scopes) & permissions.ALL
    return Asked(
        source=source,
        workspace=keys.workspaces[source.workspace],
        role="key",
        permissions=granted,
        maker=keys.makers.get(source.id, ""),
    )


def _same_origin(method: str, fields: Mapping[str, str], url: str) -> None:
    if method in _SAFE:
        return
    origin = fields.get("origin")
    if origin is not None:
        ours = {fields.get("host", ""), urlsplit(url).netloc}
        if urlsplit(origin).netloc not in ours:
            raise Refusal(403, "The request comes from another site.", code="csrf")
    elif fields.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refusal(403, "The request comes from another site.", code="csrf")


def _cookie(text: str) -> str:
    try:
        found: Any = SimpleCookie(text).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
