"""Why, of somebody who did a lot: what is asked about is found behind any number of other events, in the same number of statements."""

from typing import Any

import pytest

from tests.conftest import Database
from tidings import history, rules
from tidings.database.access import Workspace, create_workspace
from tidings.history.body import pack
from tidings.kernel import ids
from tidings.kernel.ids import home_of, person_id
from tidings.kernel.times import DAY, HOUR, show_iso
from tidings.people import links
from tidings.people.document import Person, write_times
from tidings.project import explain
from tidings.project.apply import put
from tidings.project.store import InForce

START = 1_767_571_200_000_000
BODY: dict[str, Any] = {
    "segments": {"often": {"segment": "often", "rule": 'did "Viewed" at least 3 times within 30 days where n > 5'}},
    "journeys": {
        "welcome": {
            "version": 1,
            "status": "live",
            "document": {
                "journey": "welcome",
                "trigger": {"event": "Signed Up", "where": 'plan = "pro"'},
                "audience": 'did "Viewed" at least 2 times within 30 days where n = 1',
                "steps": [{"id": "pause", "wait": "1 day"}],
            },
        }
    },
}


@pytest.fixture
async def own(database: Database) -> Workspace:
    async with database.pool.acquire() as connection:
        made = await create_workspace(connection, "demo")
    await put(database.pool, InForce(made.id), BODY)
    await database.pool.execute("UPDATE definitions SET made_at = $1", START - DAY)
    return made


async def asked(database: Database, own: Workspace, others: int) -> tuple[list[str], list[int]]:
    """The reasons of somebody who signed up and then did other things, now, then and of a segment; and how many statements each took."""
    id = person_id(3, "ann", others)
    home = home_of(id)
    ann = Person(id, own.id, home, START, id, [("email", "ann@example.com")], {"email": "ann@example.com"}, built=1)
    rows: list[Any] = [(home, history.kinds.ATTRIBUTES, id, START, START, 1, "", b"a" * 16, pack(ann.attributes))]
    rows.append((home, history.kinds.TRACK, id, START, START, 2, "Signed Up", b"b" * 16, pack({"plan": "free"})))
    for n in range(others):
        at = START + HOUR + n
        rows.append((home, history.kinds.TRACK, id, at, at, n + 3, "Viewed", n.to_bytes(16), pack({"n": n % 10})))
    found, counts = [], []
    async with database.pool.acquire() as connection:
        await connection.copy_records_to_table("history", columns=history.store.COLUMNS, records=rows)
        for at in (None, START + DAY):
            said: list[Any] = []
            with connection.query_logger(said.append):
                told = await explain.journey(connection, own, ann, [id], "welcome", at)
            found.append(" ".join([told.answer, *told.reasons]))
            counts.append(len(said))
        said = []
        with connection.query_logger(said.append):
            told = await explain.segment(connection, own, ann, [id], "often")
        found.append(" ".join([told.answer, *told.reasons]))
        counts.append(len(said))
    return found, counts


async def test_ten_thousand_events_hide_nothing_and_cost_no_more_statements(database: Database, own: Workspace) -> None:
    await asked(database, own, 1)  # the driver asks what types there are, once
    few, statements = await asked(database, own, 10)
    many, more = await asked(database, own, 10_000)
    for text in (*few[:2], *many[:2]):
        assert 'with {plan: "free"}' in text, "the event that did not fit is found behind all others"
    for text in many[:2]:
        assert 'no  plan = "pro" (it is "free"); true of none' in text
    assert f"last true on {show_iso(START + HOUR + 30 * DAY)}" in many[2]
    assert more == statements
    assert max(more) <= 6, more


