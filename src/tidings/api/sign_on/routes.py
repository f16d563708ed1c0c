"""Single sign-on by OpenID Connect: an owner sets a workspace's provider up, and people sign in through it.

Signing in is the authorization code flow with PKCE (S256), state and nonce. *Begin* sends the browser to the provider and leaves it a
word of its own in a cookie; the provider sends it back to a page of ours, which hands over what it brought; *finish* takes that from this
browser once, within ten minutes. Nonce and verifier are made of the state with the installation's key, so neither is stored.
"""

import re
from base64 import urlsafe_b64encode
from hashlib import blake2b, sha256
from secrets import token_urlsafe
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

import structlog
from litestar import Request, Response, delete, get, post, put
from litestar.datastructures import Cookie
from msgspec import Meta, Struct

from tidings.api.edits import etag, overtaken, revision_meant
from tidings.api.here import Asked, Here
from tidings.api.permit import ANYBODY, may
from tidings.api.problem import Fault, Refusal
from tidings.api.sign_on.entering import address_of, enter
from tidings.api.sign_on.issuer import Issuers, Provider, Unreadable
from tidings.api.tries import address_of as origin_of
from tidings.database.pool import Pool
from tidings.kernel.ids import read as read_id
from tidings.kernel.ids import show as show_id
from tidings.kernel.times import show_iso
from tidings.settings import Settings
from tidings.teams import audit, sign_on, store
from tidings.teams.id_token import ALGORITHMS, UnknownKey, Untrusted, check, claims
from tidings.teams.key import WrongKey, installation_key, seal, unseal
from tidings.teams.sign_on import SignOn

logger = structlog.get_logger(__name__)
COOKIE: Final = "tidings_sign_on"
_DOMAIN: Final = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_NEXT: Final = re.compile(r"/(?![/\\])[^\x00-\x20\x7f]{0,1000}")
_ANYBODYS: Final = frozenset(
    (
        *(
            "gmail.com",
            "googlemail.com",
            "outlook.com",
            "hotmail.com",
            "live.com",
            "msn.com",
            "yahoo.com",
            "icloud.com",
            "me.com",
        ),
        *(
            "aol.com",
            "gmx.com",
            "gmx.net",
            "gmx.de",
            "web.de",
            "proton.me",
            "protonmail.com",
            "mail.ru",
            "qq.com",
            "163.com",
        ),
    )
)
"""Where anybody gets an address: whoever has one belongs to no company by it."""

Joins = Literal["admin", "author", "approver", "viewer"]


class SignOnChosen(Struct):
    """How a workspace signs people on. ``name``: what people call the provider. ``client``: the id it gave this installation. ``domains``:
    of the addresses it may vouch for. ``joins``: what somebody becomes who comes uninvited; null: nobody does. ``passwords``: whether
    members other than owners may sign in by password too."""

    name: Annotated[str, Meta(examples=["Acme"])]
    issuer: Annotated[str, Meta(examples=["https://acme.okta.com"])]
    client: Annotated[str, Meta(examples=["0oa1f7k2"])]
    domains: Annotated[list[str], Meta(examples=[["acme.com"]])]
    joins: Joins | None = None
    passwords: bool = True
    enabled: bool = True


class NewSignOn(SignOnChosen):
    """The same with the client's ``secret``: null: the one that is stored; "": none, for a public client."""

    secret: str | None = None


class Person(Struct):
    """A member whom the provider is known to mean."""

    account: int
    email: str
    name: str
    since: str


class SignOnSet(Struct):
    """``settings`` null: nothing is set up. ``redirect``: the address to give the provider. ``secret``: whether one is stored. ``alone``:
    members who get in this way alone."""

    settings: SignOnChosen | None
    redirect: Annotated[str, Meta(examples=["https://tidings.acme.com/login/01j8z3"])]
    secret: bool
    linked: list[Person]
    alone: list[str]
    changed_by: str = ""
    changed: str | None = None


class Issuer(Struct):
    """An issuer to look at."""

    issuer: Annotated[str, Meta(examples=["https://acme.okta.com"])]


