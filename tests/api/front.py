"""TLS before a server that speaks plain HTTP: Customer.io's Python Track library speaks nothing but HTTPS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.channels import certificates


@asynccontextmanager
async def front(url: str, folder: Path) -> AsyncIterator[tuple[str, int, Path]]:
    """Give (host, port, the certificate to trust); bytes are passed on to ``url``."""
    context, certificate = certificates.make(folder)
    target = urlsplit(url)

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection(target.hostname, target.port)
        await asyncio.gather(_copy(reader, outer), _copy(inner, writer))

    server = await asyncio.start_server(passed, "127.0.0.1", 0, ssl=context)
    try:
        yield "127.0.0.1", server.sockets[0].getsockname()[1], certificate
    finally:
        server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
