"""History keeps what was written, and answers by person, by question and by slice."""

import random
from typing import Any

import pytest

from tidings.history import (
    Ask,
    Entry,
    Fact,
    Spot,
    applied,
    delete,
    forget_before,
    kinds,
    of_person,
    rows_at,
    scan,
    timeline,
    times,
    write,
)


def person(n: int) -> bytes:
    return n.to_bytes(16, "big")


def entries(people: int, each: int, dice: random.Random) -> list[Entry]:
    """Events of several names at random times, place by place."""
    made = []
    for n in range(people):
        for place in range(each):
            name, time = dice.choice(["Viewed", "Bought"]), dice.randrange(1000)
            made.append(
                Entry(
                    n % 64,
                    kinds.TRACK,
                    person(n),
                    time,
                    time + 1,
                    place,
                    name,
                    dice.randbytes(16),
                    b"%d:%d" % (n, place),
                )
            )
    dice.shuffle(made)
    return made


async def test_answers_equal_those_of_a_plain_list(database: Any) -> None:
    dice = random.Random(3)
    rows = entries(100, 30, dice)
    async with database.pool.acquire() as connection:
        await write(connection, rows)
        asks = [
            Ask(
                tuple((n % 64, person(n)) for n in {dice.randrange(100), dice.randrange(120)}),
                kinds.TRACK,
                dice.choice(["Viewed", "Bought", "Nothing"]),
                dice.choice([None, dice.randrange(1000)]),
                dice.choice([None, dice.randrange(1000)]),
                dice.choice([None, dice.randrange(30)]),
                dice.choice([1, 3, 1000]),
            )
            for _ in range(200)
        ]
        expected = [
            sorted(
                Fact(row.time, row.id, row.body)
                for row in rows
                if (row.partition, row.person) in ask.people
                and row.name == ask.name
                and (ask.after is None or row.time >= ask.after)
                and (ask.until is None or row.time < ask.until)
                and (ask.before is None or row.place < ask.before)
            )[-ask.newest :]
            for ask in asks
        ]
        assert await times(connection, asks) == expected
        assert await times(connection, []) == []


@pytest.mark.parametrize("oldest", [False, True])
async def test_timeline_pages_give_each_row_once_in_order(database: Any, oldest: bool) -> None:
    dice = random.Random(4)
    rows = entries(3, 40, dice)
    rows.append(Entry(0, kinds.MOVED, person(0), 500, 500, 3, "onboarding", bytes(16), b""))
    both = [(0, person(0)), (2, person(2))]
    async with database.pool.acquire() as connection:
        await write(connection, rows)
        seen: list[tuple[Spot, Entry]] = []
        while page := await timeline(connection, both, behind=seen[-1][0] if seen else None, oldest=oldest, limit=7):
            seen += page
        wanted = [(n, row) for n, row in enumerate(rows) if row.person in (person(0), person(2))]
        wanted.sort(key=lambda each: (each[1].time, each[1].received, each[1].place, each[0]), reverse=not oldest)
        assert [entry for _, entry in seen] == [row for _, row in wanted]
        moved = await of_person(connection, both, kinds=[kinds.MOVED])
        assert [row.name for row in moved] == ["onboarding"]


async def test_rows_of_one_moment_are_told_as_they_were_applied(database: Any) -> None:
    """Where their ids say nothing of what came of what, and pages end anywhere among them."""
    dice = random.Random(9)
    rows = [
        Entry(0, kinds.TRACK, person(0), 500, 500 + n // 9, 1 + n // 9, f"{n}", dice.randbytes(16), b"")
        for n in range(30)
    ]
    async with database.pool.acquire() as connection:
        await write(connection, rows)
        told: list[str] = []
        behind: Spot | None = None
        while page := await timeline(connection, [(0, person(0))], behind=behind, oldest=True, limit=4):
            told += [entry.name for _, entry in page]
            behind = page[-1][0]
        assert told == [f"{n}" for n in range(30)]
        assert [row.name for row in await of_person(connection, [(0, person(0))])] == told[::-1]


async def test_rows_of_one_moment_are_applied_in_the_order_they_were_written(database: Any) -> None:
    """The table puts a small row wherever an earlier page has room for it."""
    dice = random.Random(7)
    async with database.pool.acquire() as connection:
        for n in range(300):
            body = dice.randbytes(dice.choice([10, 200, 1900]))
            await write(connection, [Entry(0, kinds.TRACK, person(0), 500, 500, 1, f"{n}", dice.randbytes(16), body)])
        assert [row.name for row in await applied(connection, [(0, person(0))], 500)] == [f"{n}" for n in range(300)]


async def test_scan_streams_a_slice_by_person_and_resumes(database: Any) -> None:
    rows = entries(200, 10, random.Random(5))
    async with database.pool.acquire() as connection:
        await write(connection, rows)
        wanted = sorted(
            (row for row in rows if row.partition // 4 == 2 and row.name == "Bought" and row.time >= 100),
            key=lambda row: (row.partition, row.person, row.time, row.id),
        )
        found = [
            row async for chunk in scan(connection, 2, [kinds.TRACK], ["Bought"], since=100, chunk=7) for row in chunk
        ]
        assert found == wanted
        middle = wanted[len(wanted) // 2]
        rest = [
            row
            async for chunk in scan(
                connection, 2, [kinds.TRACK], ["Bought"], since=100, after=(middle.partition, middle.person)
            )
            for row in chunk
        ]
        assert rest == [row for row in wanted if (row.partition, row.person) > (middle.partition, middle.person)]


async def test_deleted_and_aged_rows_are_gone(database: Any) -> None:
    rows = entries(128, 5, random.Random(6))
    async with database.pool.acquire() as connection:
        await write(connection, rows)
        assert await delete(connection, [(3, person(3)), (5, person(69))]) == 10
        left = [row for row in rows if row.person not in (person(3), person(69))]
        for partition, id in {(row.partition, row.person) for row in left}:
            await connection.execute(
                "INSERT INTO people (partition, id, workspace, doc, built, created_at) VALUES ($1, $2, 1, '', 0, 0)",
                partition,
                id,
            )
        gone = 0
        for slice in range(16):
            assert await forget_before(connection, slice, 2, 500, chunk=10) == 0
            while done := await forget_before(connection, slice, 1, 500, chunk=10):
                gone += done
        assert gone == sum(row.time < 500 for row in left)
        kept = await database.fetch("SELECT body FROM history")
        assert sorted(row[0] for row in kept) == sorted(row.body for row in left if row.time >= 500)


async def test_single_rows_are_found_by_their_place(database: Any) -> None:
    rows = entries(20, 5, random.Random(5))
    async with database.pool.acquire() as connection:
        await write(connection, rows)
        chosen = rows[:7]
        places = [(row.partition, row.person, row.time, row.id) for row in chosen]
        gone = (places[0][0], places[0][1], places[0][2], b"\0" * 16)
        found = await rows_at(connection, [*places, gone], [kinds.TRACK])
        assert found == dict(zip(places, chosen, strict=True))
        assert await rows_at(connection, places, [kinds.PAGE]) == {}
