"""Node.js with one of the SDKs in it, told from a test what to call."""

import asyncio
import json
import os
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
PACKAGES = FOLDER / "node_modules"
Call = tuple[Any, ...]
"""A method and its arguments."""


def packages() -> Path:
    """Give the folder of the SDKs; a test that asks is skipped where there is none."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed: install Node.js 20 or newer with npm, then run `make setup`")
    if not PACKAGES.is_dir():
        pytest.skip("the JavaScript SDKs are not installed: run `make setup`, which needs npm")
    return PACKAGES


class Sdk:
    """One library, pointed at one server."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def send(self, key: str, *calls: Call) -> list[Any]:
        """Make calls with a client of its own, wait until it is done with them, and give their results; none may fail."""
        results, errors = await self.tried(key, *calls)
        assert errors == []
        return results

    async def tried(self, key: str, *calls: Call) -> tuple[list[Any], list[str]]:
        """The same, giving what the library says went wrong."""
        told, heard = self._process.stdin, self._process.stdout
        assert told is not None
        assert heard is not None
        told.write(json.dumps({"key": key, "calls": calls}).encode() + b"\n")
        await told.drain()
        line = await asyncio.wait_for(heard.readline(), 60)
        assert line, "the library's process ended"
        answer = json.loads(line)
        return answer["results"], answer["errors"]


@asynccontextmanager
async def driven(library: str, url: str) -> AsyncIterator[Sdk]:
    """Run a library that `drive.mjs` knows against a server."""
    packages()
    environment = {**os.environ, "NODE_NO_WARNINGS": "1"}
    process = await asyncio.create_subprocess_exec(
        "node", "drive.mjs", library, url, cwd=FOLDER, env=environment, stdin=PIPE, stdout=PIPE, limit=1 << 22
    )
    try:
        yield Sdk(process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
