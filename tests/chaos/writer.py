"""A process that appends batches of random size to the log, and prints each once it is durable: URL, workspace, name, batches."""

import asyncio
import random
import sys
import time

import asyncpg

from tidings import log
from tidings.kernel.ids import digest
from tidings.kernel.records import SECRET, Event, Record, encode, home


async def write(url: str, workspace: int, name: str, batches: int) -> None:
    dice = random.Random(name)
    connection = await asyncpg.connect(url)
    for batch in range(batches):
        now = time.time_ns() // 1000
        records = [
            Record(
                id=digest(name, batch, part),
                workspace=workspace,
                source=1,
                trust=SECRET,
                who=(("id", f"p{dice.randrange(200)}"),),
                time=now,
                received=now,
                body=Event("Ordered", {"from": f"{name} {batch} {part}"}),
                message_id="m",
            )
            for part in range(dice.choice([1, 3, 40, 400]))
        ]
        async with connection.transaction():
            half = len(records) // 2
            for rows in (records[:half], records[half:]):
                await log.append(connection, [(home(record), encode(record)) for record in rows])
                if dice.random() < 0.3:
                    await connection.execute("SELECT pg_sleep($1)", dice.random() / 50)
        print(batch, len(records), flush=True)
    await connection.close()


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
