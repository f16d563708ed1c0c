"""A town in spring: lives with merges, groups and causes, led by our own workers, and backtests of them."""

import random
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from tests.conftest import Database
from tests.processor.test_laws import live as append
from tests.processor.town import Town
from tidings.database.access import Workspace
from tidings.kernel.ids import digest
from tidings.kernel.records import (
    SECRET,
    Alias,
    Consent,
    Enter,
    Event,
    Group,
    Identify,
    Merge,
    Record,
    encode,
    home,
)
from tidings.kernel.times import DAY, HOUR, MINUTE
from tidings.simulate import kept
from tidings.simulate.backtest import Asked, Result, backtest
from tidings.simulate.measure import Count


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database, workers=0)
    yield made
    await made.close()


async def run(town: Town, journey: str, *bodies: dict[str, Any], days: int = 30, **more: Any) -> tuple[Result, Count]:
    """Backtest what is in force in the town's workspace (or these bodies, the last of which is in force)."""
    own = Workspace(town.workspace, "town", town.secret)
    sides = [("draft", body, False) for body in bodies] + [("live", town.body, True)]
    asked = Asked(journey, sides, days=days, **more)
    id = await backtest(town.database.pool, town.database.url, own, asked, processes=0)
    async with town.database.pool.acquire() as connection:
        found = await kept.read(connection, town.workspace, id)
    assert found is not None
    assert found.state == "done", found.reason
    assert found.result is not None
    result = msgspec.convert(found.result, Result)
    return result, msgspec.convert(result.count, Count)


SPRING: dict[str, Any] = {
    "settings": {
        "workspace": "town",
        "sender": "team",
        "senders": {"team": {"email": "team@example.com"}},
        "topics": {"tips": {"name": "Tips"}},
    },
    "segments": {
        "buyers": {
            "segment": "buyers",
            "rule": 'did "Order Completed" at least 2 times within 3 days where total >= 10',
        },
        "quiet": {"segment": "quiet", "rule": 'email is present and not did "Order Completed" within 1 day'},
        "large": {"segment": "large", "rule": "company.seats >= 20"},
        "vip": {"segment": "vip", "rule": 'in segment "buyers" or vip = true'},
        "greeted": {"segment": "greeted", "manual": True},
    },
    "journeys": {
        "care": {
            "version": 1,
            "status": "live",
            "document": {
                "journey": "care",
                "trigger": {"event": "Signed Up"},
                "audience": "email is present",
                "exit": "unsubscribed = true",
                "goal": {"rule": 'did "Order Completed" since entry', "within": "5 days"},
                "reenter": "after 1 day",
                "steps": [
                    {"id": "hello", "send": "hello"},
                    {"id": "mark", "set": {"greeted": True}},
                    {"id": "first", "wait_until": 'did "Order Completed" since entry', "at_most": "2 days"},
                    {"id": "greet", "add_to": "greeted"},
                    {"id": "then", "start": "after", "with": {"n": 1}},
                    {"id": "tell", "track": "Cared For", "properties": {"n": 1}},
                    {
                        "id": "way",
                        "branch": [
                            {"when": 'in segment "vip"', "steps": [{"id": "thanks", "send": "hello"}]},
                            {"when": 'did "Cared For" within 1 hour', "steps": [{"id": "more", "send": "more"}]},
                            {"otherwise": []},
                        ],
                    },
                    {"id": "rest", "wait": "12 hours"},
                    {"id": "bye", "only_if": 'did "Viewed" at least 2 times', "send": "more"},
                ],
            },
        },
        "after": {
            "version": 1,
            "status": "live",
            "document": {
                "journey": "after",
                "trigger": {"event": "Nobody Does This"},
                "audience": 'in segment "greeted"',
                "reenter": "always",
                "steps": [
                    {"id": "pause", "wait": "1 hour"},
                    {"id": "leave", "only_if": 'in segment "greeted"', "unsubscribe": "tips"},
                    {"id": "out", "remove_from": "greeted"},
                ],
            },
        },
        "large": {
            "version": 1,
            "status": "live",
            "document": {
                "journey": "large",
                "trigger": {"segment": "entered large"},
                "steps": [{"id": "set", "set": {"vip": True}}, {"id": "mail", "send": "more"}],
            },
        },
        "asked": {
            "version": 1,
            "status": "live",
            "document": {
                "journey": "asked",
                "trigger": {"api": True},
                "reenter": "after 1 day",
                "steps": [{"id": "answer", "send": "more"}, {"id": "rest", "wait": "3 hours"}],
            },
        },
        "quiet": {
            "version": 1,
            "status": "live",
            "document": {
                "journey": "quiet",
                "trigger": {"segment": "entered quiet"},
                "reenter": "always",
                "steps": [{"id": "back", "send": "more"}, {"id": "note", "track": "Missed", "properties": {}}],
            },
        },
    },
    "templates": {
        "hello": {
            "version": 1,
            "format": "html",
            "text": "---\nsubject: Hello\ntopic: tips\n---\nHi {{ customer.email }}",
        },
        "more": {"version": 1, "format": "html", "text": "---\nsubject: More\n---\n{{ event.n | default: 'x' }}"},
    },
}


