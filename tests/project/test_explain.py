"""Why, of somebody who did a lot: what is asked about is found behind any number of other events, in the same number of statements."""

from typing import Any

import pytest

from tests.conftest import Database
from tidings import history, rules
from tidings.database.access import Workspace, create_workspace
from tidings.history.body import pack
from tidings.kernel import ids
from tidings.kernel.ids import home_of, person_id
from tidings.kernel.records import Group
from tidings.kernel.times import DAY, HOUR, show_iso
from tidings.people import links
from tidings.people.document import InGroup, Person, write_times
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
    assert max(more) <= 7, more


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
        await history.write(connection, [history.Entry(*row) for row in rows])
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
        await history.write(connection, [history.Entry(*row) for row in rows])
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


DAYS = tuple(show_iso(START + n * DAY) for n in range(9))
HINDERED = "; the journey was not there then, so nobody could enter"


@pytest.mark.parametrize(
    ("trigger", "line"),
    [
        (
            {"attribute": "plan", "from": "free", "to": "pro"},
            f'plan is "free" now; it last did on {DAYS[1]}',
        ),
        ({"attribute": "plan", "to": "gold"}, 'plan is "free" now; it never did'),
        ({"date": "due"}, f'due is "{DAYS[3]}"; no such moment is to come for this person; it last came on {DAYS[3]}'),
        ({"date": "due", "offset": "9 days before"}, "no such moment is to come for this person; it never came"),
        (
            {"schedule": f"on {DAYS[1][:10]} at 06:00", "who": 'plan = "pro"'},
            f"; it last came on {DAYS[1][:11]}06:00:00Z",
        ),
        ({"schedule": f"on {DAYS[3][:10]} at 06:00", "who": 'plan = "pro"'}, "; it never came"),
        ({"api": True}, f'called with this person; it last was on {DAYS[4]} with {{cart: "a"}}'),
        ({"segment": "entered often"}, f"is not in it; they last did on {DAYS[5]}"),
        (
            {"segment": "left often"},
            f"is not in it; they last did on {DAYS[6]}; it was a change of the segment, which starts nothing",
        ),
        (
            {"group": "company", "event": "Grew"},
            f'they are in acme; it last reached them on {DAYS[7]} with {{seats: 9, group_type: "company", group_id: "acme"}}',
        ),
        (
            {"group": "company", "attribute": "plan"},
            "they are in acme; it never reached them while a live journey began from it",
        ),
    ],
)
async def test_a_trigger_that_is_no_event_of_theirs_says_when_it_last_happened(
    database: Database, own: Workspace, trigger: dict[str, Any], line: str
) -> None:
    document = {**BODY["journeys"]["welcome"]["document"], "trigger": trigger, "reenter": "always"}
    del document["audience"]
    body = {**BODY, "journeys": {"welcome": {**BODY["journeys"]["welcome"], "document": document}}}
    await put(database.pool, InForce(own.id, 1, BODY), body)
    await database.pool.execute("UPDATE definitions SET made_at = $1 WHERE number = 2", START + 4 * DAY)
    await database.pool.execute("DELETE FROM definitions WHERE number = 1")
    eve = person_id(5, "eve")
    group = InGroup("company", "acme", START + 2 * DAY)
    who = Person(
        eve,
        own.id,
        home_of(eve),
        START,
        eve,
        [("id", "eve")],
        {"plan": "free", "due": DAYS[3]},
        groups=[group],
        built=2,
    )
    kinds, befell = history.kinds, {"seats": 9, "group_type": "company", "group_id": "acme"}
    said: list[tuple[int, int, str, Any]] = [
        (0, kinds.ATTRIBUTES, "", {"plan": "free", "due": DAYS[3]}),
        (1, kinds.ATTRIBUTES, "", {"plan": "pro"}),
        (2, kinds.ATTRIBUTES, "", {"plan": "free"}),
        (2, kinds.GROUP, "company acme", Group("company", "acme", {"seats": 2})),
        (4, kinds.ENTER, "welcome", {"cart": "a"}),
        (5, kinds.MEMBERSHIP, "often", {"on": True, "quiet": False}),
        (6, kinds.MEMBERSHIP, "often", {"on": False, "quiet": True}),
        (7, kinds.BEFELL, "Grew", befell),
    ]
    rows = [
        (home_of(eve), kind, eve, START + day * DAY, START + day * DAY, n, name, ids.digest(n), pack(body))
        for n, (day, kind, name, body) in enumerate(said)
    ]
    async with database.pool.acquire() as connection:
        await history.write(connection, [history.Entry(*row) for row in rows])
        told = await explain.journey(connection, own, who, [eve], "welcome")
        then = await explain.journey(connection, own, who, [eve], "welcome", START + 8 * DAY)
    for each in (told, then):
        (reason,) = (reason for reason in each.reasons if "it starts " in reason)
        before = any(day in line for day in DAYS[1:4]) or DAYS[1][:11] in line
        assert reason.endswith(line + (HINDERED if before and "never" not in line else ""))


async def test_what_came_quietly_or_waited_long_is_told_by_its_mark(database: Database, own: Workspace) -> None:
    rob, browser = person_id(3, "rob", 0), person_id(4, "browser")
    who = Person(rob, own.id, home_of(rob), START, rob, [("id", "rob")], {}, built=1)
    kinds, pro = history.kinds, {"plan": "pro"}

    def row(person: bytes, kind: int, hour: int, late: int, id: bytes, name: str, said: Any) -> Any:
        at = START + hour * HOUR
        return (home_of(person), kind, person, at - late * HOUR, at, 1, name, id * 16, pack(said))

    rows = [
        row(rob, kinds.LINK, 0, 0, b"n", "named", {"take": [("id", "rob")], "release": []}),
        row(rob, kinds.TRACK, 1, 0, b"q", "Signed Up", pro),
        row(rob, kinds.STARTS, 1, 0, b"q", "", False),
        row(rob, kinds.TRACK, 40, 30, b"w", "Signed Up", pro),
        row(rob, kinds.STARTS, 40, 0, b"w", "", True),
        row(browser, kinds.LINK, 41, 0, b"a", "named", {"take": [("anonymous_id", "x")], "release": []}),
        row(browser, kinds.TRACK, 41, 30, b"b", "Signed Up", pro),
        row(rob, kinds.TRACK, 42, 30, b"l", "Signed Up", pro),
    ]
    async with database.pool.acquire() as connection:
        await history.write(connection, [history.Entry(*row) for row in rows])
        hindered = []
        for ids_, at in (([rob], None), ([rob, browser], None), ([rob], START + 43 * HOUR)):
            told = await explain.journey(connection, own, who, ids_, "welcome", at)
            found = [reason for reason in told.reasons if "Signed Up" in reason]
            hindered.append([each.partition(' where plan = "pro"')[2] for each in found])
    quiet = "; it came quietly, as an import does, and started nothing"
    late = "; it came 30 hours late, and what is older than 1 day starts nothing"
    assert hindered[0] == hindered[2] == [quiet, "", late]
    assert hindered[1] == ["", "", late], "what waited long came in time, and a browser's may be three days old"
