"""A backup taken under way goes on in another server, whose transaction ids are far below those in it."""

import os
import subprocess

import asyncpg
import httpx
import pytest

from tests.api.serving import basic
from tests.chaos.installation import Installation, installation
from tests.chaos.lives import SEGMENTS
from tidings.database.embedded import binaries


def run(program: str, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    subprocess.run([str(binaries() / program), *arguments], env=environment, check=True, capture_output=True)


async def order(made: Installation, numbers: range) -> None:
    """Let three people order things, by HTTP."""
    calls = [
        {"type": "track", "userId": f"p{n % 3}", "event": "Ordered", "messageId": f"{n}", "properties": {"n": n}}
        for n in numbers
    ]
    async with httpx.AsyncClient(base_url=made.url, headers={"Authorization": basic(made.write_key)}) as client:
        for call in calls:
            assert (await client.post("/v1/track", json=call)).status_code == 200


async def age(made: Installation) -> None:
    """Use transaction ids up, as a life of months does."""
    connection = await asyncpg.connect(made.database)
    for _ in range(20_000):
        await connection.execute("SELECT pg_current_xact_id()")
    await connection.close()


@pytest.mark.slow
async def test_a_backup_goes_on_elsewhere() -> None:
    async with installation() as old:
        await old.define({"settings": {"workspace": "production"}, "segments": SEGMENTS})
        await age(old)
        await old.start("api")
        await old.start("worker")
        await old.up()
        await order(old, range(4))

        async def applied() -> bool:
            return not await old.unread()

        await old.until(applied, "all is applied")
        await old.processes["worker"].stop()
        await order(old, range(4, 8))
        dump = old.folder / "tidings.dump"
        run("pg_dump", "--format=custom", f"--file={dump}", old.database)
        async with installation(fresh=True) as new:
            run("pg_restore", "--no-owner", f"--dbname={new.database}", str(dump))
            new.write_key = old.write_key
            await new.start("api")
            await new.start("worker")
            await new.up()
            await order(new, range(6, 12))

            async def all_there() -> bool:
                count = await new.value("SELECT count(*) FROM history WHERE name = 'Ordered'")
                return count >= 12 and not await new.unread()

            await new.until(all_there, "what was in the backup's log, and what came after, is applied")
            assert await new.value("SELECT count(*) FROM history WHERE name = 'Ordered'") == 12
            assert await new.value("SELECT count(*) FROM memberships WHERE segment = 'loyal'") == 3
            assert await new.value("SELECT epoch FROM log_epoch") == 2
            for process in new.processes.values():
                assert await process.stop() == 0
