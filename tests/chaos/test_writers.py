"""Four processes write to the log at once, one is killed on the way: the workers see each row once, and a batch whole or not at all."""

import asyncio
import sys
from collections import Counter

import pytest

from tests.chaos.installation import Installation, installation
from tests.chaos.lives import SEGMENTS
from tidings.kernel.ids import digest


@pytest.mark.parametrize("batches", [25, pytest.param(400, marks=pytest.mark.slow)])
async def test_four_writers(batches: int) -> None:
    async with installation() as made:
        await made.define({"settings": {"workspace": "production"}, "segments": SEGMENTS})
        await made.start("worker", "one", batch=300)
        await made.start("worker", "two", batch=300)
        written = await asyncio.gather(*(write(made, f"writer {n}", batches, cut=n == 3) for n in range(4)))

        async def done() -> bool:
            return not await made.unread()

        await made.until(done, "all is applied", seconds=60 + batches)
        seen = Counter(row[0] for row in await made.ask("SELECT id FROM history WHERE name = 'Ordered'"))
        assert max(seen.values()) == 1, "doubled"
        sure = {
            digest(f"writer {n}", batch, part) for n in range(4) for batch, size in written[n] for part in range(size)
        }
        assert sure <= seen.keys(), f"{len(sure - seen.keys())} of {len(sure)} lost"
        perhaps = seen.keys() - sure
        last = {digest("writer 3", len(written[3]), part) for part in range(400)}
        assert perhaps <= last, "rows of a batch that was never written"
        for process in made.processes.values():
            assert await process.stop() == 0


async def write(made: Installation, name: str, batches: int, cut: bool) -> list[tuple[int, int]]:
    """Run a writer, to its end or until it is killed half-way; gives the batches it said were durable, with their sizes."""
    command = [sys.executable, "-m", "tests.chaos.writer", made.database, str(made.workspace), name, str(batches)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    said: list[tuple[int, int]] = []
    try:
        async for line in process.stdout:
            batch, size = line.split()
            said.append((int(batch), int(size)))
            if cut and len(said) == batches // 2:
                process.kill()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    assert cut or len(said) == batches
    return said
