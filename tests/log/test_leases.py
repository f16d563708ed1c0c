"""Leases: shared fairly, passed on when they run out, and worth nothing to who lost them."""

import asyncio
from typing import Any

import asyncpg
import pytest

from tidings.database.migrate import migrate
from tidings.database.version import Unfit
from tidings.log import Cursor, append
from tidings.log.leases import Lease, Lost, Move, advance, fence, keep, leave, renew, take


async def lapse(database: Any, owner: str) -> None:
    """Let an owner's leases run out, as time would."""
    await database.execute("UPDATE cursors SET lease_until = now() - interval '1 second' WHERE lease_owner = $1", owner)


async def test_workers_share_equally_and_inherit(database: Any) -> None:
    one, two, three = [await asyncpg.connect(database.url) for _ in range(3)]
    held: dict[str, dict[int, Lease]] = {"one": await keep(one, "one", [])}
    assert len(held["one"]) == 64
    connections = {"one": one, "two": two, "three": three}
    for _ in range(2):
        for owner, connection in connections.items():
            held[owner] = await keep(connection, owner, held.get(owner, {}).values())
    for owner, connection in connections.items():
        held[owner] = await keep(connection, owner, held[owner].values())
    assert sorted(len(leases) for leases in held.values()) == [20, 22, 22]
    assert sorted(p for leases in held.values() for p in leases) == list(range(64))
    await leave(two, "two", held.pop("two").values())
    for owner in ("one", "three"):
        held[owner] = await keep(connections[owner], owner, held[owner].values())
    assert sorted(len(leases) for leases in held.values()) == [32, 32]
    for connection in connections.values():
        await connection.close()


async def test_takers_at_once_take_each_partition_once(database: Any) -> None:
    connections = [await asyncpg.connect(database.url) for _ in range(6)]
    taken = await asyncio.gather(*(take(c, f"w{i}", 30) for i, c in enumerate(connections)))
    assert len([p for leases in taken for p in leases]) == len({p for leases in taken for p in leases})
    assert {row[0] for row in await database.fetch("SELECT partition FROM cursors WHERE lease_token > 1")} == set()
    for connection in connections:
        await connection.close()


async def test_advance_is_fenced_on_token_and_place(database: Any) -> None:
    one = await asyncpg.connect(database.url)
    leases = await take(one, "one", 64)
    start, end = Cursor(0, 0), Cursor(10, 5)
    lease = leases[3]
    await advance(one, [Move(3, lease.token, start, end, clock=77)])
    with pytest.raises(Lost):
        await advance(one, [Move(3, lease.token, start, Cursor(11, 0), clock=78)])  # not from where it stands
    await lapse(database, "one")
    two = await asyncpg.connect(database.url)
    inherited = (await take(two, "two", 64))[3]
    assert (inherited.cursor, inherited.clock, inherited.token) == (end, 77, lease.token + 1)
    await one.close()
    one = await asyncpg.connect(database.url)
    transaction = one.transaction()
    await transaction.start()
    await append(one, [(0, b"must not stay")])
    with pytest.raises(Lost) as lost:
        await advance(one, [Move(3, lease.token, end, Cursor(12, 0), clock=80)])
    await transaction.rollback()
    assert lost.value.partitions == {3}
    with pytest.raises(Lost):
        await fence(one, {3: lease.token})
    await fence(two, {3: inherited.token})
    assert await database.fetchval("SELECT count(*) FROM log") == 0
    assert tuple((await database.fetch("SELECT xid, seq, clock FROM cursors WHERE partition = 3"))[0]) == (10, 5, 77)
    await one.close()
    await two.close()


async def test_worker_frozen_inside_its_transaction_is_ended(database: Any) -> None:
    """It holds its cursor's row lock and the horizon; its successor needs both."""
    frozen, successor = [await asyncpg.connect(database.url) for _ in range(2)]
    leases = await take(frozen, "frozen", 64)
    transaction = frozen.transaction()
    await transaction.start()
    await append(frozen, [(0, b"half")])
    await advance(frozen, [Move(0, leases[0].token, Cursor(0, 0), Cursor(1, 1), 1)])
    await database.execute(
        "UPDATE cursors SET lease_until = now() - interval '1 second' WHERE lease_owner = 'frozen' AND partition <> 0"
    )
    # partition 0's row is locked by the frozen session; another of its partitions leads to the same session
    taken = await asyncio.wait_for(take(successor, "successor", 63), 10)
    assert len(taken) == 63
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
        await transaction.commit()
    await lapse(database, "frozen")
    rest = await asyncio.wait_for(take(successor, "successor", 1), 10)
    assert (rest[0].cursor, rest[0].token) == (Cursor(0, 0), leases[0].token + 1)
    await advance(successor, [Move(0, rest[0].token, Cursor(0, 0), Cursor(2, 2), 2)])
    assert await database.fetchval("SELECT count(*) FROM log") == 0
    frozen.terminate()
    await successor.close()


async def test_successor_leaves_a_reused_process_id_alone(database: Any) -> None:
    former, bystander, successor = [await asyncpg.connect(database.url) for _ in range(3)]
    await take(former, "former", 64)
    await former.close()
    await database.execute(
        "UPDATE cursors SET backend_pid = $1, lease_until = now() - interval '1 second'",
        await bystander.fetchval("SELECT pg_backend_pid()"),
    )
    assert len(await take(successor, "successor", 64)) == 64
    assert await bystander.fetchval("SELECT 1") == 1
    await bystander.close()
    await successor.close()


async def test_older_worker_loses_its_leases_to_a_newer_format(database: Any) -> None:
    older, newer = [await asyncpg.connect(database.url) for _ in range(2)]
    leases = await keep(older, "older", [], {"person": 1})
    await migrate(database.url, formats={"person": 1})
    assert await renew(older, "older", leases.values()) == {}, "the first floor is news too"
    leases = await keep(older, "older", [], {"person": 1})
    assert len(leases) == 64
    await migrate(database.url, formats={"person": 2})
    with pytest.raises(Lost):
        await advance(older, [Move(0, leases[0].token, Cursor(0, 0), Cursor(1, 1), 1)])
    with pytest.raises(Unfit, match="person format 2"):
        await keep(older, "older", leases.values(), {"person": 1})
    assert len(await take(newer, "newer", 64)) == 64
    await older.close()
    await newer.close()


async def test_who_has_died_is_succeeded_at_once(database: Any) -> None:
    dead, living = [await asyncpg.connect(database.url) for _ in range(2)]
    held = {"dead": await keep(dead, "dead", [])}
    held["living"] = await keep(living, "living", [])
    held["dead"] = await keep(dead, "dead", held["dead"].values())
    held["living"] = await keep(living, "living", held["living"].values())
    assert [len(leases) for leases in held.values()] == [32, 32]
    session = dead.get_server_pid()
    dead.terminate()
    while await living.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", session):
        pass
    held["living"] = await keep(living, "living", held["living"].values())
    assert len(held["living"]) == 64
    back = await asyncpg.connect(database.url)
    assert await keep(back, "dead", held["dead"].values()) == {}
    await living.close()
    await back.close()
