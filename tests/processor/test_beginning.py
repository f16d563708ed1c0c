"""Who begins by what: what is only about somebody who is there makes nobody, and a name is not changed in passing."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings.database.access import Source
from tidings.ingest.sealed import sealed
from tidings.kernel.ids import show
from tidings.kernel.records import Body, Consent, Device, Event, Group, Identifier, Identify, Member, Merge, Ungroup

ANN, BEN, BROWSER = ("id", "ann"), ("id", "ben"), ("anonymous_id", "b1")
NOBODY = "there is no such person"


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database)
    yield made
    await made.close()


async def said(town: Town, who: tuple[Identifier, ...], *bodies: Body) -> None:
    """Apply what one call says."""
    like = town.record(Event("x", {}), ANN)
    source = Source(like.source, like.workspace, "track", "track", False, b"", "")
    await town.send(*sealed(source, who, like.time, like.received, bodies))


@pytest.mark.parametrize(
    "body", [Member("vip", True), Member("vip", False), Ungroup("company", "acme"), Device("tok", gone=True)]
)
async def test_what_takes_part_of_somebody_makes_nobody(town: Town, body: Body) -> None:
    await town.send(town.record(body, ANN))
    assert await town.person(*ANN) is None
    assert await town.rejected() == [NOBODY]


async def test_an_update_makes_nobody_whatever_else_it_says(town: Town) -> None:
    await town.send(town.record(Event("Looked", {}), BROWSER))
    for who in ((ANN,), (ANN, BROWSER)):
        await said(town, who, Identify({"plan": "pro"}, create=False), Consent(True), Group("company", "acme"))
    assert await town.person(*ANN) is None
    assert await town.rejected() == [NOBODY] * 6
    visitor = await town.person(*BROWSER)
    assert visitor is not None
    assert (visitor.attributes, visitor.groups, visitor.consent.unsubscribed) == ({}, [], False)


async def test_an_update_reaches_who_is_there(town: Town) -> None:
    await town.send(town.record(Event("Looked", {}), BROWSER), town.record(Identify({}), ANN))
    await said(town, (ANN, BROWSER), Identify({"plan": "pro"}, create=False), Consent(True))
    person = await town.person(*ANN)
    assert person is not None
    assert (person.attributes["plan"], person.consent.unsubscribed) == ("pro", True)
    assert person == await town.person(*BROWSER)
    await said(town, (("cio_id", show(person.id)), ("id", "anna")), Identify({}, create=False))
    assert await town.person("id", "anna") is not None
    assert await town.rejected() == []


async def test_a_merge_into_nobody_does_nothing(town: Town) -> None:
    await town.send(town.record(Identify({"plan": "pro"}), BEN))
    await town.send(town.record(Merge(BEN), ANN))
    assert await town.person(*ANN) is None
    ben = await town.person(*BEN)
    assert ben is not None
    assert ben.identifiers == [BEN]
    assert await town.rejected() == ["there is no such person to merge into"]


async def test_somebodys_email_named_first_decides(town: Town) -> None:
    email = ("email", "ann@x.test")
    await town.send(town.record(Identify({"email": email[1]}), ANN), town.record(Identify({}), BEN))
    await said(town, (email, BEN), Identify({"plan": "pro"}))
    await said(town, (email, ("id", "other")), Identify({"seats": 2}))
    ann, ben = await town.person(*ANN), await town.person(*BEN)
    assert ann is not None
    assert ben is not None
    assert ann.attributes == {"id": "ann", "email": "ann@x.test", "plan": "pro", "seats": 2}
    assert ann.identifiers == [ANN, email]
    assert ben.attributes == {"id": "ben"}
    assert await town.person("id", "other") is None
    assert sorted(await town.rejected()) == [
        "the id 'ben' belongs to another person",
        "the person has another id than 'other'",
    ]


@pytest.mark.parametrize("who", [(("email", "ann@x.test"), ANN), (ANN,)])
async def test_an_email_alone_gains_the_id_that_comes_with_it(town: Town, who: tuple[Identifier, ...]) -> None:
    email = ("email", "ann@x.test")
    await said(town, (email,), Identify({}))
    await said(town, who, Identify({"email": email[1]}))
    person = await town.person(*ANN)
    assert person is not None
    assert person.identifiers == [email, ANN]
    assert await town.rejected() == []


async def test_an_id_does_not_change_by_way_of_itself(town: Town) -> None:
    await said(town, (ANN, BEN), Identify({"plan": "pro"}))
    person = await town.person(*ANN)
    assert person is not None
    assert (person.identifiers, person.attributes) == ([ANN], {"id": "ann", "plan": "pro"})
    assert await town.person(*BEN) is None
    assert await town.rejected() == ["the id 'ben' is not the one by which the person is named"]


async def test_an_email_does_not_change_by_way_of_itself(town: Town) -> None:
    email = ("email", "ann@x.test")
    await said(town, (email,), Identify({"email": "Ann@x.test"}))
    assert await town.rejected() == []
    await said(town, (email,), Identify({"email": "new@x.test", "plan": "pro"}))
    person = await town.person(*email)
    assert person is not None
    assert person.attributes == {"email": "ann@x.test", "plan": "pro"}
    assert await town.rejected() == ["the email 'new@x.test' is not the one by which the person is named"]
