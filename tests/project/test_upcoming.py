"""What will be sent by day: timers counted on the reader's days, dates, schedules, doors, what is planned; and what is not known."""

import json
import time
from datetime import date, timedelta
from typing import Any

import pytest

from tests.conftest import Database
from tidings import history
from tidings.database.access import create_workspace
from tidings.database.pool import Connection
from tidings.history.body import pack
from tidings.history.numbers import Numbers
from tidings.journeys import clock
from tidings.kernel.effects import Moved
from tidings.kernel.ids import digest, person_id
from tidings.kernel.times import DAY, HOUR
from tidings.people import standing, store
from tidings.people.document import Person, Run
from tidings.people.standing import Stood
from tidings.project import let_in
from tidings.project.upcoming import Upcoming, upcoming

NOW = time.time_ns() // 1000
STEPS = [{"id": "w", "wait": "1 day"}, {"id": "a", "send": "a"}]


async def define(connection: Connection, workspace: int = 0, **journeys: Any) -> int:
    workspace = workspace or (await create_workspace(connection, "production")).id
    entries = {}
    for id, (more, entry) in journeys.items():
        document = {"journey": id, "trigger": {"event": "Go"}, "steps": STEPS, **more}
        entries[id] = {"version": 2, "status": "live", "document": document, "history": {}, **entry}
    await connection.execute(
        "INSERT INTO definitions (workspace, number, body) VALUES ($1, 1, $2)",
        workspace,
        json.dumps({"journeys": entries}),
    )
    return workspace


async def put(connection: Connection, workspace: int, *people: tuple[dict[str, int], list[Run]]) -> None:
    found = {}
    for n, (dates, runs) in enumerate(people):
        id = person_id(n % 64, f"p{n}{time.time_ns()}")
        found[id] = Person(id, workspace, n % 64, created=1, first=id, runs=runs, dates=dates)
    change = standing.change({id: Stood(workspace) for id in found}, found)
    await standing.write(connection, change)


def run(n: int, wake: int | None, journey: str = "j", step: str = "w", version: int = 2) -> Run:
    return Run(digest("run", n, journey), journey, version, step, entered=1, arrived=5, wake=wake)


def days(found: Upcoming) -> dict[str, tuple[int, int]]:
    return {each.day: (each.sure, each.more) for each in found.days if each.messages}


async def test_timers_are_counted_by_the_readers_days(database: Database) -> None:
    async with database.pool.acquire() as connection:
        old = {
            "journey": "j",
            "trigger": {"event": "Go"},
            "steps": [{"id": "w", "wait": "9 days"}, {"id": "old", "send": "old"}],
        }
        workspace = await define(
            connection, j=({}, {"history": {"1": old}}), off=({}, {"status": "paused"}), dark=({}, {"shadow": True})
        )
        far = clock.day_of(NOW, "Pacific/Kiritimati") + timedelta(days=3)
        late = clock.at(far, 30, "Pacific/Kiritimati")
        await put(
            connection,
            workspace,
            *(({}, [run(n, late + n)]) for n in range(5)),
            ({}, [run(10, late + DAY)]),
            ({}, [run(11, late, version=1)]),
            ({}, [run(12, NOW - HOUR)]),
            ({}, [run(13, NOW + HOUR, "off"), run(14, NOW + HOUR, "dark"), run(15, None)]),
        )
        found = await upcoming(connection, workspace, "Pacific/Kiritimati", date.min, 7)
        assert days(found) == {
            found.days[0].day: (1, 0),
            far.isoformat(): (6, 0),
            (far + timedelta(days=1)).isoformat(): (1, 0),
        }
        (three,) = [each for each in found.days if each.day == far.isoformat()]
        assert [(each.template, each.people, each.grade, each.why) for each in three.messages] == [
            ("a", 5, "timed", ["wait at `w`"]),
            ("old", 1, "timed", ["wait at `w`"]),
        ]
        says = {each.journey: each.says for each in found.unknown}
        assert says["off"] == "is paused: nothing is sent until somebody resumes it"
        assert says["dark"] == "is in shadow: it sends nothing"
        assert says["j"].startswith('starts by "Go", hardly anybody lately')
        elsewhere = await upcoming(connection, workspace, "Pacific/Pago_Pago", date.min, 7)
        assert days(elsewhere) != days(found)
        past = await upcoming(connection, workspace, "UTC", date(2020, 1, 1), 5)
        assert past.days == []
        bounded = await upcoming(connection, workspace, "Pacific/Kiritimati", date.min, 7, most=5)
        assert [each.known for each in bounded.days] == [each.day < far.isoformat() for each in bounded.days]
        assert await connection.fetchval("SELECT count(*) FROM coming") == 0


