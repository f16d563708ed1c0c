"""A connection by which commands go out and replies come in, as SMTP and its like speak (RFC 5321), in the clear or over TLS."""

import asyncio
import re
import ssl
from collections import deque
from typing import Final, Self, cast

import httpcore

from tidings.channels.email.reply import Reply
from tidings.channels.guard import Forbidden, Guard

LONGEST_LINE: Final = 4096
LINES: Final = 128
_REPLY: Final = re.compile(rb"([2-5][0-9][0-9])([ -]|$)(.*)", re.DOTALL)
_ENHANCED: Final = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)")


class Broken(Exception):
    """The connection is of no more use: lost, too slow, or not speaking SMTP."""


class Denied(Exception):
    """The server does not let us in, or may not be reached from here; no mail is to blame."""


class Line(asyncio.Protocol):
    """``patience``: seconds to wait for a reply."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._lost: str = ""

    @classmethod
    async def connect(
        cls, guard: Guard, host: str, port: int, patience: float, seconds: float, context: ssl.SSLContext | None
    ) -> Self:
        """Open the connection, with TLS from the first byte where ``context`` is given; raises `Broken`, or `Denied` by the guard."""
        loop = asyncio.get_running_loop()
        failed: Exception = OSError("it has no address")
        try:
            async with asyncio.timeout(seconds):
                for address in await guard.addresses(host, port):
                    try:
                        _, line = await loop.create_connection(
                            lambda: cls(patience), address, port, ssl=context, server_hostname=host if context else None
                        )
                    except (OSError, UnicodeError) as error:
                        failed = error
                    else:
                        return line
        except TimeoutError:
            raise Broken(f"{host}:{port} did not answer within {seconds:g} s") from None
        except Forbidden as error:
            raise Denied(str(error)) from None
        except httpcore.ConnectError as error:
            failed = error
        raise Broken(f"no connection to {host}:{port}: {_said(failed)}")

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class is none of asyncio's
        self._transport.set_write_buffer_limits(
            high=1
        )  # with 0, TLS would pause us when all is written, and never resume

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        start = 0
        while (end := self._buffer.find(b"\n", start)) >= 0:
            if not self._line(bytes(self._buffer[start:end]).rstrip(b"\r")):
                return
            start = end + 1
        del self._buffer[:start]
        if len(self._buffer) > LONGEST_LINE:
            self._break("the server's reply has no end")

    def _line(self, line: bytes) -> bool:
        match = _REPLY.fullmatch(line)
        if match is None or len(line) > LONGEST_LINE or len(self._lines) >= LINES:
            self._break("the server does not speak SMTP")
            return False
        text = match[3].decode("utf-8", "replace")
        enhanced = _ENHANCED.match(text)
        self._lines.append("".join(char if char.isprintable() else "?" for char in text))
        if match[2] != b"-":
            self._replies.append(Reply(int(match[1]), enhanced[1] if enhanced else "", tuple(self._lines)))
            self._lines = []
            self._wake()
        return True

    def pause_writing(self) -> None:
        self._room = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = self._lost or (
            f"the connection was lost ({_said(error)})" if error else "the server closed the connection"
        )
        self._wake()
        self.resume_writing()

    def _break(self, why: str) -> None:
        self._lost = self._lost or why
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # our side

    @property
    def is_usable(self) -> bool:
        """True where nothing has come in that was not asked for (a 421 of a server that is tired of waiting)."""
        return not self._lost and not self._replies and not self._buffer and not self._lines

    def close(self) -> None:
        self._break("closed")

    def _write(self, data: bytes) -> None:
        if self._lost or self._transport is None:
            raise Broken(self._lost or "not connected")
        self._transport.write(data)

    async def _drain(self, seconds: float) -> None:
        """Wait until the socket has taken all; raises `Broken`."""
        if self._room is not None:
            try:
                async with asyncio.timeout(seconds):
                    await self._room
            except TimeoutError:
                self._break(f"the server did not take the message within {seconds:g} s")
        if self._lost:
            raise Broken(self._lost)

    async def _reply(self, seconds: float | None = None) -> Reply:
        seconds = self.patience if seconds is None else seconds
        if not self._replies and not self._lost:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(seconds):
                    await self._waiter
            except TimeoutError:
                self._break(f"no reply within {seconds:g} s")
            finally:
                self._waiter = None
        if self._replies:
            return self._replies.popleft()
        raise Broken(self._lost)

    async def _ask(self, command: str) -> Reply:
        self._write(command.encode("utf-8") + b"\r\n")
        return await self._reply()

    def _own_literal(self) -> str:
        assert self._transport is not None
        own = str((self._transport.get_extra_info("sockname") or ("127.0.0.1",))[0])
        return f"[IPv6:{own}]" if ":" in own else f"[{own}]"

    async def _start_tls(self, context: ssl.SSLContext, host: str) -> None:
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.patience):
                made = await loop.start_tls(self._transport, self, context, server_hostname=host)
        except (OSError, ssl.SSLError, TimeoutError) as error:
            self._break("TLS did not start")
            raise Broken(f"TLS did not start: {_said(error)}") from None
        if made is None:
            raise Broken(self._lost or "TLS did not start")
        made.set_write_buffer_limits(high=1)
        self._transport = made


def _said(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message})"
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER"):
            return "it does not speak TLS from the first byte; try STARTTLS"
        case ConnectionRefusedError():
            return "nothing listens there"
    return str(error) or type(error).__name__
