"""Tries at a password or a code: after too many that failed nobody gets another for a while, but for who is known.

Whoever knows an email can fail at it, so failures are counted by email *at an address*, and by email from everywhere only far beyond that:
one stranger locks out nobody but himself. A browser that signed in before brings a cookie that says so, and is counted by itself: many
strangers at once lock out no browser of the account's own.
"""

from collections.abc import Sequence
from hashlib import blake2b
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Any, Final, NamedTuple

from litestar import Request

from tidings.api.here import BROWSER
from tidings.api.origin import Origins
from tidings.api.problem import Refusal
from tidings.database.pool import Pool
from tidings.kernel.ids import digest, show
from tidings.settings import Settings
from tidings.teams import sessions
from tidings.teams.account import TRIES
from tidings.teams.key import installation_key

_MANY: Final = 5
"""Times as many failures for one email from everywhere, or from one address for all emails, as for one email from one address."""


class Tries(NamedTuple):
    """What is counted together: each key with how often it may fail."""

    keys: Sequence[bytes]
    most: Sequence[int]

    async def begin(self, pool: Pool, says: str = "Too many failed tries.") -> None:
        """Count a try, which has failed unless it is given back; raises `Refusal` where one of them has failed too often."""
        async with pool.acquire() as connection:
            wait = await sessions.begin_try(connection, self.keys, self.most)
        if wait:
            minutes = max(1, round(wait / 60_000_000))
            says = f"{says} Try again in {minutes} minute{'s' if minutes > 1 else ''}."
            raise Refusal(429, says, code="too_often", headers={"retry-after": str(wait // 1_000_000 + 1)})

    async def give_back(self, pool: Pool) -> None:
        """Say that the try that was begun did not fail."""
        async with pool.acquire() as connection:
            await sessions.give_back_try(connection, self.keys)


def at_password(email: str, address: str, browser: str = "") -> Tries:
    """Tries at an account's password. ``browser``: the word by which its owner's browser is known; "" where it is not."""
    if browser:
        return _tries((f"browser:{browser}", 1))
    return _tries((f"at:{address}:{email}", 1), (f"email:{email}", _MANY), (f"address:{address}", _MANY))


def at_code(email: str, browser: str = "") -> Tries:
    """Tries at a code of two-factor by whoever has the password: six digits bear fewer than a password does."""
    return _tries((f"code:{browser}" if browser else f"code:{email}", 1))


def at_link(email: str, address: str, browser: str = "") -> Tries:
    """Links asked for by whoever forgot a password: each may be a mail to somebody. ``browser`` as in `at_password`."""
    if browser:
        return _tries((f"link:{browser}", 1))
    return _tries((f"link at:{address}:{email}", 1), (f"link to:{email}", 1), (f"link from:{address}", _MANY))


def at_setup(address: str) -> Tries:
    """Tries at the set-up code."""
    return _tries((f"address:{address}", _MANY))


def at_proof(session: bytes) -> Tries:
    """Tries at the password of whoever is signed in."""
    return _tries((f"session:{session.hex()}", 1))


def known_browser(request: Request[Any, Any, Any], email: str, settings: Settings) -> str:
    """Give the word of a browser in which this email signed in before; "" where it is another."""
    word, _, mark = request.cookies.get(BROWSER, "").partition(".")
    return word if word and compare_digest(mark.encode(), _mark(word, email, settings).encode()) else ""


def remembered(email: str, settings: Settings) -> str:
    """Give a cookie by which a browser is known again."""
    word = token_urlsafe(12)
    return f"{word}.{_mark(word, email, settings)}"


def address_of(request: Request[Any, Any, Any], settings: Settings) -> str:
    """Give where a request comes from, past the web servers before this one."""
    return Origins(settings.proxies).of(request.scope)  # type: ignore[arg-type]  # a mapping to the framework, which is as mutable


def _tries(*counted: tuple[str, int]) -> Tries:
    keys = [blake2b(what.encode("utf-8", "surrogatepass"), digest_size=16).digest() for what, _ in counted]
    return Tries(keys, [TRIES[0] * times for _, times in counted])


def _mark(word: str, email: str, settings: Settings) -> str:
    return show(digest("known browser", word, email, key=installation_key(settings)))