async def test_dates_schedules_doors_and_what_waits_for_something(database: Database) -> None:
    async with database.pool.acquire() as connection:
        send = [{"id": "a", "send": "a"}]
        workspace = await define(
            connection,
            day=({"trigger": {"date": "renews_at"}, "steps": send}, {}),
            digest=({"trigger": {"schedule": "every day at 12:00"}, "reenter": "always", "steps": send}, {}),
            door=({"limits": {"entry": "2 per day"}, "steps": send}, {}),
            full=({"limits": {"at_once": 5}, "steps": send}, {}),
            waits=({"steps": [{"id": "u", "name": "A purchase", "wait_until": 'did "Paid"'}, *send]}, {}),
        )
        noon = clock.next_time(NOW + DAY, 720, clock.DAYS, "UTC")
        await put(
            connection,
            workspace,
            *(({"day": noon, "digest": noon}, []) for _ in range(4)),
            *(({}, [run(n, None, "door", "")]) for n in range(3)),
            *(({}, [run(n, None, "full", "")]) for n in range(2)),
            ({}, [run(1, None, "waits", "u")]),
        )
        first = clock.day_of(noon, "UTC")
        found = await upcoming(connection, workspace, "UTC", date.min, (first - clock.day_of(NOW, "UTC")).days + 3)
        by_day = {each.day: {one.journey: (one.people, one.grade) for one in each.messages} for each in found.days}
        assert by_day[first.isoformat()]["day"] == (4, "timed")
        assert by_day[first.isoformat()]["digest"] == (4, "timed")
        later = [by_day[(first + timedelta(days=n)).isoformat()] for n in (1, 2)]
        assert [each["digest"] for each in later] == [(4, "about")] * 2
        assert "day" not in later[0]
        assert sum(each["door"][0] for each in by_day.values() if "door" in each) == 3
        says = {(each.journey, each.people): each.says for each in found.unknown}
        assert says["waits", 1] == "wait at `u` for something to happen"
        assert says["full", 2].startswith("wait at the door: it takes 5 inside at once")


async def moved(
    connection: Connection, workspace: int, version: int, why: str, count: int, ago: int, what: str = "branched"
) -> None:
    """So many went a way at the step `q`, one a minute."""
    rows, numbers = list[history.Entry](), Numbers()
    for n in range(count):
        person = person_id(n % 64, f"{why}{n}{version}{ago}{workspace}")
        await connection.execute(
            "INSERT INTO people (partition, id, workspace, doc, built, created_at) VALUES ($1, $2, $3, '', 1, 1)",
            *(n % 64, person, workspace),
        )
        at = NOW - ago - n * 60_000_000
        move = Moved(digest("went", n, why), "j", version, "q", what, at, why)
        place = digest("row", n, why, version, ago, workspace)
        rows.append(history.Entry(n % 64, history.kinds.MOVED, person, at, at, n, "j", place, pack(move)))
        numbers.add(workspace, "j", version, "q", what, at)
    async with connection.transaction():
        await history.write(connection, [history.Entry(*row) for row in rows])
        await numbers.write(connection, 0)


