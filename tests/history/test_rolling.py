"""What grows with time is bounded: numbers of goals become days, days of the catalog and old rehearsals are forgotten."""

from tests.conftest import Database
from tidings.history import conversions
from tidings.history.conversions import AGAIN, Conversion
from tidings.history.numbers import ROLLED
from tidings.kernel.ids import digest
from tidings.kernel.times import DAY, HOUR
from tidings.people import catalog
from tidings.simulate import kept

NOW = 20_000 * DAY + 5 * HOUR
OLD = 20_000 * DAY - ROLLED - 3 * DAY


def reached(n: int, at: int) -> Conversion:
    return Conversion(n % 64, 1, "j", b"g" * 8, digest(n), 1, False, at, 1_500_000, "EUR", ("a",), b"", "")


async def test_hours_of_goals_become_days_and_add_up_to_the_same(database: Database) -> None:
    hours = (OLD, OLD + HOUR, OLD + 23 * HOUR, OLD + DAY + HOUR, NOW)
    async with database.pool.acquire() as connection:
        async with connection.transaction():
            for bucket, first in ((0, 0), (7, 100), (AGAIN, 200)):
                made = [reached(first + n, at) for n, at in enumerate(hours)]
                await conversions.write(connection, made, bucket)
        before = await conversions.read(connection, 1, "j", None)
        assert (before[0].count, before[0].value) == (15, 15 * 1_500_000)
        assert await conversions.roll(connection, (0, 7), NOW) == 3 * 3 * 2
        assert await conversions.read(connection, 1, "j", None) == before
        hourly = await conversions.read(connection, 1, "j", None, hourly=True)
        assert [(each.hour, each.count) for each in hourly if not each.step] == [
            (OLD, 9),
            (OLD + DAY, 3),
            (NOW - NOW % HOUR, 3),
        ]
        assert await conversions.roll(connection, (0, 7), NOW) == 0


async def test_which_runs_reached_a_goal_is_forgotten_and_the_numbers_stay(database: Database) -> None:
    async with database.pool.acquire() as connection:
        async with connection.transaction():
            await conversions.write(connection, [reached(n, OLD + n * DAY) for n in range(8)], 0)
        before = await conversions.read(connection, 1, "j", None)
        assert await conversions.forget(connection, range(4), 1, OLD + 3 * DAY, chunk=2) == 2
        assert await conversions.forget(connection, range(4), 1, OLD + 3 * DAY) == 1
        assert await conversions.forget(connection, range(64), 2, NOW) == 0, "another workspace's"
        rows = await connection.fetch("SELECT at FROM conversions ORDER BY at")
        assert [row[0] for row in rows] == [OLD + n * DAY for n in range(3, 8)]
        assert await conversions.read(connection, 1, "j", None) == before
        async with connection.transaction():
            await conversions.write(connection, [reached(5, OLD + 5 * DAY)], 0)
        assert await conversions.read(connection, 1, "j", None) == before, "what is kept is not counted twice"


async def test_old_days_of_the_catalog_are_forgotten(database: Database) -> None:
    async with database.pool.acquire() as connection:
        await connection.executemany(
            "INSERT INTO catalog_days VALUES ($1, 1, 'track', 'Go', $2, 4)",
            [(b, day) for b in (0, 5) for day in (10, 20, 30)],
        )
        await catalog.forget_days(connection, [5], 20)
        assert await catalog.days(connection, 1, 0) == {("track", "Go"): {10: 4, 20: 8, 30: 8}}


async def test_old_rehearsals_go_with_all_they_kept(database: Database) -> None:
    pool = database.pool
    workspace = await database.fetchval(
        "INSERT INTO workspaces (name, secret) VALUES ('w', decode(repeat('00', 32), 'hex')) RETURNING id"
    )
    for n, (made_at, state) in enumerate(((5, "done"), (6, "running"), (7, "failed"), (50, "done"))):
        await database.execute(
            "INSERT INTO backtests (id, workspace, journey, made_at, made_by, state, alive_at, parts, asked) "
            "VALUES ($1, $2, 'j', $3, '', $4, 0, 1, '{}')",
            bytes([n]) * 16,
            workspace,
            made_at,
            state,
        )
        for m in range(7):
            await database.execute("INSERT INTO backtest_people VALUES ($1, $2, '')", bytes([n]) * 16, bytes([m]))
    async with pool.acquire() as connection:
        assert [await kept.forget_one(connection, 20, chunk=3) for _ in range(3)] == [True, True, False]
    assert await database.fetch("SELECT made_at FROM backtests ORDER BY 1") == [(6,), (50,)]
    assert await database.fetchval("SELECT count(*) FROM backtest_people") == 14