class Found(Struct):
    """What a look at a provider found. ``works``: people can be signed on by it; ``says``: why not, otherwise. ``issuer``: as it calls
    itself. ``found``: what was seen, in plain words."""

    works: bool
    says: str
    hint: str = ""
    issuer: str = ""
    found: list[str] = []


class Way(Struct):
    """A provider that signs people of a domain on."""

    id: Annotated[str, Meta(examples=["01j8z3k5m7p9r1t3v5x7z9b1d3"])]
    name: Annotated[str, Meta(examples=["Acme"])]


class Ways(Struct):
    """By what people of a domain can sign in beside a password."""

    ways: list[Way]


class Begin(Struct):
    """``next``: the page to come back to."""

    next: Annotated[str, Meta(examples=["/production/journeys"])] = "/"


class Away(Struct):
    """``url``: where the browser goes now."""

    url: str


class Back(Struct):
    """What the provider sent the browser back with."""

    state: str = ""
    code: str = ""
    iss: str = ""
    error: str = ""


class Entered(Struct):
    """``next``: the page to go to."""

    next: str


@get("/sign-on", guards=[may("team:read")])
async def read_sign_on(here: Here, settings: Settings) -> Response[SignOnSet]:
    """Read how the workspace signs people on; the client's secret is never shown."""
    async with here.pool.acquire() as connection:
        found = await sign_on.of_workspace(connection, here.workspace.id)
        linked = await sign_on.linked(connection, found) if found else []
        alone = await sign_on.without_password(connection, here.workspace.id)
    people = [Person(each.account, each.email, each.name, show_iso(each.since)) for each in linked]
    redirect = _redirect(settings, sign_on.id_of(here.workspace.secret))
    if found is None:
        return Response(SignOnSet(None, redirect, False, people, alone), headers=etag(0))
    changed = (found.changed_by, show_iso(found.changed_at))
    said = SignOnSet(_chosen(found), redirect, bool(found.sealed), people, alone, *changed)
    return Response(said, headers=etag(found.revision))


@put("/sign-on", guards=[may("team:edit")], status_code=200)
async def write_sign_on(
    data: NewSignOn, here: Here, settings: Settings, issuers: Issuers, request: Request[Any, Any, Any]
) -> Response[Found]:
    """Set single sign-on up, or change it, over the revision named in If-Match (`If-None-Match: *` for the first); owners alone. Where
    it is to be switched on, the provider is looked at first."""
    _is_owner(here)
    seen, new, looked = revision_meant(request), _tidied(data, issuers), Found(True, "Saved; it is switched off.")
    if new.enabled:
        looked = await _look(issuers, new.issuer)
        if not looked.works:
            raise Refusal(400, looked.says, looked.hint, faults=[Fault(looked.says, "issuer", looked.hint)])
        new.issuer = looked.issuer
    async with here.pool.acquire() as connection, connection.transaction():
        before = await sign_on.of_workspace(connection, here.workspace.id)
        wanted = SignOn(
            *(here.workspace.id, sign_on.id_of(here.workspace.secret), new.name, new.issuer, new.client, ""),
            *(tuple(new.domains), new.joins, new.passwords, new.enabled, seen, here.actor.name),
        )
        kept = await sign_on.keep(connection, wanted._replace(sealed=_sealed(new, wanted, before, settings)))
        if kept is None:
            raise overtaken(before.changed_by if before else "")
        name = (connection, here.workspace.id, here.actor, "set", "single sign-on", kept.name)
        after = _shown(kept) | ({"secret": "replaced"} if new.secret else {})
        await audit.note(*name, before=_shown(before), after=after)
    return Response(looked, headers=etag(kept.revision))


@delete("/sign-on", guards=[may("team:edit")], status_code=204)
async def remove_sign_on(here: Here) -> None:
    """Take single sign-on away, and with it every session it vouched for; owners alone. Who has no password needs an invitation then."""
    _is_owner(here)
    async with here.pool.acquire() as connection, connection.transaction():
        before = await sign_on.of_workspace(connection, here.workspace.id)
        if before is None:
            raise _nothing()
        await sign_on.remove(connection, here.workspace.id)
        name = (connection, here.workspace.id, here.actor, "removed", "single sign-on", before.name)
        await audit.note(*name, before=_shown(before))


