"""What a message said beside its content stands in history with the row it led to, whichever way that was reached."""

import time
from typing import Any

from msgspec.structs import replace

from tests.processor.town import Town
from tidings.history import of_person, unpack
from tidings.kernel.ids import home_of, show
from tidings.kernel.records import (
    Alias,
    Body,
    Consent,
    Device,
    Event,
    Group,
    Identifier,
    Identify,
    Merge,
    Record,
    Ungroup,
    Unmerge,
)
from tidings.people import links, rejected
from tidings.people.document import Person

ANN = ("id", "ann")


def said(n: int) -> dict[str, Any]:
    return {"context": {"page": {"url": f"https://e.x/{n}"}}, "integrations": {"All": False}, "sentAt": "2026-11-01"}


def beside(town: Town, n: int, body: Body, *who: Identifier) -> Record:
    return replace(town.record(body, *who), context=said(n))


async def known(town: Town, kind: str, value: str) -> Person:
    person = await town.person(kind, value)
    assert person is not None
    return person


async def kept(town: Town, person: Person) -> list[tuple[bytes, Any]]:
    """The rows of somebody, and of whom they absorbed, that something stands beside: (id, what)."""
    async with town.database.pool.acquire() as connection:
        absorbed = (await links.absorbed(connection, [person.id])).get(person.id, [])
        rows = await of_person(connection, [(home_of(id), id) for id in (person.id, *absorbed)])
    return [(row.id, unpack(row.context)) for row in rows if row.context is not None]


async def test_each_kind_of_call_keeps_it(town: Town) -> None:
    bodies: list[Body] = [
        Identify({"plan": "pro"}),
        Event("Paid", {}),
        Event("/docs", {}, "page"),
        Event("Home", {}, "screen"),
        Consent(topics={"news": False}),
        Device("t", "ios"),
        Group("company", "acme", {"seats": 5}, {"role": "admin"}),
        Ungroup("company", "acme"),
    ]
    sent = [beside(town, n, body, ANN) for n, body in enumerate(bodies)]
    await town.send(*sent, town.record(Event("Bare", {}), ANN))
    ann = await known(town, *ANN)
    assert sorted(await kept(town, ann)) == sorted((each.id, each.context) for each in sent)
    assert await town.database.fetchval("SELECT count(*) FROM history WHERE name = 'Bare' AND context IS NULL") == 1


async def test_people_who_become_one_and_part_again_keep_theirs(town: Town) -> None:
    ben = ("id", "ben")
    first, second = beside(town, 1, Event("Paid", {}), ANN), beside(town, 2, Event("Paid", {}), ben)
    await town.send(first, second)
    lost = await known(town, *ben)
    await town.send(town.record(Merge(ben), ANN))
    ann = await known(town, *ANN)
    both = sorted([(first.id, said(1)), (second.id, said(2))])
    assert sorted(await kept(town, ann)) == both
    await town.send(town.record(Unmerge(lost.id), ("cio_id", show(ann.id))))
    assert await kept(town, await known(town, *ANN)) == [(first.id, said(1))]
    assert await kept(town, await known(town, *ben)) == [(second.id, said(2))]


async def test_an_alias_keeps_it_with_what_it_links(town: Town) -> None:
    await town.send(town.record(Event("Seen", {}), ("anonymous_id", "browser")))
    await town.send(beside(town, 1, Alias("browser"), ANN), beside(town, 2, Alias("former"), ("id", "ben")))
    assert {str(each) for _, each in await kept(town, await known(town, *ANN))} == {str(said(1))}
    assert {str(each) for _, each in await kept(town, await known(town, "id", "ben"))} == {str(said(2))}


async def test_what_can_not_be_applied_keeps_it_and_a_replay_brings_it(town: Town) -> None:
    update = beside(town, 1, Identify({"plan": "pro"}, create=False), ANN)
    await town.send(update)
    await town.send(town.record(Identify({}), ANN))
    async with town.database.pool.acquire() as connection:
        (entry,) = (await rejected.page(connection, town.workspace)).found
        assert entry.record == update
        await rejected.replay(connection, town.workspace, [entry.id], time.time_ns() // 1000)
    await town.rest()
    assert [each for _, each in await kept(town, await known(town, *ANN))] == [said(1)]
