"""A world moves people as the naive world says, and decides about messages as the deliver worker would."""

from typing import Any

from hypothesis import assume, given, settings

from tests.laws.naive import TICK
from tests.laws.real import START
from tests.laws.stories import Input, Workspace, lives, workspaces
from tests.laws.test_laws import LASTS, naive_log
from tidings.kernel.effects import Membership, Moved, Planned
from tidings.kernel.ids import digest
from tidings.kernel.records import SECRET, Consent, Event, Identify, Record
from tidings.kernel.times import DAY, HOUR, MINUTE
from tidings.people.document import Person
from tidings.simulate.actor import Actor
from tidings.simulate.post import Letter
from tidings.simulate.world import World


def lived(workspace: Workspace, life: list[Input]) -> World:
    """Let one person live through it in a world."""
    world = World(workspace.body, renders=lambda planned: False)
    id = digest("person")
    person = Person(id=id, workspace=1, partition=0, created=START, first=id, identifiers=[("id", "u")])
    actor = world.actors[id] = Actor(world.definitions, person, None, world.witness)
    for number, input in enumerate(life):
        now = START + input.minute * TICK
        body = Event(input.event, input.properties) if input.event else Identify(input.attributes)
        who, time = (("id", "u"),), now - input.late * TICK
        record = Record(digest("r", number), 1, 1, SECRET, who, time, now, body, ordered=input.ordered)
        actor.give(record, now)
    actor.rest(START + (life[-1].minute + LASTS) * TICK)
    return world


