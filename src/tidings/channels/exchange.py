"""One HTTP request to somebody else's server, its end told apart by what it means for a message that must not arrive twice."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urljoin

import h11
import httpcore
import httpx

from tidings.channels.guard import Forbidden

SECONDS: Final = 30.0
"""For the whole exchange, from the connection to the last byte of the answer."""
LIMIT: Final = 256 * 1024
"""Bytes of an answer that are read; the rest is cut off."""
REDIRECTS: Final = 5


_HOST: Final = re.compile(rb"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


class Unfit(Exception):
    """The request can never be made: the address is wrong or forbidden, or a header is not one."""


class NotSent(Exception):
    """The server certainly did not get the whole request."""


class NotAnswered(Exception):
    """The server got the request, or may have, and no answer came."""


@dataclass(frozen=True)
class Reply:
    """An answer. Header names are in lower case; ``cut``: the body was longer than the limit, or broke off."""

    status: int
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = field(repr=False)
    cut: bool = False


async def exchange(
    pool: httpcore.AsyncConnectionPool,
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes = b"",
    *,
    seconds: float = SECONDS,
    limit: int = LIMIT,
    redirects: int = 0,
) -> Reply:
    """Make the request and read the answer; raises `Unfit`, `NotSent` or `NotAnswered`.

    Up to ``redirects`` redirects are followed, only those that repeat the same request (307, 308). Headers that are not in
    ``_CARRIED`` stay behind where another host is named, and TLS is never left.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    target = _parsed(url)
    for left in range(redirects, -1, -1):
        reply = await _one(pool, method, target, headers, body, deadline, limit)
        if reply.status not in (307, 308) or not reply.headers.get("location"):
            return reply
        if left == 0:
            break
        following = _parsed(reply.headers["location"], target)
        if target.scheme == "https" and following.scheme != "https":
            raise Unfit("redirected from https to http")
        if (following.host, following.port) != (target.host, target.port):
            headers = {name: value for name, value in headers.items() if name.lower() in _CARRIED}
        target = following
    raise Unfit(f"redirected more than {redirects} times" if redirects else "redirected, which is not followed here")


_CARRIED: Final = frozenset(
    (
        "accept-encoding",
        "content-type",
        "user-agent",
        "x-tidings-delivery",
        "x-tidings-timestamp",
        "x-tidings-signature",
    )
)


class _Handed:
    """Listens to what the connection does: ``over`` from when the request's body begins to leave, unless it certainly did not."""

    over = False

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith(".send_request_body.started"):
            self.over = True
        elif event.endswith(".send_request_body.failed") and isinstance(info.get("exception"), httpcore.WriteError):
            self.over = False


def _parsed(url: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        parsed = httpx.URL(url if base is None else urljoin(str(base), url))
    except (httpx.InvalidURL, ValueError, TypeError):
        raise Unfit("the address is no URL") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise Unfit("the address must begin with https:// or http:// and a host")
    if not _HOST.fullmatch(parsed.raw_host):
        raise Unfit("the address's host is no name that can exist")
    if parsed.port is not None and not 0 < parsed.port < 65_536:
        raise Unfit("the address's port is none that can exist")
    if parsed.userinfo:
        raise Unfit("the address may not hold a user name or password")
    return parsed


async def _one(
    pool: httpcore.AsyncConnectionPool,
    method: str,
    url: httpx.URL,
    headers: dict[str, str],
    body: bytes,
    deadline: float,
    limit: int,
) -> Reply:
    handed = _Handed()
    try:
        request = httpcore.Request(
            method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=[
                (b"host", url.netloc),
                (b"content-length", str(len(body)).encode()),
                *((name.encode("ascii"), value.encode("utf-8")) for name, value in headers.items()),
            ],
            content=body,
            extensions={"trace": handed},
        )
    except UnicodeEncodeError:
        raise Unfit("a header's name holds more than ASCII") from None
    try:
        async with asyncio.timeout_at(deadline):
            response = await pool.handle_async_request(request)
    except Forbidden as error:
        raise Unfit(str(error)) from None
    except (httpcore.LocalProtocolError, h11.LocalProtocolError):
        raise Unfit("a header is not fit to be sent") from None
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, TimeoutError) as error:
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if handed.over:
            raise NotAnswered(what) from None
        raise NotSent(what) from None
    received, cut = bytearray(), False
    try:
        async with asyncio.timeout_at(deadline):
            async for chunk in response.aiter_stream():
                received += chunk
                if len(received) > limit:
                    cut = True
                    break
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, TimeoutError):
        cut = True  # the status is known, and with it what became of the request
    finally:
        await response.aclose()
    return Reply(response.status, _headers(response.headers), bytes(received[:limit]), str(url), cut)


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("ascii", "replace").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def retry_after(reply: Reply, now: int) -> int | None:
    """Read ``Retry-After`` (seconds, or a date) as microseconds from ``now``; None where there is none. At most a day."""
    text = reply.headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), 86_400) * 1_000_000
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(int(moment.timestamp() * 1_000_000) - now, 0), 86_400_000_000)