async def test_at_a_branch_people_are_shared_out_as_those_who_came_by_lately(database: Database) -> None:
    """Of versions that ask the same there, in this workspace, in the last 30 days; where too few came, each way is counted for all."""
    arms = [{"when": 'plan = "pro"', "steps": [{"id": "a", "send": "a"}]}, {"otherwise": [{"id": "b", "send": "b"}]}]
    steps = [{"id": "w", "wait": "1 day"}, {"id": "q", "branch": arms}, {"id": "c", "send": "c"}]
    other = [{"when": 'plan = "vip"', "steps": []}, {"otherwise": []}]
    same = {"journey": "j", "trigger": {"event": "Go"}, "steps": [{"id": "q", "branch": arms}]}
    before = {**same, "steps": [{"id": "q", "branch": other}]}
    async with database.pool.acquire() as connection:
        workspace = await define(connection, j=({"steps": steps}, {"version": 3, "history": {"1": before, "2": same}}))
        elsewhere = (await create_workspace(connection, "other")).id
        await put(connection, workspace, *(({}, [run(n, NOW + DAY, version=3)]) for n in range(100)))

        async def told() -> dict[str, tuple[int, str]]:
            found = await upcoming(connection, workspace, "UTC", date.min, 3)
            return {one.step: (one.people, one.grade) for each in found.days for one in each.messages}

        assert await told() == {"a": (100, "at most"), "b": (100, "at most"), "c": (100, "at most")}
        await moved(connection, workspace, 3, "otherwise", 2, HOUR)
        await moved(connection, workspace, 2, 'plan = "pro"', 6, 9 * DAY)
        await moved(connection, workspace, 1, "otherwise", 50, HOUR)
        await moved(connection, workspace, 3, "otherwise", 50, 31 * DAY)
        await moved(connection, elsewhere, 3, "otherwise", 50, HOUR)
        assert (await told())["a"] == (100, "at most"), "eight are too few"
        await moved(connection, workspace, 3, "otherwise", 2, 2 * DAY)
        assert await told() == {"a": (60, "about"), "b": (40, "about"), "c": (100, "about")}


ONLY: dict[str, Any] = {"id": "q", "send": "q", "only_if": "x = 1"}
UNTIL: dict[str, Any] = {"id": "q", "wait_until": 'did "Paid"', "at_most": "1 day"}


@pytest.mark.parametrize(
    ("step", "other", "through", "past", "expected", "early"),
    [
        (ONLY, {"only_if": "x = 2"}, ("planned", ""), ("skipped", "only if x = 1"), {"q": 30, "c": 100}, []),
        (UNTIL, {"at_most": "2 days"}, ("passed", 'did "Paid"'), ("passed", "waited 1 day"), {"c": 70}, [30]),
    ],
)
async def test_where_something_is_asked_people_do_as_those_who_came_by_lately(
    database: Database,
    step: dict[str, Any],
    other: dict[str, Any],
    through: tuple[str, str],
    past: tuple[str, str],
    expected: dict[str, int],
    early: list[int],
) -> None:
    """Of versions that ask the same there; where too few came, everybody is counted, at most."""
    steps = [{"id": "w", "wait": "1 day"}, step, {"id": "c", "send": "c"}]
    before = {"journey": "j", "trigger": {"event": "Go"}, "steps": [{**step, **other}]}
    async with database.pool.acquire() as connection:
        workspace = await define(connection, j=({"steps": steps}, {"version": 3, "history": {"2": before}}))
        await put(connection, workspace, *(({}, [run(n, NOW + DAY, version=3)]) for n in range(100)))

        async def came(version: int, way: tuple[str, str], count: int, ago: int) -> Upcoming:
            await moved(connection, workspace, version, way[1], count, ago, way[0])
            return await upcoming(connection, workspace, "UTC", date.min, 4)

        await came(2, past, 50, HOUR)
        await came(3, through, 3, HOUR)
        found = await came(3, past, 6, HOUR)
        assert {one.people for each in found.days for one in each.messages} == {100}, "nine are too few"
        found = await came(3, past, 1, 2 * DAY)
    assert {one.step: one.people for each in found.days for one in each.messages} == expected
    assert [each.people for each in found.unknown if "before their time is up" in each.says] == early


async def test_of_those_who_wait_for_something_already_at_least_as_many_run_out_of_time_as_of_all_who_come(
    database: Database,
) -> None:
    """Where too few came by to tell, the number stands alone. What who goes on before gets is on no day."""
    steps = [UNTIL, {"id": "c", "send": "c"}]
    async with database.pool.acquire() as connection:
        workspace = await define(connection, j=({"steps": steps}, {}))
        await put(connection, workspace, *(({}, [run(n, NOW + HOUR, step="q")]) for n in range(10)))

        async def told() -> list[tuple[str, int, int, int, str]]:
            found = await upcoming(connection, workspace, "UTC", date.min, 3)
            assert [each.people for each in found.unknown if each.says.startswith("wait at `q` and may go on")] == [10]
            return [(one.step, one.people, one.low, one.high, one.grade) for day in found.days for one in day.messages]

        assert await told() == [("c", 10, 10, 10, "at most")]
        await moved(connection, workspace, 2, 'did "Paid"', 3, HOUR, "passed")
        await moved(connection, workspace, 2, "waited 1 day", 7, HOUR, "passed")
        assert await told() == [("c", 10, 7, 10, "at most")]


