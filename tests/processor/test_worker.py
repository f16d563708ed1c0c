"""Records in, people out: the worker on a real database."""

import time
from collections.abc import AsyncIterator

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings.kernel.ids import show
from tidings.kernel.records import (
    PUBLIC,
    Alias,
    Delete,
    Event,
    Identifier,
    Identify,
    Merge,
    Suppress,
    Unmerge,
    Unsuppress,
)
from tidings.kernel.times import MINUTE
from tidings.people.document import identifier


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database)
    yield made
    await made.close()


async def test_a_person_begins_and_keeps_attributes(town: Town) -> None:
    ann = ("id", "ann")
    await town.send(
        town.record(Identify({"plan": "pro", "email": "ann@example.com"}), ann),
        town.record(Event("Signed Up", {"via": "web"}), ann),
        town.record(Identify({"plan": None, "seats": 3}), ann),
    )
    person = await town.person("email", "Ann@Example.com")
    assert person is not None
    assert person.attributes == {"email": "ann@example.com", "id": "ann", "seats": 3}
    assert await town.events(person) == ["Signed Up"]
    assert await town.rejected() == []


async def test_the_same_message_twice_counts_once(town: Town) -> None:
    record = town.record(Event("Paid", {}), ("id", "ann"))
    await town.send(record)
    await town.send(record)
    person = await town.person("id", "ann")
    assert person is not None
    assert await town.events(person) == ["Paid"]


async def test_a_message_counts_once_whoever_it_names_and_whoever_reads_it(town: Town) -> None:
    await town.send(town.record(Event("Paid", {}), ("id", "ann"), id=b"m" * 16))
    town.workers.pop().stop()
    await town.tasks.pop()
    await town.hire()
    await town.send(
        town.record(Event("Paid", {}), ("id", "ben"), id=b"m" * 16),
        town.record(Event("Looked", {}), ("id", "ben")),
        town.record(Event("Paid", {}), ("id", "ann"), id=b"m" * 16),
    )
    ann, ben = await town.person("id", "ann"), await town.person("id", "ben")
    assert ann is not None
    assert ben is not None
    assert (await town.events(ann), await town.events(ben)) == (["Paid"], ["Looked"])


async def test_an_anonymous_history_joins_the_known(town: Town) -> None:
    browser, ann = ("anonymous_id", "b1"), ("id", "ann")
    await town.send(town.record(Event("Looked", {}), browser), town.record(Identify({"seats": 1}), ann))
    await town.send(town.record(Identify({}), ann, browser))
    person = await town.person("anonymous_id", "b1")
    assert person is not None
    assert person == await town.person("id", "ann")
    assert await town.events(person) == ["Looked"]
    assert person.attributes == {"id": "ann", "seats": 1}


async def test_a_shared_browser_is_not_stolen(town: Town) -> None:
    browser = ("anonymous_id", "b1")
    await town.send(town.record(Identify({}), ("id", "ann"), browser))
    await town.send(
        town.record(Identify({}), ("id", "ben"), browser), town.record(Event("Paid", {}), ("id", "ben"), browser)
    )
    ann, ben = await town.person("id", "ann"), await town.person("id", "ben")
    assert ann is not None
    assert ben is not None
    assert ann.id != ben.id
    assert (await town.person("anonymous_id", "b1")) == ann
    assert await town.events(ben) == ["Paid"]
    assert await town.events(ann) == []


async def test_a_merge_and_its_undoing(town: Town) -> None:
    ann, ben = ("id", "ann"), ("id", "ben")
    await town.send(
        town.record(Identify({"plan": "pro"}), ann),
        town.record(Identify({"plan": "free", "city": "Ulm"}), ben),
        town.record(Event("One", {}), ann),
        town.record(Event("Two", {}), ben),
    )
    absorbed = await town.person("id", "ben")
    assert absorbed is not None
    await town.send(town.record(Merge(ben), ann), town.record(Event("Three", {}), ben))
    person = await town.person("id", "ben")
    assert person is not None
    assert person.attributes["plan"] == "pro"
    assert person.attributes["city"] == "Ulm"
    assert await town.events(person) == ["One", "Two", "Three"]
    await town.send(town.record(Unmerge(absorbed.id), ("cio_id", show(absorbed.id))))
    one, two = await town.person("id", "ann"), await town.person("id", "ben")
    assert one is not None
    assert two is not None
    assert one.id != two.id
    assert one.attributes == {"plan": "pro", "id": "ann"}
    assert two.attributes == {"plan": "free", "city": "Ulm", "id": "ben"}
    assert await town.events(one) == ["One", "Three"]
    assert await town.events(two) == ["Two"]
    assert await town.rejected() == []


