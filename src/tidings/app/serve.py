"""Serve an ASGI application in this process until told to stop."""

import asyncio
import errno
import socket
from typing import Any

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server


class Taken(RuntimeError):
    """Another program listens on the address; the text says what to do."""


async def serve(app: Any, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve ``app``, its lifespan included, on (host, port) until ``stop``; requests under way are finished. Raises `Taken`."""
    check_free(host, port)
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        backlog=1024,
        http1_settings=HTTP1Settings(pipeline_flush=True),
        websockets=False,
        log_level=LogLevels.error,  # its warning is that embedding it is new
    )
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not serving.done():
        server.stop()  # type: ignore[no-untyped-call]  # the server's own has no types
    await serving


def check_free(host: str, port: int) -> None:
    """Raise `Taken` where something else listens on the address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Taken(f"port {port} is in use; choose another, for example TIDINGS_PORT={port + 1}") from None
            raise Taken(
                f"can't listen on {host}:{port} ({error.strerror}); check TIDINGS_HOST and TIDINGS_PORT"
            ) from None


async def answers(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1" if host == "0.0.0.0" else host, port)  # noqa: S104
    except OSError:
        return False
    writer.close()
    return True
