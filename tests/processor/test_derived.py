"""Derived events through the log, builds and history: at every moment as if all that ever happened were looked at afresh."""

import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.conftest import Database
from tests.processor.town import Town
from tidings.history import kinds
from tidings.kernel.records import Event

NAMES = [f"u{n}" for n in range(12)]
Happened = tuple[str, str, str, int]
"""(who, kind, name, n)."""
Means = Callable[[str, str, int], bool]


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database)
    yield made
    await made.close()


MADE: list[tuple[dict[str, str], Means]] = [
    ({"Viewed pricing": 'did page "Pricing"'}, lambda kind, name, n: (kind, name) == ("page", "Pricing")),
    (
        {"Viewed pricing": 'did page "Pricing" or did "Compared"'},
        lambda kind, name, n: (kind, name) in (("page", "Pricing"), ("track", "Compared")),
    ),
    (
        {"Viewed pricing": '(did page "Pricing" where n > 2) or did "Compared" where n = 1'},
        lambda kind, name, n: ((kind, name) == ("page", "Pricing") and n > 2) or (name == "Compared" and n == 1),
    ),
    (
        {
            "Viewed pricing": 'did "Looked" where n < 3',
            "Looked": 'did page "Pricing" or did screen "Pricing" where n > 0',
        },
        lambda kind, name, n: name == "Pricing" and n < 3 and (kind == "page" or (kind == "screen" and n > 0)),
    ),
    ({}, lambda kind, name, n: (kind, name) == ("track", "Viewed pricing")),
]


async def test_its_past_counts_an_edit_counts_afresh_and_nothing_is_written_of_it(town: Town) -> None:
    dice, lived = random.Random(4), list[Happened]()
    for made, means in [MADE[4], *MADE[:4], MADE[1], MADE[4]]:
        await happen(town, dice, lived)
        await define(town, made)
        await hold(town, lived, means)
        await happen(town, dice, lived)
        await hold(town, lived, means)
    rows = await town.database.fetch(
        "SELECT kind, name, count(*) FROM history WHERE kind = ANY($1) GROUP BY 1, 2",
        [kinds.TRACK, kinds.PAGE, kinds.SCREEN],
    )
    assert sum(row[2] for row in rows) == len(lived)


async def test_it_lets_into_journeys_from_now_on_and_never_for_what_was_before(town: Town) -> None:
    await town.define({"segments": {}})
    await town.send(town.record(Event("Pricing", {"n": 5}, "page"), ("id", "before")))
    document = {
        "journey": "j",
        "trigger": {"event": "Viewed pricing", "where": "n > 3"},
        "steps": [{"id": "mark", "set": {"seen": "{{ event.n }}"}}],
    }
    await town.define(body(MADE[0][0]) | {"journeys": {"j": {"version": 1, "status": "live", "document": document}}})
    await town.rest()
    await town.built()
    await town.send(
        town.record(Event("Other", {}), ("id", "before")),
        town.record(Event("Pricing", {"n": 3}, "page"), ("id", "little")),
        town.record(Event("Pricing", {"n": 4}, "page"), ("id", "after")),
    )
    seen = {name: (await town.person("id", name)) for name in ("before", "little", "after")}
    assert {name: who.attributes.get("seen") for name, who in seen.items() if who} == {
        "before": None,
        "little": None,
        "after": 4,
    }


def body(made: dict[str, str]) -> dict[str, Any]:
    rules = {
        "ever": 'did "Viewed pricing"',
        "often": 'did "Viewed pricing" at least 3 times within 30 days where n >= 1',
        "never": 'did not "Viewed pricing"',
    }
    events = {
        name.lower().replace(" ", "-"): {"event": name.lower().replace(" ", "-"), "name": name, "rule": rule}
        for name, rule in made.items()
    }
    segments = {name: {"segment": name, "rule": rule} for name, rule in rules.items()}
    return {"segments": segments} | ({"events": events} if events else {})


async def define(town: Town, made: dict[str, str]) -> None:
    await town.define(body(made))
    await town.rest()
    await town.built()


async def happen(town: Town, dice: random.Random, lived: list[Happened]) -> None:
    """Let some people do something, others nothing at all."""
    new = [
        (
            dice.choice(NAMES),
            *dice.choice(
                [("page", "Pricing"), ("track", "Compared"), ("screen", "Pricing"), ("track", "Viewed pricing")]
            ),
            dice.randrange(5),
        )
        for _ in range(10)
    ]
    lived += new
    await town.send(*(town.record(Event(name, {"n": n}, kind), ("id", who)) for who, kind, name, n in new))  # type: ignore[arg-type]


async def hold(town: Town, lived: list[Happened], means: Means) -> None:
    """Compare everybody's segments with all that ever happened."""
    for name in sorted({each[0] for each in lived}):
        own = [n for own, kind, event, n in lived if own == name and means(kind, event, n)]
        who = await town.person("id", name)
        assert who is not None
        rows = await town.database.fetch("SELECT segment FROM memberships WHERE person = $1", who.id)
        wanted = {"ever"} if own else {"never"}
        assert {row[0] for row in rows} == wanted | ({"often"} if sum(n >= 1 for n in own) >= 3 else set()), (name, own)
