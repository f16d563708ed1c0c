"""Tries at a password or a code, counted by email and by address: after too many that failed nobody gets another for a while."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from litestar import Request

from tidings.api.origin import Origins
from tidings.api.problem import Refusal
from tidings.database.pool import Pool
from tidings.settings import Settings
from tidings.teams import sessions
from tidings.teams.account import TRIES

_MANY: Final = 5
"""Times as many failures from one address as for one email."""


class Tries(NamedTuple):
    """What is counted together: each key with how often it may fail."""

    keys: Sequence[bytes]
    most: Sequence[int]

    async def begin(self, pool: Pool) -> None:
        """Count a try, which has failed unless it is given back; raises `Refusal` where one of them has failed too often."""
        async with pool.acquire() as connection:
            wait = await sessions.begin_try(connection, self.keys, self.most)
        if wait:
            minutes = max(1, round(wait / 60_000_000))
            says = f"Too many failed tries. Try again in {minutes} minute{'s' if minutes > 1 else ''}."
            raise Refusal(429, says, code="too_often", headers={"retry-after": str(wait // 1_000_000 + 1)})

    async def give_back(self, pool: Pool) -> None:
        """Say that the try that was begun did not fail."""
        async with pool.acquire() as connection:
            await sessions.give_back_try(connection, self.keys)


def tries(email: str = "", address: str = "") -> Tries:
    """Count by email, by address, or by both."""
    found = [("email", email, TRIES[0])] * bool(email) + [("address", address, TRIES[0] * _MANY)] * bool(address)
    return Tries([_key(kind, value) for kind, value, _ in found], [most for *_, most in found])


def address_of(request: Request[Any, Any, Any], settings: Settings) -> str:
    """Give where a request comes from, past the web servers before this one."""
    return Origins(settings.proxies).of(request.scope)  # type: ignore[arg-type]  # a mapping to the framework, which is as mutable


def _key(kind: str, value: str) -> bytes:
    return blake2b(f"{kind}:{value}".encode(), digest_size=16).digest()