async def test_an_event_that_could_start_nothing_says_why(database: Database, own: Workspace) -> None:
    id = person_id(3, "bob", 0)
    home = home_of(id)
    bob = Person(id, own.id, home, START, id, [("email", "bob@example.com")], {}, built=1)
    pro = pack({"plan": "pro"})
    rows: list[Any] = [
        (home, history.kinds.TRACK, id, START - 2 * DAY, START - 2 * DAY, 1, "Signed Up", b"a" * 16, pro),
        (home, history.kinds.TRACK, id, START - DAY // 2, START + DAY, 2, "Signed Up", b"b" * 16, pro),
        (home, history.kinds.TRACK, id, START, START + HOUR, 3, "Signed Up", b"c" * 16, pro),
    ]
    async with database.pool.acquire() as connection:
        await history.write(connection, rows)
        told = await explain.journey(connection, own, bob, [id], "welcome")
        before, late, fine = (reason for reason in told.reasons if "Signed Up" in reason)
        assert before.endswith("; the journey was not there then, so nobody could enter")
        assert late.endswith("; it came 36 hours late, and what is older than 1 day starts nothing")
        assert (before[0], late[0], fine[0]) == ("✗", "✗", "✓")
        assert fine.endswith('it starts from "Signed Up" where plan = "pro"')
    body = {**BODY, "journeys": {"welcome": {**BODY["journeys"]["welcome"], "status": "paused"}}}
    await put(database.pool, InForce(own.id, 1, BODY), body)
    await database.pool.execute("UPDATE definitions SET made_at = $1 WHERE number = 2", START + 1)
    async with database.pool.acquire() as connection:
        told = await explain.journey(connection, own, bob, [id], "welcome")
    after = [reason.rpartition("; ")[2] for reason in told.reasons if "Signed Up" in reason]
    assert (
        after
        == ["the journey was not there then, so nobody could enter"]
        + ["the journey was paused then, so nobody could enter"] * 2
    )


async def lacking(
    database: Database, own: Workspace, who: Person, whose: list[bytes], at: int | None = None
) -> dict[str, str]:
    """What keeps somebody out of `guests`, by clause."""
    async with database.pool.acquire() as connection:
        told = await explain.segment(connection, own, who, whose, "guests", at)
    assert all(any(each.clause in line for line in told.reasons) for each in told.false)
    return {each.clause: each.last.says() for each in told.false if each.last is not None}


async def test_each_false_clause_says_when_it_was_last_true_through_merges_and_in_the_past(
    database: Database, own: Workspace
) -> None:
    rule = 'plan = "pro" and did "Viewed" within 7 days and not did "Left"'
    body = {**BODY, "segments": {"guests": {"segment": "guests", "rule": rule}}}
    await put(database.pool, InForce(own.id, 1, BODY), body)
    await database.pool.execute("UPDATE definitions SET made_at = $1 WHERE number = 2", START - DAY)
    ann, guest = person_id(3, "ann", "new"), person_id(4, "guest")
    who = Person(ann, own.id, home_of(ann), START, ann, [("id", "ann")], {"plan": "free"}, built=2)
    (left,) = rules.compile(rules.parse('did "Left"')).counters
    who.counters = {left.key: write_times([(START + 30 * DAY, b"left" * 2)])}

    def row(person: bytes, kind: int, day: int, name: str, said: Any) -> Any:
        at = START + day * DAY
        id = ids.digest(person, kind, day, name)
        return (home_of(person), kind, person, at, at, day + 1, name, id, pack(said))

    rows = [
        row(ann, history.kinds.LINK, 0, "named", {"take": [("id", "ann")], "release": []}),
        row(ann, history.kinds.ATTRIBUTES, 0, "", {"plan": "pro"}),
        row(guest, history.kinds.TRACK, 1, "Viewed", {}),
        row(guest, history.kinds.TRACK, 3, "Viewed", {}),
        row(ann, history.kinds.LINK, 5, "absorbs", {"absorbed": guest}),
        row(ann, history.kinds.ATTRIBUTES, 20, "", {"plan": "free"}),
        row(ann, history.kinds.TRACK, 30, "Left", {}),
    ]
    async with database.pool.acquire() as connection:
        await history.write(connection, rows)
        await links.join(connection, own.id, [links.Link(guest, ann, START + 5 * DAY, b"", None)])

    def day(n: int) -> str:
        return f"last true on {show_iso(START + n * DAY)}"

    assert await lacking(database, own, who, [ann, guest]) == {
        'plan = "pro"': day(20),
        'did "Viewed" within 7 days': day(10),
        'not did "Left"': day(30),
    }
    assert await lacking(database, own, who, [ann]) == {
        'plan = "pro"': day(20),
        'did "Viewed" within 7 days': "never true",
        'not did "Left"': day(30),
    }
    then = START + 15 * DAY
    assert await lacking(database, own, who, [ann, guest], then) == {'did "Viewed" within 7 days': day(10)}
    async with database.pool.acquire() as connection:
        told = await explain.segment(connection, own, who, [ann, guest], "guests", then)
    assert '    yes plan = "pro" (it is "pro"); as long as they are known' in told.reasons
    before = START + 4 * DAY
    assert await lacking(database, own, who, [ann, guest], before) == {'did "Viewed" within 7 days': "never true"}


async def test_a_change_that_starts_a_journey_says_when_it_last_was(database: Database, own: Workspace) -> None:
    trigger = {"attribute": "plan", "from": "free", "to": "pro"}
    document = {**BODY["journeys"]["welcome"]["document"], "trigger": trigger}
    del document["audience"]
    body = {**BODY, "journeys": {"welcome": {**BODY["journeys"]["welcome"], "document": document}}}
    await put(database.pool, InForce(own.id, 1, BODY), body)
    eve = person_id(5, "eve")
    who = Person(eve, own.id, home_of(eve), START, eve, [("id", "eve")], {"plan": "free"}, built=2)
    rows: list[Any] = []
    for day, plan in enumerate(("free", "pro", "free")):
        at = START + day * DAY
        said = pack({"plan": plan})
        rows.append((home_of(eve), history.kinds.ATTRIBUTES, eve, at, at, day, "", ids.digest(day), said))
    async with database.pool.acquire() as connection:
        await history.write(connection, rows)
        told = await explain.journey(connection, own, who, [eve], "welcome")
    (line,) = (reason for reason in told.reasons if "changed" in reason)
    assert line.endswith(f'plan is "free" now; it last did on {show_iso(START + DAY)}')
