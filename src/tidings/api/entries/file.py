"""Fetching the file that names whom a call lets in, by the guarded way out: it reaches no address that only this machine can reach."""

from typing import Final

from tidings.channels.exchange import NotAnswered, NotSent, Unfit, exchange
from tidings.channels.guard import Guard, pool

LARGEST: Final = 16 << 20
"""Bytes of a file."""
SECONDS: Final = 30.0
REDIRECTS: Final = 3
_HEADERS: Final = {"User-Agent": "Tidings", "Accept-Encoding": "identity"}


async def fetch(guard: Guard, url: str) -> str:
    """Fetch a file of lines; raises ValueError saying why it can't be had."""
    async with pool(guard, connections=1) as connections:
        try:
            reply = await exchange(
                connections, "GET", url, dict(_HEADERS), seconds=SECONDS, limit=LARGEST, redirects=REDIRECTS
            )
        except (Unfit, NotSent, NotAnswered) as error:
            raise ValueError(f"the file can't be fetched: {error}") from error
    if reply.status != 200:
        raise ValueError(f"the file can't be fetched: the answer was {reply.status}")
    if reply.cut:
        raise ValueError(f"the file broke off, or is larger than {LARGEST >> 20} MB")
    try:
        return reply.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("the file is not UTF-8") from error
