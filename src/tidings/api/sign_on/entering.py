"""Who comes in: from what a provider says of somebody to an account, its link, and its membership in one transaction."""

from tidings.api.problem import Refusal
from tidings.database.pool import Connection
from tidings.teams import audit, sign_on, store
from tidings.teams.account import Account, Vouched, tidy
from tidings.teams.audit import Actor
from tidings.teams.id_token import Claims
from tidings.teams.permissions import Role
from tidings.teams.sign_on import SignOn


def address_of(one: SignOn, claims: Claims) -> str:
    """Give the address a provider vouches for; raises `Refusal` where it does not, or may not."""
    email = tidy(claims.email)
    if not email:
        hint = "It has to be asked to put `email` into the ID token, or to say it at its userinfo endpoint."
        raise Refusal(403, f"{one.name} did not say your email address.", hint, code="no_email")
    if claims.verified is not True:
        said = (
            "says that nobody has verified" if claims.verified is False else "does not say whether anybody has verified"
        )
        hint = "Whoever looks after it there can change that; the guide on single sign-on says how."
        raise Refusal(403, f"{one.name} {said} {email}.", hint, code="not_verified")
    if email.rpartition("@")[2] not in one.domains:
        says = f"{one.name} signs people on whose address ends with {' or '.join(f'@{each}' for each in one.domains)}, not {email}."
        raise Refusal(403, says, "An owner of the workspace can allow further domains.", code="foreign_domain")
    return email


async def enter(connection: Connection, one: SignOn, claims: Claims) -> tuple[Account, Vouched]:
    """Find the account, or make it, and let it into each workspace that trusts this provider and lets it in. Raises `Refusal`."""
    email = address_of(one, claims)
    domain = email.rpartition("@")[2]
    sharing = await sign_on.sharing(connection, one, domain)
    if (one.workspace, one.revision) not in [(each.workspace, each.revision) for each in sharing]:
        raise Refusal(409, "Single sign-on was changed meanwhile.", "Begin to sign in again.", code="begin_again")
    known = await sign_on.account_of(connection, one.issuer, one.client, claims.subject)
    account = await store.account(connection, id=known) if known else await store.account(connection, email=email)
    inside, joining = await _places(connection, sharing, account, email)
    if not inside and not joining:
        raise await _not_let_in(connection, one, account, email)
    if account is None:
        name = claims.name[:80] or email.partition("@")[0][:80]
        id = await store.add_account(connection, email, name, "")
        account = await store.account(connection, email=email)
        assert id is not None
        assert account is not None
    actor = Actor(account.id, account.email)
    for each, role in joining:
        await store.set_member(connection, each.workspace, account.id, role, vouched=True)
        after = {"role": role, "by": one.name}
        await audit.note(connection, each.workspace, actor, "joined as", "member", account.email, after=after)
    if known is None:
        if not await sign_on.link(connection, one.issuer, one.client, claims.subject, account.id):
            says = f"{one.name} means somebody else by {email} than before."
            hint = "If it is still you, an owner can take the old link away under Settings, Single sign-on."
            raise Refusal(403, says, hint, code="linked_before")
        for each in (*inside, *(each for each, _ in joining)):
            after = {"by": one.name, "issuer": one.issuer, "subject": claims.subject}
            await audit.note(connection, each.workspace, actor, "linked", "account", account.email, after=after)
    for each in (*inside, *(each for each, _ in joining)):
        after = {"by": one.name}
        await audit.note(connection, each.workspace, actor, "signed in", "session", account.email, after=after)
    return account, Vouched(one.issuer, one.client, domain)


async def _places(
    connection: Connection, sharing: list[SignOn], account: Account | None, email: str
) -> tuple[list[SignOn], list[tuple[SignOn, Role]]]:
    """Give the workspaces somebody is a member of, and those they may join now, as what. An invitation that is taken is used up."""
    inside: list[SignOn] = []
    joining: list[tuple[SignOn, Role]] = []
    for each in sharing:
        if account is not None and await store.member(connection, each.workspace, account.id) is not None:
            inside.append(each)
            continue
        invitation = await store.invitation_of(connection, each.workspace, account.email if account else email)
        if invitation is not None:
            await store.withdraw(connection, each.workspace, invitation.id)
            joining.append((each, invitation.role))
        elif each.joins is not None and not (
            account is not None and await store.was_removed(connection, each.workspace, account.id)
        ):
            joining.append((each, each.joins))
    return inside, joining


async def _not_let_in(connection: Connection, one: SignOn, account: Account | None, email: str) -> Refusal:
    if account is not None and await store.was_removed(connection, one.workspace, account.id):
        return Refusal(403, f"{email} was taken out of this workspace.", "Ask for an invitation.", code="removed")
    says = f"{email} is no member of this workspace, and nobody joins it without an invitation."
    return Refusal(403, says, "Ask an admin to invite you; then sign in this way again.", code="no_member")
