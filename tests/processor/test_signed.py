"""What a signed user id proves is that id alone: what is said of its person is taken, and nobody else is touched."""

from tests.processor.town import Town
from tidings.kernel.records import MISSIGNED, SIGNED, Consent, Delete, Event, Identify, Suppress, Unsuppress
from tidings.processor.trust import WRONG

ANN, BEN = ("id", "ann"), ("id", "ben")


async def test_somebody_changes_their_own(town: Town) -> None:
    await town.send(town.record(Identify({"email": "ann@example.com"}), ANN))
    await town.send(
        town.record(Identify({"email": "new@example.com"}), ANN, ("anonymous_id", "browser"), trust=SIGNED),
        town.record(Consent(True), ANN, trust=SIGNED),
    )
    person = await town.person("email", "new@example.com")
    assert person is not None
    assert set(person.identifiers) == {ANN, ("email", "new@example.com"), ("anonymous_id", "browser")}
    assert person.consent.unsubscribed is True
    assert await town.person("email", "ann@example.com") is None
    await town.send(town.record(Identify({"email": None}), ANN, trust=SIGNED))
    assert await town.person("email", "new@example.com") is None
    await town.send(town.record(Suppress(), ANN, trust=SIGNED), town.record(Event("Lost", {}), ANN))
    assert await town.person("id", "ann") is None
    await town.send(town.record(Unsuppress(), ANN, trust=SIGNED))
    await town.send(town.record(Event("Back", {}), ANN))
    person = await town.person("id", "ann")
    assert person is not None
    assert await town.events(person) == ["Back"]
    await town.send(town.record(Delete(), ANN, trust=SIGNED))
    assert await town.person("id", "ann") is None
    assert await town.rejected() == []


async def test_nobodys_email_is_taken_and_nobody_is_joined_by_one(town: Town) -> None:
    lead = ("email", "lead@example.com")
    await town.send(
        town.record(Identify({"plan": "pro"}), lead),
        town.record(Identify({"email": "ben@example.com"}), BEN),
        town.record(Identify({}), ANN),
    )
    await town.send(
        town.record(Identify({"email": "ben@example.com", "seats": 1}), ANN, trust=SIGNED),
        town.record(Identify({"email": "lead@example.com", "seats": 2}), ANN, trust=SIGNED),
        town.record(Identify({"email": "Lead@example.com", "seats": 3}), ("id", "new"), trust=SIGNED),
    )
    for each, own in (
        (lead, {"email": "lead@example.com", "plan": "pro"}),
        (BEN, {"id": "ben", "email": "ben@example.com"}),
    ):
        person = await town.person(*each)
        assert person is not None
        assert person.attributes == own
    for name, seats in (("ann", 2), ("new", 3)):
        person = await town.person("id", name)
        assert person is not None
        assert person.identifiers == [("id", name)]
        assert person.attributes == {"id": name, "seats": seats}
    assert sorted(await town.rejected()) == [
        "the email 'Lead@example.com' belongs to another person",
        "the email 'ben@example.com' belongs to another person",
        "the email 'lead@example.com' belongs to another person",
    ]


async def test_a_wrong_signature_counts_for_nothing_and_is_named(town: Town) -> None:
    await town.send(town.record(Identify({"email": "ann@example.com"}), ANN), town.record(Consent(False), ANN))
    before = await town.person("id", "ann")
    await town.send(
        town.record(Identify({"email": "new@example.com"}), ANN, trust=MISSIGNED),
        town.record(Identify({"email": None}), ANN, trust=MISSIGNED),
        town.record(Consent(True), ANN, trust=MISSIGNED),
        town.record(Delete(), ANN, trust=MISSIGNED),
        town.record(Suppress(), ANN, trust=MISSIGNED),
        town.record(Unsuppress(), ANN, trust=MISSIGNED),
        town.record(Identify({"email": "ann@example.com"}), BEN, trust=MISSIGNED),
    )
    assert sorted(await town.rejected()) == [
        f"{why}; {WRONG}"
        for why in (
            "a public key can't accept a suppressed person again",
            "a public key can't change the email of a known person",
            "a public key can't change the email of a known person",
            "a public key can't change what a known person agreed to",
            "a public key can't delete a person",
            "a public key can't suppress a person",
            "the email 'ann@example.com' belongs to another person; a public key can't change that",
        )
    ]
    await town.send(town.record(Identify({"plan": "pro"}), ANN, trust=MISSIGNED))
    after = await town.person("id", "ann")
    assert before is not None
    assert after is not None
    assert after.attributes == {**before.attributes, "plan": "pro"}
    assert len(await town.rejected()) == 7
