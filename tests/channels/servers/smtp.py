"""An SMTP server that follows a script: it answers each stage as told, or breaks off there."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CUT = "cut"
"""As a reply: close the connection without a word."""
SILENT = "silent"
"""As a reply: say nothing, and keep the connection."""
ABORT = "abort"
"""As a reply: reset the connection."""


@dataclass
class Script:
    """Replies by stage: greeting, ehlo, starttls, mail, rcpt, data, end (after the dot), rset. A list is used up one by one, its last
    reply stays. ``recipients``: replies by address, before ``rcpt``. ``body``: after how many bytes of data to cut.
    ``sealed``: TLS from the first byte.

    What came in: ``mails`` (sender, recipients, data without the stuffed dots), ``commands``, ``connections`` and ``dots`` (ends of
    data) by number.
    """

    replies: dict[str, str | list[str]] = field(default_factory=dict)
    recipients: dict[str, str] = field(default_factory=dict)
    extensions: list[str] = field(default_factory=lambda: ["PIPELINING", "SIZE 1000000", "8BITMIME", "SMTPUTF8"])
    body: int | None = None
    tls: ssl.SSLContext | None = None
    sealed: bool = False
    extra_after_starttls: bytes = b""
    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    dots: int = 0
    port: int = 0

    def reply(self, stage: str, usual: str) -> str:
        given = self.replies.get(stage, usual)
        if isinstance(given, list):
            return given.pop(0) if len(given) > 1 else given[0]
        return given


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[Script]:
    """Run the server; gives the script, with its port."""
    open_connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_connections.add(task)
        script.connections += 1
        try:
            await _Session(script, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            open_connections.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 22, ssl=script.tls if script.sealed else None)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        for task in list(open_connections):
            task.cancel()


class _Session:
    def __init__(self, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.script, self.reader, self.writer = script, reader, writer
        self.sender = ""
        self.accepted: list[str] = []

    async def say(self, stage: str, usual: str) -> str:
        reply = self.script.reply(stage, usual)
        if reply == CUT:
            self.writer.close()
            raise ConnectionResetError
        if reply == ABORT:
            self.writer.transport.abort()
            raise ConnectionResetError
        if reply == SILENT:
            await self.reader.read()
            raise ConnectionResetError
        self.writer.write(reply.encode() + b"\r\n")
        await self.writer.drain()
        return reply

    async def run(self) -> None:
        script = self.script
        await self.say("greeting", "220 ready")
        while line := await self.reader.readline():
            command = line.decode("utf-8", "replace").rstrip("\r\n")
            script.commands.append(command)
            verb = command.split(" ")[0].upper()
            if verb in ("EHLO", "HELO"):
                lines = ["localhost", *script.extensions]
                said = [f"250-{text}" for text in lines[:-1]] + [f"250 {lines[-1]}"]
                await self.say(verb.lower(), "\r\n".join(said))
            elif verb == "STARTTLS":
                self.writer.write(script.reply("starttls", "220 go").encode() + b"\r\n" + script.extra_after_starttls)
                if script.tls is None:
                    continue
                await self.writer.start_tls(script.tls)
            elif verb == "AUTH":
                await self.say("auth", "235 welcome")
            elif verb == "MAIL":
                self.sender, self.accepted = command[11 : command.index(">")], []
                await self.say("mail", "250 2.1.0 ok")
            elif verb == "RCPT":
                address = command[9 : command.index(">")]
                usual = script.recipients.get(address, "250 2.1.5 ok")
                if (await self.say("rcpt", usual)).startswith("25"):
                    self.accepted.append(address)
            elif verb == "DATA":
                if (await self.say("data", "354 go on")).startswith("354"):
                    await self._data()
            elif verb == "RSET":
                await self.say("rset", "250 ok")
            elif verb == "QUIT":
                await self.say("quit", "221 bye")
                return
            else:
                await self.say("unknown", "502 what")

    async def _data(self) -> None:
        script, data = self.script, bytearray()
        if script.body is not None:
            await self.reader.readexactly(script.body)
            self.writer.transport.abort()
            raise ConnectionResetError
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                raise ConnectionResetError
            data += line[1:] if line.startswith(b".") else line
        script.dots += 1
        if not self.accepted:
            self.writer.write(b"554 no valid recipients\r\n")
            return
        if (await self.say("end", "250 2.0.0 Ok: queued as ABC123")).startswith("250"):
            script.mails.append((self.sender, self.accepted, bytes(data)))
