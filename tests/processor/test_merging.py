"""A merge on its way: the absorbed person's worker has closed them, and the document has not arrived at the survivor's."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings.kernel.ids import digest, home_of
from tidings.kernel.records import SYSTEM, Absorb, Delete, Event, Identify, Merge, Record
from tidings.people import document, links
from tidings.people.links import Link

STEP = {"id": "mark", "only_if": 'did "Viewed" at least 2 times', "set": {"keen": True}}
JOURNEY = {"journey": "j", "trigger": {"event": "Go"}, "reenter": "always", "steps": [STEP]}
BODY = {"journeys": {"j": {"version": 1, "status": "live", "document": JOURNEY}}}


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database)
    yield made
    await made.close()


async def test_what_the_absorbed_did_counts_once_their_document_has_arrived(town: Town) -> None:
    await town.define(BODY)
    for name in ("ann", "ben"):
        await town.send(*(town.record(body, ("id", name)) for body in (Identify({}), Event("Viewed", {}))))
    ann, ben = await town.person("id", "ann"), await town.person("id", "ben")
    assert ann is not None
    assert ben is not None
    doc = document.encode(ben)
    async with town.database.pool.acquire() as connection:  # what the worker of his partition commits
        await links.join(connection, town.workspace, [Link(ben.id, ann.id, ben.created, doc, None)])
        await connection.execute("DELETE FROM people WHERE id = $1", ben.id)
        assert await links.absorbed(connection, [ann.id]) == {ann.id: [ben.id]}
        assert await links.absorbed(connection, [ann.id], met=True) == {}
    await town.send(town.record(Event("Go", {}), ("id", "ann")))
    found = await town.person("id", "ann")
    assert found is not None
    assert "keen" not in found.attributes
    arrived = Record(digest("arrived"), town.workspace, 0, SYSTEM, (), 0, 0, Absorb(ben.id, ann.id, doc), hops=1)
    await town.append([(home_of(ann.id), arrived)])
    await town.rest()
    await town.send(town.record(Event("Go", {}), ("id", "ann")))
    found = await town.person("id", "ann")
    assert found is not None
    assert found.attributes["keen"] is True


async def test_whoever_goes_is_in_no_segment_any_more(town: Town) -> None:
    paying = {"segment": "paying", "rule": 'plan = "pro"'}
    await town.define({"segments": {"paying": paying, "known": {"segment": "known", "rule": "plan is present"}}})
    names = ("ann", "ben", "cat", "dan", "eve")
    await town.send(*(town.record(Identify({"plan": "pro"}), ("id", name)) for name in names))
    assert await town.database.fetchval("SELECT count(*) FROM memberships") == 2 * len(names)
    await town.send(
        town.record(Identify({"plan": "free"}), ("id", "ann")),
        town.record(Delete(), ("id", "ann")),  # who left one of two in the same batch
        town.record(Merge(("id", "ben")), ("id", "cat")),
        town.record(Merge(("id", "dan")), ("id", "eve")),
        town.record(Delete(), ("id", "eve")),
    )
    cat = await town.person("id", "cat")
    assert cat is not None
    rows = await town.database.fetch("SELECT segment, person FROM memberships ORDER BY segment")
    assert [tuple(row) for row in rows] == [("known", cat.id), ("paying", cat.id)]


KEEN = {"segment": "keen", "rule": 'did "Viewed" at least 2 times'}
WELCOME = {"journey": "w", "trigger": {"segment": "entered keen"}, "steps": [{"id": "hi", "send": "hi"}]}
MERGED = {
    "segments": {"keen": KEEN},
    "journeys": {"w": {"version": 1, "status": "live", "document": WELCOME}},
    "templates": {"hi": {"version": 1, "format": "html", "text": "---\nsubject: Hi\n---\nHi"}},
}


@pytest.mark.parametrize("workers", [1, 2])
async def test_what_a_merge_begins_has_the_same_ids_whether_or_not_the_document_travels(
    database: Database, workers: int
) -> None:
    """So a batch that is worked out again by whoever holds other partitions by then can't begin it a second time."""
    town = await Town.make(database, workers=workers)
    await town.shared()
    await town.define(MERGED)
    names = [f"u{n}" for n in range(16)]
    await town.send(*(town.record(Event("Viewed", {}), ("id", name)) for name in names))
    people = {name: person for name in names if (person := await town.person("id", name)) is not None}
    of = {p: n for n, worker in enumerate(town.workers) for p in worker._feed.leases}
    into, from_ = next(
        (one, other)
        for one in names
        for other in names
        if one != other and (workers == 1 or of[people[one].partition] != of[people[other].partition])
    )
    merge = town.record(Merge(("id", from_)), ("id", into))
    await town.send(merge)
    await town.rest()
    new, old = people[into], people[from_]
    cause = digest("absorb", merge.id, old.id)
    rows = await database.fetch("SELECT journey, person, run FROM deliveries")
    assert [tuple(row) for row in rows] == [("w", new.id, digest(town.workspace, "w", new.id, cause, 0, 0))]
    await town.close()
