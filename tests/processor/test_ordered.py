"""A change that says when it was made never undoes a later one, in whatever order they arrive, and history tells that it came."""

from itertools import permutations
from typing import Any

import msgspec

from tests.processor.town import Town
from tidings.history import kinds, unpack
from tidings.kernel.records import Body, Consent, Identifier, Identify, Merge, Record
from tidings.kernel.times import MINUTE

ANN, BEN = ("id", "ann"), ("id", "ben")


def ago(town: Town, minutes: int, body: Body, *who: Identifier) -> Record:
    """Make a record that says it was made so many minutes before it came."""
    record = town.record(body, *who)
    return msgspec.structs.replace(record, time=record.received - minutes * MINUTE, ordered=True)


async def rows(town: Town, kind: int) -> list[Any]:
    found = await town.database.fetch("SELECT body FROM history WHERE kind = $1 ORDER BY received, place, time", kind)
    return [unpack(row["body"]) for row in found]


async def test_in_whatever_order_they_arrive_the_latest_said_stays(town: Town) -> None:
    said = {30: {"plan": "trial", "seats": 1}, 20: {"plan": "pro"}, 10: {"plan": None, "city": "Rome"}}
    for number, order in enumerate(permutations(said)):
        who = ("id", f"p{number}")
        await town.send(*(ago(town, minutes, Identify(said[minutes]), who) for minutes in order))
        person = await town.person(*who)
        assert person is not None
        assert person.attributes == {"id": who[1], "seats": 1, "city": "Rome"}, order
    assert await town.rejected() == []


async def test_what_says_no_time_was_said_when_it_came(town: Town) -> None:
    await town.send(town.record(Identify({"plan": "pro", "seats": 3}), ANN))
    await town.send(
        ago(town, 5, Identify({"plan": "trial", "city": "Rome"}), ANN), town.record(Identify({"seats": 4}), ANN)
    )
    person = await town.person(*ANN)
    assert person is not None
    assert person.attributes == {"id": "ann", "plan": "pro", "seats": 4, "city": "Rome"}
    assert await rows(town, kinds.ATTRIBUTES) == [{"plan": "pro", "seats": 3}, {"city": "Rome"}, {"seats": 4}]
    assert await rows(town, kinds.OUTDATED) == [{"plan": "trial"}]
    await town.send(ago(town, 6, Identify({"plan": "trial"}), ANN))
    assert await rows(town, kinds.OUTDATED) == [{"plan": "trial"}, {"plan": "trial"}]
    assert len(await rows(town, kinds.ATTRIBUTES)) == 3


async def test_consent_too(town: Town) -> None:
    await town.send(
        town.record(Consent(topics={"news": False}), ANN),
        ago(town, 10, Consent(True, {"tips": True}, {"sms": True}), ANN),
    )
    await town.send(ago(town, 20, Consent(False, {"news": True, "tips": False}, {"push": False}), ANN))
    person = await town.person(*ANN)
    assert person is not None
    assert person.consent.unsubscribed is True
    assert person.consent.topics == {"news": False, "tips": True}
    assert person.consent.channels == {"sms": True, "push": False}
    assert person.attributes == {"id": "ann", "unsubscribed": True}
    late = {"unsubscribed": False, "topics.news": True, "topics.tips": False}
    assert await rows(town, kinds.OUTDATED) == [late]
    await town.send(ago(town, 30, Consent(False), ANN))
    assert len(await rows(town, kinds.CONSENT)) == 3
    await town.send(ago(town, 5, Consent(False), ANN))
    person = await town.person(*ANN)
    assert person is not None
    assert person.consent.unsubscribed is False


async def test_it_is_remembered_through_a_merge(town: Town) -> None:
    await town.send(
        town.record(Identify({"plan": "pro"}), ANN),
        ago(town, 10, Identify({"city": "Rome", "plan": "free"}), BEN),
    )
    await town.send(town.record(Merge(BEN), ANN))
    await town.send(ago(town, 5, Identify({"city": "Oslo", "plan": "trial"}), BEN))
    await town.send(ago(town, 20, Identify({"city": "Bern"}), ANN))
    person = await town.person(*ANN)
    assert person is not None
    assert {name: person.attributes[name] for name in ("plan", "city")} == {"plan": "pro", "city": "Oslo"}
