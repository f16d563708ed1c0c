"""Where runs stand: counted, listed page by page, and filled from documents that were there before the table."""

import asyncpg
import pytest

from tests.conftest import Database
from tidings.database.migrate import migrate
from tidings.kernel.ids import digest, person_id
from tidings.people import standing, store
from tidings.people.document import Person, Run


def person(name: str, partition: int, *runs: Run) -> Person:
    id = person_id(partition, name)
    return Person(id=id, workspace=1, partition=partition, created=1, first=id, runs=list(runs))


def run(name: str, step: str, version: int = 1, **more: int) -> Run:
    return Run(digest(name), "hello", version, step, entered=1, arrived=5, **more)


def stood(person: Person) -> standing.Stood:
    return standing.Stood(1, person.runs, person.dates)


async def test_counts_and_pages(database: Database) -> None:
    people = [person(f"p{n}", n % 3, run(f"r{n}", "settle" if n % 5 else "nudge", 1 + n % 2)) for n in range(40)]
    async with database.pool.acquire() as connection:
        await standing.write(
            connection,
            standing.change({each.id: standing.Stood(1) for each in people}, {each.id: stood(each) for each in people}),
        )
        assert await standing.counts(connection, 1, "hello") == {"nudge": {1: 4, 2: 4}, "settle": {1: 16, 2: 16}}
        assert await standing.inside(connection, 1) == {"hello": 40}
        assert await standing.inside(connection, 2) == {}
        found, after = [], None
        while page := await standing.at(connection, 1, "hello", "settle", after=after, limit=7):
            found += [stand.person for _, stand in page]
            after = standing.cursor(page[-1][0])
        assert sorted(found) == sorted(each.id for n, each in enumerate(people) if n % 5)
        everybody, after = [], None
        while paged := await standing.everywhere(connection, 1, "hello", after=after, limit=7):
            everybody += [(step, stand.person) for _, step, stand in paged]
            after = standing.cursor(paged[-1][0])
        steps = [("settle" if n % 5 else "nudge", each.id) for n, each in enumerate(people)]
        assert sorted(everybody) == sorted(steps), "each once, whichever step and partition they stand at"
        moved = person("p1", 1, run("r1", "nudge", 2))
        gone = people[2]
        change = standing.change({moved.id: stood(people[1]), gone.id: stood(gone)}, {moved.id: stood(moved)})
        await standing.write(connection, change)
        assert await standing.counts(connection, 1, "hello") == {"nudge": {1: 4, 2: 5}, "settle": {1: 15, 2: 15}}


def test_a_cursor_of_nothing_is_refused() -> None:
    for text in ("", "zz", "ff00"):
        with pytest.raises(ValueError):
            standing.cursor(text)


def test_whoever_rests_where_they_were_costs_nothing() -> None:
    before = person("ann", 1, run("r", "settle"), run("over", "", ended=4))
    after = person("ann", 1, run("r", "settle"))
    assert standing.change({before.id: stood(before)}, {after.id: stood(after)}) == ([], [], [], [])


async def test_documents_from_before_the_table_are_found(empty_database: str) -> None:
    await migrate(empty_database, to="0002")
    connection = await asyncpg.connect(empty_database)
    try:
        ann = person("ann", 1, run("r", "settle", 3, wake=77), run("over", "", ended=4, goal_until=9))
        ann.dates = {"birthday": 88}
        ben = person("ben", 2)
        await connection.executemany(
            "INSERT INTO people (partition, id, workspace, doc, built, created_at, known, last_seen) "
            "VALUES ($1, $2, $3, $4, $5, $6, true, 0)",
            [store.row(each)[:6] for each in (ann, ben)],
        )
        await migrate(empty_database)
        found = await standing.at(connection, 1, "hello", "settle")
        assert [stand for _, stand in found] == [standing.Stand(digest("r"), ann.id, 3, 5)]
        assert await standing.counts(connection, 1, "hello") == {"settle": {3: 1}}
        assert await connection.fetchval("SELECT wake FROM standing") == 77
        assert tuple(await connection.fetchrow("SELECT * FROM coming")) == (1, 1, ann.id, "birthday", 88)
    finally:
        await connection.close()
