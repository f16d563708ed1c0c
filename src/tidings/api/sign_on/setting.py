"""How a workspace signs people on: an owner sets its provider up, and has it looked at first."""

import re
from typing import Annotated, Any, Final, Literal

from litestar import Request, Response, delete, get, post, put
from msgspec import Meta, Struct

from tidings.api.edits import etag, overtaken, revision_meant
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.api.problem import Fault, Refusal
from tidings.api.sign_on.issuer import Issuers, Unreadable
from tidings.kernel.ids import show as show_id
from tidings.kernel.times import show_iso
from tidings.settings import Settings
from tidings.teams import audit, sign_on, store
from tidings.teams.id_token import ALGORITHMS
from tidings.teams.key import installation_key, seal
from tidings.teams.sign_on import SignOn

_DOMAIN: Final = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_ANYBODYS: Final = frozenset(
    (
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "msn.com",
        "yahoo.com",
        "icloud.com",
        "me.com",
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


@get("/sign-on", guards=[may("team:read")])
async def read_sign_on(here: Here, settings: Settings) -> Response[SignOnSet]:
    """Read how the workspace signs people on; the client's secret is never shown."""
    async with here.pool.acquire() as connection:
        found = await sign_on.of_workspace(connection, here.workspace.id)
        linked = await sign_on.linked(connection, found) if found else []
        alone = await sign_on.without_password(connection, here.workspace.id)
    people = [Person(each.account, each.email, each.name, show_iso(each.since)) for each in linked]
    redirect = redirect_of(settings, sign_on.id_of(here.workspace.secret))
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
            raise gone()
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


def redirect_of(settings: Settings, id: bytes) -> str:
    """Give the address that a provider sends people back to."""
    return f"{settings.url}/login/{show_id(id)}"


def gone() -> Refusal:
    """Say that nothing is set up there."""
    return Refusal(404, "This way to sign in is not there any more.", "Sign in with your password.", code="no_sign_on")
