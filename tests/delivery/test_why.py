"""A delivery's story in sentences."""

import pytest

from tests.delivery.world import World, consent
from tidings.delivery.delivery import Delivery
from tidings.delivery.why import reads, why
from tidings.kernel.times import SECOND


async def story(world: World, **changes: object) -> list[str]:
    found = await world.delivery(await world.plan(await world.person("ada"), due=1_800_000_000 * SECOND, expires=0))
    for name, value in changes.items():
        setattr(found, name, value)
    return why(found)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "It is to be sent as soon as it is due."),
        (
            {"reason": "the journey is paused", "next_attempt": 1_800_000_060 * SECOND},
            "It waits until 2027-01-15T08:01:00Z: the journey is paused.",
        ),
        (
            {"state": "sent", "settled": 1_800_000_001 * SECOND + 5, "provider_id": "Q1"},
            "The provider took it at 2027-01-15T08:00:01Z as Q1.",
        ),
        (
            {"state": "sent", "settled": 1_800_000_001 * SECOND, "provider_id": "SM1", "reason": "3 segments"},
            "The provider took it at 2027-01-15T08:00:01Z as SM1: 3 segments.",
        ),
        ({"state": "unknown", "reason": "gone"}, "Whether it went out is not known: gone."),
        ({"state": "cancelled", "reason": "the run ended"}, "It was cancelled before it was sent: the run ended."),
        ({"opened_at": 1_800_000_009 * SECOND}, "It was opened at 2027-01-15T08:00:09Z."),
        (
            {"attempts": 2, "recipient": "a@b.c", "provider": "smtp"},
            "Sending it by smtp to a@b.c was tried 2 times.",
        ),
        (
            {"attempts": 2, "recipient": "a@b.c", "provider": "smtp", "state": "unknown"},
            "It was handed over by smtp to a@b.c 2 times.",
        ),
    ],
)
async def test_sentences(world: World, changes: dict[str, object], sentence: str) -> None:
    assert sentence in await story(world, **changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "sent", "sent_at": 1_800_000_001 * SECOND}, "As it was handed over at"),
        ({"state": "attempting"}, "As it was handed over at"),
        ({"state": "bounced", "sent_at": 1_800_000_001 * SECOND}, "As it was handed over at"),
        ({"state": "failed"}, "As it was tried at 2027-01-15T08:00:00Z, the last time: it was not taken."),
        ({"state": "refused"}, "As it was tried at"),
        ({"state": "planned"}, "As it was tried at"),
    ],
)
async def test_a_copy_says_whether_it_was_taken(world: World, changes: dict[str, object], said: str) -> None:
    found = await world.delivery(await world.plan(await world.person("ada")))
    for name, value in changes.items():
        setattr(found, name, value)
    assert reads(found, 1_800_000_000 * SECOND).startswith(said)


async def test_it_begins_with_who_planned_it(world: World) -> None:
    assert (await story(world))[0] == (
        "Step hello of the journey onboarding (version 1) planned the email `welcome`, due 2027-01-15T08:00:00Z."
    )


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (-1, ["It was not due yet."]),
        (0, ["What was to become of it was not decided yet."]),
        (1, ["It was handed over by smtp to a@b.c once.", "The provider took it at 2027-01-15T08:00:01Z."]),
        (8, ["It was handed over by smtp to a@b.c once.", "The provider took it at 2027-01-15T08:00:01Z."]),
    ],
)
async def test_a_moment_of_the_past_knows_nothing_of_what_came_later(
    world: World, second: int, told: list[str]
) -> None:
    due = 1_800_000_000 * SECOND
    found = await world.delivery(await world.plan(await world.person("ada"), due=due, expires=0))
    found.state, found.settled, found.sent_at, found.opened_at = "sent", due + SECOND, due + SECOND, due + 9 * SECOND
    found.attempts, found.provider, found.recipient, found.again_as = 1, "smtp", "a@b.c", "another"
    assert why(found, due + second * SECOND)[1:] == told
    assert why(found, due + 9 * SECOND)[1:] == why(found)[1:-1]
    found.state, found.settled, found.reason = "bounced", due + 20 * SECOND, "no such box"
    assert why(found, due + 9 * SECOND)[1:] == [
        "The provider took it at 2027-01-15T08:00:01Z.",
        "It was opened at 2027-01-15T08:00:09Z.",
    ]


async def test_every_state_has_a_sentence(world: World) -> None:
    await world.publish()
    person = await world.person("ada", consent=consent(unsubscribed=True))
    id = await world.plan(person)
    await world.claim()
    found: Delivery = await world.delivery(id)
    assert why(found)[1].startswith("It was not sent, decided at ")
    assert why(found)[1].endswith(": the person unsubscribed from everything.")
