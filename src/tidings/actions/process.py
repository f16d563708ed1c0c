"""Running an action: a process with an empty environment and two pipes, watched from here, ended when its time is up."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

SECONDS: Final = 10.0
MEMORY: Final = 256 << 20
LINE: Final = 1 << 20
"""Bytes of one line over the pipes."""
REQUESTS: Final = 20
"""HTTP requests that one run may make."""
_PRINTED: Final = 2_000
_PROGRAM: Final = str(Path(__file__).with_name("sandbox.py"))

Fetch: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]
"""Makes a request that an action asks for (method, url, headers, body): gives status, headers and text, or error."""


class Result(Struct, frozen=True):
    """``value``: what the function returned. Where not ``ok``: why, and more of it (a traceback, what it printed)."""

    ok: bool
    value: Any = None
    reason: str = ""
    detail: str = ""


async def run(
    source: str,
    file: str,
    function: str,
    arguments: Mapping[str, Any],
    *,
    fetch: Fetch | None = None,
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> Result:
    """Run one function. ``fetch``: given where it takes the way out. ``memory``: bytes."""
    asked = {
        "source": source,
        "file": file,
        "module": Path(file).stem,
        "function": function,
        "arguments": arguments,
        "http": fetch is not None,
        "memory": memory,
        "seconds": seconds,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-S",
        "-B",
        _PROGRAM,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={},
        cwd="/",
        start_new_session=True,
        limit=LINE,
    )
    assert process.stderr is not None
    printing = asyncio.create_task(_printed(process.stderr))
    try:
        async with asyncio.timeout(seconds):
            said = await _converse(process, asked, fetch)
    except TimeoutError:
        said = {"reason": f"it took longer than {seconds:g} seconds"}
    except (BrokenPipeError, ConnectionResetError):
        said = None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        printed = await printing
    if said is None:
        return Result(False, reason=f"its process ended without a word ({process.returncode})", detail=printed)
    if "value" in said:
        return Result(True, said["value"])
    detail = said.get("detail", "") + (f"it printed:\n{printed}" if printed else "")
    return Result(False, reason=said["reason"], detail=detail)


async def _converse(
    process: asyncio.subprocess.Process, asked: Mapping[str, Any], fetch: Fetch | None
) -> dict[str, Any] | None:
    """Say what to run, make the requests it asks for, and give its last word; None where it ends without one."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(msgspec.json.encode(asked) + b"\n")
    await process.stdin.drain()
    requests = 0
    while True:
        try:
            line = await process.stdout.readline()
        except ValueError:
            return {"reason": f"it said more than {LINE >> 20} MB at once"}
        if not line.endswith(b"\n"):
            return None
        try:
            said = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError:
            return {"reason": "it wrote to the pipe that is for its result"}
        if "http" not in said:
            return said if "value" in said or isinstance(said.get("reason"), str) else None
        requests += 1
        answer = {"error": f"an action may make {REQUESTS} requests"}
        if fetch is not None and requests <= REQUESTS and isinstance(said["http"], dict):
            answer = await fetch(said["http"])
        process.stdin.write(msgspec.json.encode(answer) + b"\n")
        await process.stdin.drain()


async def _printed(stream: asyncio.StreamReader) -> str:
    """What it prints, the beginning of it; the rest is read and thrown away, so that it never waits for us."""
    kept = b""
    while chunk := await stream.read(65_536):
        if len(kept) < _PRINTED:
            kept += chunk
    return kept[:_PRINTED].decode("utf-8", "replace")