@post("/sign-on/test", guards=[may("team:edit")], status_code=200)
async def test_sign_on(data: Issuer, here: Here, issuers: Issuers) -> Found:
    """Read an issuer's discovery document and its keys, and say what was found; owners alone."""
    _is_owner(here)
    if fault := issuers.unfit(data.issuer.strip()):
        raise Refusal(400, fault, faults=[Fault(fault, "issuer")])
    return await _look(issuers, data.issuer.strip())


@delete("/sign-on/links/{account:int}", guards=[may("team:edit")], status_code=204)
async def unlink_account(account: int, here: Here) -> None:
    """Forget whom the provider means by an account, and sign it out where the provider vouched for it; the next sign-in links it anew."""
    _is_owner(here)
    async with here.pool.acquire() as connection, connection.transaction():
        own = await sign_on.of_workspace(connection, here.workspace.id)
        member = await store.member(connection, here.workspace.id, account)
        if own is None or member is None or not await sign_on.unlink(connection, own, account):
            raise Refusal(404, "There is no such link.")
        await audit.note(connection, here.workspace.id, here.actor, "unlinked", "account", member.email)


@get("/sign-on/offered", guards=[ANYBODY])
async def offered(domain: str, pool: Pool) -> Ways:
    """Say by what people whose address ends with a domain can sign in. It says nothing of any address."""
    async with pool.acquire() as connection:
        found = await sign_on.for_domain(connection, domain.strip().lower())
    return Ways([Way(show_id(each.id), each.name) for each in found])


