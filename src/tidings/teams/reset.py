"""A link for whoever forgot their password: good for an hour, and only until the password changes.

Nothing is kept of it: it is signed with the installation's key over the password's hash, so it dies with its use, and it takes both the key
and the database to make one.
"""

import re
from collections.abc import Collection
from hmac import compare_digest
from typing import Final

from tidings.database.pool import Connection
from tidings.kernel.ids import digest, show
from tidings.kernel.times import HOUR, Instant
from tidings.teams import store
from tidings.teams.account import Account, Member
from tidings.teams.permissions import may_give

GOOD: Final = HOUR
_SECRET: Final = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})\.([0-9A-Za-z]{26})")


def secret_of(key: bytes, account: Account, until: Instant) -> str:
    """Give what stands in the link. ``key``: the installation's."""
    return f"{account.id}.{until}.{_mark(key, account, until)}"


async def account_of(connection: Connection, key: bytes, secret: str, now: Instant) -> Account | None:
    """Find whose link it is; None where it is none, is over, or was used."""
    parts = _SECRET.fullmatch(secret)
    if parts is None or int(parts[2]) <= now:
        return None
    account = await store.account(connection, id=int(parts[1]))
    if account is None or not account.password:
        return None
    return account if compare_digest(parts[3], _mark(key, account, int(parts[2]))) else None


async def carrier(connection: Connection, account: int, mailing: Collection[int]) -> int | None:
    """Find a workspace that may mail the link; None where there is none. ``mailing``: those that send mail.

    Whoever may change how a workspace sends mail can have it sent past themselves and read it. So a workspace carries the link only if
    each of them could make somebody all that the account is, in every workspace it is a member of, and no key may change it.
    """
    places = await store.workspaces(connection, account)
    teams = {id: {each.account: each for each in await store.members(connection, id)} for id, _, _ in places}
    for id in (id for id, _, _ in places if id in mailing):
        readers = [each for each in teams[id].values() if {"settings:edit", "team:edit"} & each.permissions]
        others = [each.account for each in readers if each.account != account]
        trusted = all(_could_make(teams[place].get(other), own) for other in others for place, _, own in places)
        if trusted and not await store.any_key_that_may(connection, id, "settings:edit"):
            return id
    return None


def _could_make(other: Member | None, own: Member) -> bool:
    return other is not None and "team:edit" in other.permissions and may_give(other.role, own.role)


def _mark(key: bytes, account: Account, until: Instant) -> str:
    return show(digest("forgotten password", account.id, until, account.password, key=key))
