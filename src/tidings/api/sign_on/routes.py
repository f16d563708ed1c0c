"""Single sign-on by OpenID Connect: people sign in through the provider that an owner set up (`setting`).

Signing in is the authorization code flow with PKCE (S256), state and nonce. *Begin* sends the browser to the provider and leaves it a
word of its own in a cookie; the provider sends it back to a page of ours, which hands over what it brought; *finish* takes that from this
browser once, within ten minutes. Nonce and verifier are made of the state with the installation's key, so neither is stored.
"""

import re
from base64 import urlsafe_b64encode
from hashlib import blake2b, sha256
from secrets import token_urlsafe
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import structlog
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from msgspec import Meta, Struct

from tidings.api.here import Asked
from tidings.api.permit import ANYBODY
from tidings.api.problem import Refusal
from tidings.api.sign_on.entering import address_of, enter
from tidings.api.sign_on.issuer import Issuers, Provider, Unreadable
from tidings.api.sign_on.setting import (
    gone,
    read_sign_on,
    redirect_of,
    remove_sign_on,
    test_sign_on,
    unlink_account,
    write_sign_on,
)
from tidings.api.tries import address_of as origin_of
from tidings.database.pool import Pool
from tidings.kernel.ids import read as read_id
from tidings.kernel.ids import show as show_id
from tidings.settings import Settings
from tidings.teams import sessions, sign_on
from tidings.teams.id_token import UnknownKey, Untrusted, check, claims
from tidings.teams.key import WrongKey, installation_key, unseal
from tidings.teams.sign_on import SignOn

logger = structlog.get_logger(__name__)
__all__ = ["read_sign_on", "remove_sign_on", "test_sign_on", "unlink_account", "write_sign_on"]
COOKIE: Final = "tidings_sign_on"
_NEXT: Final = re.compile(r"/(?![/\\])[^\x00-\x20\x7f]{0,1000}")


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
        "redirect_uri": redirect_of(settings, own.id),
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
        cookie, _ = await sessions.open_session(connection, account.id, agent, origin_of(request, settings), vouched)
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
        tokens = await issuers.redeem(provider, own.client, secret, data.code, redirect_of(settings, own.id), verifier)
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


async def _own(pool: Pool, id: str) -> SignOn:
    async with pool.acquire() as connection:
        found = await sign_on.by_id(connection, read_id(id) or b"")
    if found is None:
        raise gone()
    return found


async def _provider(issuers: Issuers, own: SignOn) -> Provider:
    try:
        return await issuers.provider(own.issuer)
    except Unreadable as error:
        raise Refusal(502, error.says, error.hint, code="provider") from None


def _derived(settings: Settings, what: str, state: str) -> str:
    key = installation_key(settings)
    return _plain(blake2b(f"{what}:{state}".encode(), digest_size=32, key=key, person=b"sign on").digest())


def _plain(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


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