@post("/sign-on/ways/{id:str}/begin", guards=[ANYBODY], status_code=200)
async def begin(
    id: str, data: Begin, pool: Pool, settings: Settings, issuers: Issuers, request: Request[Any, Any, Any]
) -> Response[Away]:
    """Begin to sign in: gives the provider's address, and a cookie by which this browser is known when it comes back."""
    own = await _own(pool, id)
    provider = await _provider(issuers, own)
    browser = request.cookies.get(COOKIE) or token_urlsafe(32)
    state = token_urlsafe(32)
    next = data.next if _NEXT.fullmatch(data.next) else "/"
    async with pool.acquire() as connection:
        if not await sign_on.begin(connection, own, state, browser, origin_of(request, settings), next):
            says = "Too many sign-ins were begun from your network. Try again in ten minutes."
            raise Refusal(429, says, code="too_often", headers={"retry-after": "600"})
    nonce, verifier = _derived(settings, "nonce", state), _derived(settings, "verifier", state)
    asked = {
        "response_type": "code",
        "client_id": own.client,
        "redirect_uri": _redirect(settings, own.id),
        "scope": "openid email profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": _plain(sha256(verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    cookie = Cookie(
        key=COOKIE,
        value=browser,
        path="/api/sign-on",
        max_age=600,
        httponly=True,
        samesite="lax",
        secure=settings.url.startswith("https:"),
    )
    mark = "&" if "?" in provider.authorize else "?"
    return Response(Away(f"{provider.authorize}{mark}{urlencode(asked)}"), cookies=[cookie])


@post("/sign-on/ways/{id:str}/finish", guards=[ANYBODY], status_code=200)
async def finish(
    id: str,
    data: Back,
    asked: Asked,
    pool: Pool,
    settings: Settings,
    issuers: Issuers,
    request: Request[Any, Any, Any],
) -> Entered:
    """Sign in with what the provider sent back; the session comes as a cookie."""
    own = await _own(pool, id)
    async with pool.acquire() as connection:
        begun = await sign_on.come_back(connection, own, data.state, request.cookies.get(COOKIE, ""))
    if begun is None:
        says = "This sign-in was not begun in this browser, was used already, or took longer than ten minutes."
        raise Refusal(400, says, "Begin to sign in again.", code="begin_again")
    try:
        said = await _who(own, data, settings, issuers)
    except Refusal as refusal:
        logger.warning("a sign-in through a provider was refused", issuer=own.issuer, why=refusal.says)
        raise
    async with pool.acquire() as connection, connection.transaction():
        account, vouched = await enter(connection, own, said)
        agent = request.headers.get("user-agent", "")
        cookie, _ = await store.open_session(connection, account.id, agent, origin_of(request, settings), vouched)
    asked.cookie = cookie
    return Entered(begun.next)


async def _who(own: SignOn, data: Back, settings: Settings, issuers: Issuers) -> Any:
    """Find out whom the provider means. Raises `Refusal`."""
    if data.error:
        says = f"{own.name} did not sign you in: {_DECLINED.get(data.error, 'it gave no reason that is known here')}."
        raise Refusal(403, says, "Try again, or ask whoever looks after it.", code="declined")
    provider = await _provider(issuers, own)
    if data.iss and data.iss != provider.issuer:  # RFC 9207: another provider's answer
        raise Refusal(400, "The answer came from another provider.", "Begin to sign in again.", code="begin_again")
    try:
        secret = unseal(installation_key(settings), own.sealed, own.about()) if own.sealed else ""
    except WrongKey as error:
        raise Refusal(503, "Single sign-on can't be used on this machine.", str(error), code="wrong_key") from error
    verifier, nonce = _derived(settings, "verifier", data.state), _derived(settings, "nonce", data.state)
    try:
        tokens = await issuers.redeem(provider, own.client, secret, data.code, _redirect(settings, own.id), verifier)
        token = await _checked(issuers, provider, tokens.id_token, own.client, nonce)
        said = claims(token)
        if not said.email:
            more = await issuers.userinfo(provider, tokens, said.subject)
            said = claims({**more, **token})
    except Unreadable as error:
        raise Refusal(502, error.says, error.hint, code="provider") from None
    except Untrusted as error:
        says = f"What {own.name} said of you can't be trusted: {error}."
        raise Refusal(403, says, code="untrusted") from None
    address_of(own, said)
    return said


async def _checked(issuers: Issuers, provider: Provider, token: str, client: str, nonce: str) -> dict[str, Any]:
    """Check a token; where it names a key that is not known, the provider may have a new one."""
    for fresh in (False, True):
        keys = await issuers.keys(provider, fresh=fresh)
        try:
            return check(token, keys, issuer=provider.issuer, client=client, nonce=nonce)
        except UnknownKey:
            continue
    raise Untrusted("it is signed with a key that the provider does not list")


async def _look(issuers: Issuers, issuer: str) -> Found:
    """Look at a provider, and say what is there."""
    try:
        provider = await issuers.provider(issuer, fresh=True)
        keys = await issuers.keys(provider, fresh=True)
    except Unreadable as error:
        return Found(False, error.says, error.hint)
    if provider.algorithms and not set(provider.algorithms) & set(ALGORITHMS):
        says = (
            f"The provider signs with {', '.join(provider.algorithms)[:100]}; one of {', '.join(ALGORITHMS)} is needed."
        )
        return Found(False, says)
    signs = ", ".join(provider.algorithms) or "what it does not say"
    found = [
        f"It calls itself {provider.issuer}.",
        f"People are sent to {provider.authorize}.",
        f"It lists {len(keys)} {'key' if len(keys) == 1 else 'keys'}, and signs with {signs}.",
        "It can be asked for an address that the ID token does not hold."
        if provider.userinfo
        else "The ID token has to hold the address.",
    ]
    return Found(True, "The provider answers as it should.", "", provider.issuer, found)


def _tidied(data: NewSignOn, issuers: Issuers) -> NewSignOn:
    """Give what is to be set up as it is stored; raises `Refusal` with every fault."""
    faults = []
    name, client, issuer = data.name.strip(), data.client.strip(), data.issuer.strip()
    domains = list(dict.fromkeys(each.strip().lower().removeprefix("@") for each in data.domains if each.strip()))
    if not 1 <= len(name) <= 40 or not name.isprintable():
        faults.append(Fault("Write what people call it, in at most 40 characters.", "name"))
    if fault := issuers.unfit(issuer):
        faults.append(Fault(fault, "issuer"))
    if not 1 <= len(client) <= 300 or not client.isprintable():
        faults.append(Fault("Write the client id that the provider shows.", "client"))
    if not domains:
        faults.append(Fault("Name the domain of your addresses, such as acme.com.", "domains"))
    for each in domains:
        if not _DOMAIN.fullmatch(each):
            faults.append(Fault(f"`{each[:60]}` is no domain, such as acme.com.", "domains"))
        elif each in _ANYBODYS and data.joins is not None:
            says = (
                f"Anybody can have an address at {each}, so nobody joins by one: choose that people come by invitation."
            )
            faults.append(Fault(says, "domains"))
    if len(domains) > 50:
        faults.append(Fault("At most 50 domains.", "domains"))
    if data.secret is not None and len(data.secret) > 1000:
        faults.append(Fault("The secret is longer than 1,000 characters.", "secret"))
    if faults:
        raise Refusal(400, faults[0].message, faults=faults)
    return NewSignOn(name, issuer, client, domains, data.joins, data.passwords, data.enabled, data.secret)


def _sealed(new: NewSignOn, wanted: SignOn, before: SignOn | None, settings: Settings) -> str:
    """Give the secret to store. A stored one is never sent anywhere but where it was meant for."""
    if new.secret is not None:
        return seal(installation_key(settings), new.secret, wanted.about()) if new.secret else ""
    if before is None or not before.sealed:
        return ""
    if (before.issuer, before.client) != (wanted.issuer, wanted.client):
        says = "The stored secret belongs to another client: give the new one's, or none."
        raise Refusal(400, says, faults=[Fault(says, "secret")])
    return before.sealed


def _is_owner(here: Here) -> None:
    if here.role != "owner":
        says = (
            "Only an owner can set single sign-on up: whoever decides who vouches for people could become any of them."
        )
        raise Refusal(403, says, code="not_permitted")


async def _own(pool: Pool, id: str) -> SignOn:
    async with pool.acquire() as connection:
        found = await sign_on.by_id(connection, read_id(id) or b"")
    if found is None:
        raise _nothing()
    return found


async def _provider(issuers: Issuers, own: SignOn) -> Provider:
    try:
        return await issuers.provider(own.issuer)
    except Unreadable as error:
        raise Refusal(502, error.says, error.hint, code="provider") from None


def _chosen(found: SignOn) -> SignOnChosen:
    joins: Any = found.joins
    return SignOnChosen(
        *(found.name, found.issuer, found.client, list(found.domains), joins, found.passwords, found.enabled)
    )


def _shown(found: SignOn | None) -> dict[str, Any]:
    if found is None:
        return {}
    names = ("name", "issuer", "client", "domains", "joins", "passwords", "enabled")
    return {name: getattr(found, name) for name in names}


def _redirect(settings: Settings, id: bytes) -> str:
    return f"{settings.url}/login/{show_id(id)}"


def _derived(settings: Settings, what: str, state: str) -> str:
    key = installation_key(settings)
    return _plain(blake2b(f"{what}:{state}".encode(), digest_size=32, key=key, person=b"sign on").digest())


def _plain(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _nothing() -> Refusal:
    return Refusal(404, "This way to sign in is not there any more.", "Sign in with your password.", code="no_sign_on")


_DECLINED: Final = {
    "access_denied": "you, or a rule of it, said no",
    "login_required": "you are not signed in there",
    "consent_required": "it needs your consent",
    "interaction_required": "it needs something of you that it could not ask",
    "unauthorized_client": "it does not let this client sign people in",
    "invalid_scope": "it does not allow the scopes openid, email and profile",
    "invalid_request": "it did not understand the request; is the redirect address registered there?",
    "server_error": "it has a fault of its own",
    "temporarily_unavailable": "it is too busy",
}