def spring(town: Town, seed: int, people: int, start: int) -> list[tuple[int, int, bytes]]:
    """Three weeks of people who browse, become known, buy, join companies, turn out to be one, and leave."""
    dice = random.Random(seed)
    rows = []

    def add(at: int, who: tuple[str, str], body: Any, late: int = 0) -> None:
        record = Record(digest(seed, len(rows)), town.workspace, 1, SECRET, (who,), at - late, at, body)
        rows.append((at, home(record), encode(record)))

    for n in range(people):
        browser, id, at = ("anonymous_id", f"b{n}"), ("id", f"u{n}"), start + dice.randrange(3 * DAY)
        for _ in range(dice.randrange(3)):
            add(at, browser, Event("Viewed", {"n": n}))
            at += dice.randrange(2 * HOUR)
        known = dice.random()
        if known < 0.3:
            add(at, browser, Identify({"email": f"u{n}@example.com"}))
            at += HOUR
        record = Record(
            digest(seed, "known", n), town.workspace, 1, SECRET, (id, browser), at, at, Identify({"plan": "trial"})
        )
        rows.append((at, home(record), encode(record)))
        if known >= 0.3 and dice.random() < 0.8:
            add(at + MINUTE, id, Identify({"email": f"u{n}@example.com"}))
        at += 2 * MINUTE
        for _ in range(dice.randrange(10)):
            what = dice.choice(
                [
                    "Signed Up",
                    "Signed Up",
                    "Signed Up",
                    "Order Completed",
                    "Order Completed",
                    "Viewed",
                    "group",
                    "consent",
                    "merge",
                    "email",
                    "asked",
                    "asked",
                ]
            )
            late = dice.choice([0, 0, 0, 5 * MINUTE, 30 * HOUR])
            if what == "group":
                add(at, id, Group("company", f"c{n % 5}", {"seats": dice.choice([5, 30])}))
            elif what == "asked":
                add(at, id, Enter("asked", {"n": n}))
            elif what == "consent":
                add(at, id, Consent(unsubscribed=dice.random() < 0.3, topics={"tips": dice.random() < 0.5}))
            elif what == "merge" and n > 2:
                add(at, id, dice.choice([Merge(("id", f"u{n - 1}")), Alias(f"u{n - 2}")]))
            elif what == "email" and n % 3 == 0:
                add(at, id, Identify({"email": dice.choice([f"new{n}@example.com", f"u{n - 1}@example.com"])}))
            else:
                add(at, id, Event(what, {"total": dice.choice([5, 20]), "n": n}), late)
            at += dice.randrange(2 * DAY)
    return rows


async def lived(town: Town, seed: int, people: int = 60) -> None:
    """Let people live through a spring, ending some days ago."""
    start = (time.time_ns() // 1000) - 40 * DAY
    await town.define(SPRING, start - HOUR)
    await append(town, spring(town, seed, people, start))
    await town.hire(500)
    await town.rest()


def changed(**steps: Any) -> dict[str, Any]:
    """The spring's definitions with some steps of `care` changed."""
    care = SPRING["journeys"]["care"]
    document = {
        **care["document"],
        "steps": [{**step, **steps.get(step["id"], {})} for step in care["document"]["steps"]],
    }
    return {**SPRING, "journeys": {**SPRING["journeys"], "care": {**care, "version": 2, "document": document}}}