async def test_whom_a_schedule_lets_in_is_asked_today_of_some_of_them(database: Database) -> None:
    noon = clock.next_time(NOW + DAY, 720, clock.DAYS, "UTC")
    daily = {"trigger": {"schedule": "every day at 12:00", "who": 'plan = "pro"'}, "reenter": "always"}
    steps = [{"id": "a", "send": "a"}]
    async with database.pool.acquire() as connection:
        workspace = await define(
            connection,
            digest=({**daily, "audience": "seats > 10", "steps": steps}, {}),
            soon=({**daily, "audience": 'not did "Paid" within 1 day', "steps": steps}, {}),
            unsaid=({**daily, "audience": 'journey.x = "1"', "steps": steps}, {}),
        )
        people = []
        for n in range(40):
            id = person_id(n % 64, f"p{n}")
            attributes = {"plan": "pro", "seats": 20 if n < 30 else 5}
            dates = {"digest": noon, "soon": noon, "unsaid": noon}
            people.append(Person(id, workspace, n % 64, created=1, first=id, attributes=attributes, dates=dates))
        await connection.executemany(
            "INSERT INTO people (partition, id, workspace, doc, built, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            [store.row(each)[:6] for each in people],
        )
        stood = {each.id: Stood(workspace, (), each.dates) for each in people}
        await standing.write(connection, standing.change({id: Stood(workspace) for id in stood}, stood))

        async def told() -> dict[str, tuple[int, int, int, str]]:
            found = await upcoming(connection, workspace, "UTC", date.min, (first - clock.day_of(NOW, "UTC")).days + 1)
            (day,) = [each for each in found.days if each.day == first.isoformat()]
            assert ("75% of them as things stand today" in day.messages[0].why[0]) is (day.messages[0].people == 30)
            return {one.journey: (one.people, one.low, one.high, one.grade) for one in day.messages}

        first = clock.day_of(noon, "UTC")
        assert await told() == {
            "digest": (30, 30, 30, "about"),
            "soon": (40, 40, 40, "about"),
            "unsaid": (40, 40, 40, "at most"),
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(let_in, "ASKED", 20)
            people, low, high, grade = (await told())["digest"]
        assert low < 30 < high, "of twenty it is told with its margin"
        assert low <= people <= high
        assert grade == "about"


@pytest.mark.parametrize(
    ("age", "pace"),
    [(HOUR, "12 so far, in its first day"), (2 * DAY, "about 6 a day lately"), (30 * DAY, "about 2 a day lately")],
)
async def test_how_many_come_in_is_told_of_the_time_since_it_went_live(database: Database, age: int, pace: str) -> None:
    async with database.pool.acquire() as connection:
        workspace = await define(connection, j=({}, {"published": {"1": 1, "2": 1}}))
        await connection.execute("UPDATE definitions SET made_at = $1", NOW - age)
        numbers = Numbers()
        for _ in range(12):
            numbers.add(workspace, "j", 2, "", "entered", NOW - min(age, DAY + HOUR))
        async with connection.transaction():
            await numbers.write(connection, 0)
        found = await upcoming(connection, workspace, "UTC", date.min, 7)
    assert [each.says for each in found.unknown] == [f'starts by "Go", {pace}: what those will get is not counted']


async def test_a_date_that_moves_or_goes_takes_its_row_along(database: Database) -> None:
    async with database.pool.acquire() as connection:
        id = person_id(7, "ann")
        person = Person(id, 1, 7, created=1, first=id, dates={"a": 5, "b": 6})
        await standing.write(connection, standing.change({id: Stood(1)}, {id: person}))
        later = Person(id, 1, 7, created=1, first=id, dates={"b": 9})
        change = standing.change({id: Stood(1, (), person.dates)}, {id: later})
        assert change == ([], [], [(7, id, "a")], [(7, 1, id, "b", 9)])
        await standing.write(connection, change)
        assert [tuple(row) for row in await connection.fetch("SELECT journey, at FROM coming")] == [("b", 9)]
        await standing.write(connection, standing.change({id: Stood(1, (), later.dates)}, {}))
        assert await connection.fetchval("SELECT count(*) FROM coming") == 0
