"""The disk is full: requests are told to come again, nothing acknowledged is lost, and all goes on when there is room."""

import asyncio
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.api.serving import basic
from tests.chaos.installation import Installation, installation
from tests.chaos.lives import SEGMENTS

_SIZE = 300 << 20


@contextmanager
def small_disk() -> Iterator[Path | None]:
    """A file system of its own, in memory; None where none may be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="tidings-disk-"))
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_SIZE},mode=1777", "tmpfs", str(folder)], capture_output=True
    )
    mounted = done.returncode == 0
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


class Disk:
    """Fills what the installation stands on; where that is no disk of its own, the database is made to say that it is full."""

    def __init__(self, made: Installation, folder: Path | None) -> None:
        self.made, self.folder = made, folder

    async def fill(self) -> None:
        if self.folder is None:
            await self.made.ask(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$"
            )
            await self.made.ask(
                "CREATE TRIGGER full_disk BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION full_disk()"
            )
            return
        with (self.folder / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
            while ballast.write(bytes(1 << 16)):
                pass
        with (self.folder / "ballast").open("ab", buffering=0) as ballast, suppress(OSError):
            while ballast.write(bytes(1 << 10)):
                pass

    async def empty(self) -> None:
        if self.folder is None:
            await self.made.ask("DROP FUNCTION full_disk CASCADE")
        else:
            (self.folder / "ballast").unlink()


@pytest.fixture
async def disk() -> AsyncIterator[Disk]:
    with small_disk() as folder:
        async with installation(folder, memory=64 << 20) as made:
            await made.define({"settings": {"workspace": "production"}, "segments": SEGMENTS})
            await made.start("api")
            await made.start("worker")
            await made.up()
            yield Disk(made, folder)


class Senders:
    """Send events of some size, one after the other. Each is answered, and before a sender would lose patience."""

    def __init__(self, made: Installation) -> None:
        self.kept: set[str] = set()
        self.told: list[httpx.Response] = []
        self.ended = False
        self._client = httpx.AsyncClient(
            base_url=made.url, timeout=15, headers={"Authorization": basic(made.write_key)}
        )

    async def run(self) -> None:
        async with self._client, asyncio.TaskGroup() as tasks:
            for number in range(6):
                tasks.create_task(self._send(number))

    async def _send(self, number: int) -> None:
        count = 0
        while not self.ended:
            count += 1
            name = f"{number}-{count}"
            call = {
                "userId": f"p{count % 50}",
                "event": "Ordered",
                "messageId": name,
                "properties": {"n": name, "text": "x" * 3000},
            }
            answer = await self._client.post("/v1/track", json=call)
            if answer.status_code == 200:
                self.kept.add(name)
            else:
                self.told.append(answer)


async def test_a_full_disk(disk: Disk) -> None:
    made = disk.made
    senders = Senders(made)
    sending = asyncio.create_task(senders.run())

    async def runs() -> None:
        """Start PostgreSQL again where it gave up, as `tidings up` does; in a thread, since the senders' clocks go on."""
        if made.postgres.pid is None:
            await asyncio.to_thread(made.postgres.restart)

    async def kept(count: int) -> bool:
        await runs()
        assert not sending.done(), sending.result()
        return len(senders.kept) >= count

    async def told(count: int) -> bool:
        assert not sending.done(), sending.result()
        return len(senders.told) >= count

    try:
        await made.until(lambda: kept(50), "events are taken")
        await disk.fill()
        await made.until(lambda: told(20), "requests are told to come again")
        assert {answer.status_code for answer in senders.told} == {503}
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in senders.told)
        await disk.empty()
        before = len(senders.kept)
        await made.until(lambda: kept(before + 100), "events are taken again")
    finally:
        senders.ended = True
        await sending

    async def applied() -> bool:
        await runs()
        return not await made.unread()

    await made.until(applied, "all is applied")
    rows = await made.ask("SELECT id FROM history WHERE name = 'Ordered'")
    counts = Counter(row[0] for row in rows)
    assert max(counts.values()) == 1, "doubled"
    assert len(senders.kept) <= len(counts) <= len(senders.kept) + len(senders.told), "lost"
    people = await made.ask("SELECT person FROM history WHERE name = 'Ordered' GROUP BY 1 HAVING count(*) >= 3")
    members = await made.ask("SELECT person FROM memberships WHERE segment = 'loyal'")
    assert {row[0] for row in people} == {row[0] for row in members}
    for process in made.processes.values():
        assert process.runs, made.words()
        assert await process.stop() == 0