async def test_a_survivor_keeps_their_email(town: Town) -> None:
    ann, ben = ("id", "ann"), ("id", "ben")
    await town.send(
        town.record(Identify({"email": "ann@example.com"}), ann),
        town.record(Identify({"email": "ben@example.com"}), ben),
    )
    await town.send(town.record(Merge(ben), ann))
    person = await town.person("email", "ben@example.com")
    assert person is not None
    assert person.attributes["email"] == identifier(person, "email") == "ann@example.com"


async def test_an_email_changes_or_goes(town: Town) -> None:
    ann = ("id", "ann")
    await town.send(
        town.record(Identify({"email": "ann@example.com"}), ann),
        town.record(Identify({"email": "new@example.com"}), ann),
    )
    person = await town.person("email", "new@example.com")
    assert person is not None
    assert person.attributes["email"] == "new@example.com"
    assert await town.person("email", "ann@example.com") is None
    await town.send(town.record(Identify({"email": None}), ann, trust=PUBLIC))
    assert await town.rejected() == ["a public key can't change the email of a known person"]
    await town.send(town.record(Identify({"email": ""}), ann))
    assert await town.person("email", "new@example.com") is None
    person = await town.person("id", "ann")
    assert person is not None
    assert person.attributes == {"id": "ann"}


async def test_an_alias_binds_both_names(town: Town) -> None:
    await town.send(town.record(Event("Looked", {}), ("anonymous_id", "b1")))
    await town.send(town.record(Alias("b1"), ("id", "ann")))
    await town.send(
        town.record(Event("Late", {}), ("anonymous_id", "b1")), town.record(Event("Later", {}), ("id", "b1"))
    )
    person = await town.person("id", "ann")
    assert person is not None
    assert await town.events(person) == ["Looked", "Late", "Later"]


async def test_the_deleted_are_gone_and_the_suppressed_stay_away(town: Town) -> None:
    ann = ("id", "ann")
    before = town.record(Event("Slow", {}), ann)
    await town.send(town.record(Identify({"email": "ann@example.com"}), ann), town.record(Event("Paid", {}), ann))
    await town.send(town.record(Delete(), ann))
    assert await town.person("id", "ann") is None
    assert await town.person("email", "ann@example.com") is None
    assert await town.database.fetchval("SELECT count(*) FROM history") == 0
    await town.send(before)
    assert await town.person("id", "ann") is None
    await town.send(town.record(Event("Anew", {}), ann))
    person = await town.person("id", "ann")
    assert person is not None
    assert await town.events(person) == ["Anew"]
    await town.send(town.record(Suppress(), ann))
    await town.send(town.record(Event("Refused", {}), ann))
    assert await town.person("id", "ann") is None
    await town.send(town.record(Unsuppress(), ann))
    await town.send(town.record(Event("Back", {}), ann))
    person = await town.person("id", "ann")
    assert person is not None
    assert await town.events(person) == ["Back"]


@pytest.mark.parametrize("named", [("id", "ann"), ("email", "ann@example.com"), ("anonymous_id", "a1"), ("cio_id", "")])
@pytest.mark.parametrize("at_once", [False, True])
async def test_what_was_suppressed_together_is_accepted_again_together(
    town: Town, named: Identifier, at_once: bool
) -> None:
    ann, other = ("id", "ann"), ("id", "ben")
    await town.send(
        town.record(Identify({"email": "ann@example.com"}), ann, ("anonymous_id", "a1")),
        town.record(Identify({"email": "ben@example.com"}), other),
    )
    person = await town.person("id", "ann")
    assert person is not None
    again = ("cio_id", show(person.id)) if named[0] == "cio_id" else named
    done = [
        town.record(Suppress(), ann),
        town.record(Suppress(), other),
        town.record(Unsuppress(), again),
        town.record(Event("Back", {}), ("email", "ann@example.com")),
        town.record(Identify({"plan": "pro"}), ann, ("email", "ann@example.com"), ("anonymous_id", "a1")),
        town.record(Event("Refused", {}), ("email", "ben@example.com")),
    ]
    for part in [done] if at_once else [[each] for each in done]:
        await town.append([(7, record) for record in part])
        await town.rest()
    person = await town.person("id", "ann")
    assert person is not None
    assert person.attributes == {"id": "ann", "email": "ann@example.com", "plan": "pro"}
    assert await town.events(person) == ["Back"]
    assert (await town.person("anonymous_id", "a1")) == person
    assert await town.person("email", "ben@example.com") is None
    assert await town.rejected() == []


