"""Passwords: argon2id with the parameters of RFC 9106's second choice (64 MiB, three passes), two at a time, off the event loop."""

import asyncio
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST: Final = 10
LONGEST: Final = 200
_hasher: Final = PasswordHasher()
_two: Final = asyncio.Semaphore(2)
"""More at once would let strangers fill the memory."""


def fault(password: str) -> str:
    """Say what is wrong with a password somebody chose; "" if nothing is."""
    if len(password) < SHORTEST:
        return f"The password needs at least {SHORTEST} characters."
    if len(password) > LONGEST:
        return f"The password has more than {LONGEST} characters."
    if len(set(password)) < 5:
        return "The password repeats a few characters; use more different ones."
    return ""


async def hashed(password: str) -> str:
    """Give what is stored."""
    async with _two:
        return await asyncio.to_thread(_hasher.hash, password)


async def is_right(stored: str | None, password: str) -> bool:
    """Whether the password is the one stored. With None (nobody has the email) or "" (it has none) it takes as long, and is wrong."""
    async with _two:
        return await asyncio.to_thread(_verify, stored, password[: LONGEST + 1]) and bool(stored)


def _verify(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _nobodys(), password)
    except (Argon2Error, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
