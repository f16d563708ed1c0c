"""Nobody who stops in the middle of something holds the log back for long."""

import asyncio

from tests.conftest import Database
from tests.processor.town import Town
from tidings.database.pool import connect
from tidings.kernel.records import Event
from tidings.log import holding


async def test_a_session_that_stopped_in_the_middle_of_asking_is_ended(database: Database) -> None:
    town = await Town.make(database)
    stopped = await connect(database.url, name="tidings api")
    await stopped.execute("BEGIN")
    await stopped.execute("SELECT pg_current_xact_id()")
    await stopped.prepare("SELECT 'never executed'")  # for the database, it is at work from here on
    async with asyncio.timeout(100):
        await town.send(town.record(Event("Paid", {}), ("id", "ann")))
    person = await town.person("id", "ann")
    assert person is not None
    assert await town.events(person) == ["Paid"]
    assert stopped.is_closed()
    await town.close()


async def test_others_are_left_alone(database: Database) -> None:
    """Who is no part of Tidings, who works, and who holds nothing back."""
    foreign = await connect(database.url, name="psql")
    idle = await connect(database.url, name="tidings api", idle_seconds=0)
    reads = await connect(database.url, name="tidings api")
    for each in (foreign, idle, reads):
        await each.execute("BEGIN")
    for each in (foreign, idle):
        await each.execute("SELECT pg_current_xact_id()")
    for each in (foreign, reads):
        await each.prepare("SELECT 'never executed'")
    async with database.pool.acquire() as connection:
        old = "SELECT min(clock_timestamp() - query_start) > interval '1 second' FROM pg_stat_activity WHERE pid = ANY($1)"
        while not await connection.fetchval(old, [each.get_server_pid() for each in (foreign, idle, reads)]):
            pass
        assert await holding.free(connection) == 0
    for each in (foreign, idle, reads):
        assert not each.is_closed()
        each.terminate()