async def test_acceptance_comes_behind_a_suppression_on_its_way_to_another_worker(town: Town) -> None:
    names = [f"p{number}" for number in range(12)]
    await town.hire()
    await town.shared()
    await town.send(*(town.record(Identify({}), ("anonymous_id", f"browser of {name}")) for name in names))
    await town.send(
        *(town.record(Identify({}), ("id", name), ("anonymous_id", f"browser of {name}")) for name in names)
    )
    await town.send(
        *(town.record(body, ("id", name)) for name in names for body in (Suppress(), Unsuppress(), Event("Back", {})))
    )
    for name in names:
        person = await town.person("id", name)
        assert person is not None, name
        assert await town.events(person) == ["Back"]


async def test_calls_of_one_browser_may_overtake_each_other(town: Town) -> None:
    """The event that follows an identify arrives before it: the new person still gets their email, but not much later or from elsewhere."""
    ann, ben, said = ("id", "ann"), ("id", "ben"), Identify({"email": "ann@example.com", "plan": "pro"})
    await town.send(town.record(Event("Signed Up", {}), ann, trust=PUBLIC), town.record(Event("Signed Up", {}), ben))
    await town.send(town.record(said, ann, trust=PUBLIC))
    person = await town.person("email", "ann@example.com")
    assert person is not None
    assert person.attributes == {"id": "ann", "email": "ann@example.com", "plan": "pro"}
    late = int(time.time() * 1_000_000) + 10 * MINUTE
    await town.send(town.record(Identify({"email": "mine@example.com"}), ann, trust=PUBLIC))
    await town.send(town.record(Identify({"email": "mine@example.com"}), ben, trust=PUBLIC, received=late))
    assert await town.rejected() == ["a public key can't change the email of a known person"] * 2
    assert await town.person("email", "mine@example.com") is None


async def test_an_id_changes_by_way_of_the_persons_own_id_alone(town: Town) -> None:
    await town.send(
        town.record(Identify({"plan": "pro"}), ("id", "ann"), ("email", "ann@example.com")),
        town.record(Identify({}), ("id", "ben")),
    )
    person = await town.person("id", "ann")
    assert person is not None
    own = ("cio_id", show(person.id))
    await town.send(
        town.record(Identify({"email": "ann@example.com"}), ("id", "other")),
        town.record(Identify({}), own, ("id", "stolen"), trust=PUBLIC),
        town.record(Identify({"seats": 3}), own, ("id", "ben")),
    )
    assert sorted(await town.rejected()) == [
        "a public key can't change the id of a known person",
        "the email 'ann@example.com' belongs to another person",
        "the id 'ben' belongs to another person",
    ]
    await town.send(town.record(Identify({"seats": 4}), own, ("id", "anna")))
    await town.send(town.record(Event("New", {}), ("id", "anna")))
    after = await town.person("id", "anna")
    assert after is not None
    assert after.id == person.id
    assert after.attributes == {"id": "anna", "email": "ann@example.com", "plan": "pro", "seats": 4}
    assert await town.events(after) == ["New"]
    assert await town.person("id", "ann") is None
    await town.send(town.record(Event("Again", {}), ("id", "ann")))
    anew = await town.person("id", "ann")
    assert anew is not None
    assert anew.id != person.id


async def test_what_a_public_key_may_not(town: Town) -> None:
    ann = ("id", "ann")
    await town.send(town.record(Identify({"email": "ann@example.com"}), ann), town.record(Identify({}), ("id", "ben")))
    await town.send(
        town.record(Delete(), ann, trust=PUBLIC),
        town.record(Suppress(), ann, trust=PUBLIC),
        town.record(Merge(("id", "ben")), ann, trust=PUBLIC),
        town.record(Alias("ben"), ann, trust=PUBLIC),
        town.record(Identify({"email": "ann@example.com"}), ("id", "ben"), trust=PUBLIC),
        town.record(Identify({"email": "mine@example.com"}), ann, trust=PUBLIC),
    )
    assert len(await town.rejected()) == 6
    person = await town.person("email", "ann@example.com")
    assert person is not None
    assert person.attributes == {"id": "ann", "email": "ann@example.com"}