@settings(max_examples=60, deadline=None)
@given(workspaces(), lives())
def test_the_world_agrees_with_the_naive_one(workspace: Workspace, life: list[Input]) -> None:
    effects = [line.cause for line in lived(workspace, life).lines]
    assume(not any(isinstance(effect, Moved) and effect.what == "parked" for effect in effects))
    found: list[tuple[str, str, int]] = []
    for effect in effects:
        if isinstance(effect, Membership):
            found.append(("entered" if effect.on else "left", effect.segment, effect.time))
        elif isinstance(effect, Planned):
            found.append(("sent", effect.template, effect.due))
        elif isinstance(effect, Moved) and effect.what == "converted" and effect.currency:
            found.append((f"converted for {effect.value // 1_000_000}", effect.journey, effect.time))
        elif isinstance(effect, Moved) and effect.what in ("refused", "converted", "exited", "done"):
            found.append((effect.what, effect.journey, effect.time))
        elif isinstance(effect, Moved) and effect.what == "entered":
            found.append(("came", effect.journey, effect.time))
    log, _ = naive_log(workspace, life, life[-1].minute + LASTS)
    assert [(what, which, (time - START) // TICK) for what, which, time in found] == log


BODY = {
    "settings": {
        "workspace": "w",
        "sender": "team",
        "senders": {"team": {"email": "team@example.com"}},
        "topics": {"tips": {"name": "Tips"}},
        "limits": {"tips": "1 per 1 days"},
    },
    "journeys": {
        "drip": {
            "version": 1,
            "status": "live",
            "document": {
                "journey": "drip",
                "trigger": {"event": "Begun"},
                "exit": 'did "Paid" since entry',
                "steps": [
                    {"id": "a", "send": "tip"},
                    {"id": "w", "wait": "1 hour"},
                    {"id": "b", "send": "tip"},
                    {"id": "x", "wait": "2 days"},
                    {"id": "c", "send": "tip"},
                ],
            },
        }
    },
    "templates": {
        "tip": {
            "version": 1,
            "format": "html",
            "text": "---\nsubject: Tip for {{ customer.name }}\ntopic: tips\nexpires: 3 days\n---\n<p>{{ event.what }}</p>",
        }
    },
}


def letters(world: World) -> list[tuple[str, int, str]]:
    return [
        (line.cause.fate, line.time - START, line.cause.planned.step)
        for line in world.lines
        if isinstance(line.cause, Letter)
    ]


def begun() -> tuple[World, Actor]:
    world = World(BODY)
    ada = world.let_in(
        {"name": "Ada", "email": "ada@example.com"}, START, (("id", "ada"), ("email", "ada@example.com"))
    )
    world.give(ada, Event("Begun", {"what": "Read this"}), START)
    return world, ada


def test_a_cap_holds_a_message_until_there_is_room() -> None:
    world, ada = begun()
    ada.rest(START + 10 * DAY)
    assert letters(world) == [
        ("sent", 0, "a"),
        ("held", HOUR, "b"),
        ("sent", DAY, "b"),
        ("sent", 2 * DAY + HOUR, "c"),
    ]
    first = next(line.cause for line in world.lines if isinstance(line.cause, Letter))
    assert first.subject == "Tip for Ada"
    assert "Read this" in first.html


def test_a_held_message_is_cancelled_by_an_exit_and_refused_without_consent() -> None:
    world, ada = begun()
    world.give(ada, Event("Paid", {}), START + 2 * HOUR)
    ada.rest(START + 10 * DAY)
    assert letters(world) == [("sent", 0, "a"), ("held", HOUR, "b"), ("cancelled", 2 * HOUR, "b")]
    world, ada = begun()
    world.give(ada, Consent(topics={"tips": False}), START + 30 * MINUTE)
    ada.rest(START + 10 * DAY)
    assert [fate for fate, _, _ in letters(world)] == ["sent", "refused", "refused"]


def test_who_unsubscribes_still_gets_what_asks_no_consent() -> None:
    receipt = {"version": 1, "format": "html", "text": "---\nsubject: Paid\ntransactional: true\n---\nPaid"}
    steps = [{"id": "r", "send": "receipt"}, {"id": "t", "send": "tip"}, {"id": "w", "wait": "1 hour"}]
    document = {"journey": "drip", "trigger": {"event": "Begun"}, "steps": steps}
    journeys = {"drip": {"version": 1, "status": "live", "document": document}}
    world = World({**BODY, "journeys": journeys, "templates": {**BODY["templates"], "receipt": receipt}})
    ada = world.let_in({"email": "ada@example.com"}, START, (("id", "ada"), ("email", "ada@example.com")))
    world.give(ada, Event("Begun", {"what": "Read this"}), START)
    world.give(ada, Consent(unsubscribed=True), START)
    ada.rest(START + HOUR)
    assert sorted(letters(world)) == [("cancelled", 0, "t"), ("sent", 0, "r")]


def test_a_message_that_went_out_is_one_received() -> None:
    _, ada = begun()
    ada.rest(START)
    received = ada.past.of("message", "received email")
    assert [(each.properties["template"], each.received) for each in received] == [("tip", START)]


def door(limits: dict[str, Any]) -> list[tuple[str, int]]:
    """Let five people in a minute after each other; gives what was said of them at the door, and when (minutes)."""
    journey = {"journey": "go", "trigger": {"event": "Go"}, "limits": limits, "steps": [{"id": "w", "wait": "1 hour"}]}
    world = World({"journeys": {"go": {"version": 1, "status": "live", "document": journey}}})
    people = [world.let_in({}, START, (("id", f"p{n}"),)) for n in range(5)]
    for minute, actor in enumerate(people):
        world.give(actor, Event("Go", {}), START + minute * MINUTE)
    world.rest(START + 10 * HOUR)
    moves = [line.cause for line in world.lines if isinstance(line.cause, Moved)]
    return sorted(
        ((move.what, (move.time - START) // MINUTE) for move in moves if move.what in ("entered", "refused")),
        key=lambda move: move[1],
    )


def test_a_door_is_played_with_the_people_of_the_world() -> None:
    assert door({"entry": "2 per hour"}) == [("entered", minute) for minute in (0, 1, 60, 61, 120)]
    assert door({"at_once": 2}) == [("entered", minute) for minute in (0, 1, 60, 61, 120)]
    assert door({"in_all": 2}) == [("entered", 0), ("entered", 1), ("refused", 2), ("refused", 3), ("refused", 4)]
    assert door({"at_once": 4, "over": "refuse"}) == [("entered", n) for n in range(4)] + [("refused", 4)]
