"""Accounts and what they are in workspaces."""

from typing import Final, NamedTuple

from tidings.kernel.times import DAY, HOUR, MINUTE, Instant
from tidings.teams.permissions import Role, of

IDLE: Final = 14 * DAY
"""A session nobody used for so long is over."""
LONGEST: Final = 90 * DAY
"""So is one that is this old."""
ROTATED: Final = 12 * HOUR
"""After so long its cookie is replaced;"""
OVERLAP: Final = MINUTE
"""the one before is good for this much longer, for requests that were under way."""
INVITED: Final = 7 * DAY
TRIES: Final = (10, 15 * MINUTE)
"""Failed sign-ins for one email from one address, within a window."""


class Account(NamedTuple):
    """``password``: "" where there is none, as the account came through a provider. ``totp``: the secret of two-factor as it is stored
    (sealed, see `teams.key`), None while it is off."""

    id: int
    email: str
    name: str
    password: str
    totp: str | None
    totp_step: int


class Member(NamedTuple):
    """What an account is in a workspace."""

    account: int
    email: str
    name: str
    role: Role
    granted: list[str]
    refused: list[str]
    since: Instant
    two_factor: bool
    vouched: bool = False
    """Came through the workspace's provider, and gets in through it alone."""

    @property
    def permissions(self) -> frozenset[str]:
        return of(self.role, self.granted, self.refused)


class Vouched(NamedTuple):
    """The provider that said who somebody is, and the domain of the address it said."""

    issuer: str
    client: str
    domain: str


class Session(NamedTuple):
    """A browser somebody is signed in with. ``vouched``: None where a password was asked for."""

    id: bytes
    account: int
    csrf: str
    agent: str
    address: str
    made_at: Instant
    seen_at: Instant
    rotated_at: Instant
    vouched: Vouched | None = None


class Invitation(NamedTuple):
    """An invitation not yet taken. The link's secret is not kept."""

    id: bytes
    workspace: int
    email: str
    role: Role
    made_by: str
    made_at: Instant
    until: Instant


def tidy(email: str) -> str:
    """Give an email as it is stored and looked up; "" where it is none."""
    found = email.strip().lower()
    before, at, after = found.rpartition("@")
    right = at and before and "." in after and not after.startswith(".") and not after.endswith(".")
    return found if right and len(found) <= 254 and not any(c.isspace() or c in '<>,;"' for c in found) else ""
