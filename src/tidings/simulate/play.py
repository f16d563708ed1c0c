"""Play a story: the world it tells of, and what of it did not come out as expected."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from tidings.engine import NOTHING, Needs
from tidings.engine.why import Came, why, why_member
from tidings.journeys.step import every
from tidings.kernel.effects import Moved
from tidings.kernel.problems import Problem
from tidings.simulate import typed
from tidings.simulate.actor import Actor
from tidings.simulate.expected import THEN, Expected, Fault, after, of_letters, of_moves, then
from tidings.simulate.given import Given, happen
from tidings.simulate.named import misspelt, names_of
from tidings.simulate.outside import Stubs
from tidings.simulate.post import Letter
from tidings.simulate.story import Story
from tidings.simulate.trace import trace
from tidings.simulate.world import World


class Played(Struct, frozen=True):
    """``faults``: empty where all came out. ``trace``: by person, what happened line by line. ``reasons``: why, by person and the journey
    or segment it is about."""

    story: Story
    faults: tuple[Fault, ...]
    trace: Mapping[str, tuple[str, ...]]
    reasons: Mapping[tuple[str, str], tuple[str, ...]]


def play(body: Mapping[str, Any], story: Story) -> Played:
    """Play it in a world of these definitions (the body of a snapshot)."""
    if unknown := list(misspelt(story, names_of(body))):
        return Played(story, tuple(Fault(_said(problem), problem.path, who) for who, problem in unknown), {}, {})
    if story.journeys is not None:
        body = {**body, "journeys": {name: body["journeys"][name] for name in story.journeys}}
    if unfit := list(typed.misfits(story.answers, [body])):
        return Played(story, tuple(Fault(wrong, (*story.path, "answers", step)) for step, wrong in unfit), {}, {})
    world = World(body, stubs=Stubs(story.answers, story.failures))
    cast = {
        name: world.let_in(attributes, story.start, _names(name, attributes))
        for name, attributes in story.people.items()
    }
    faults = []
    for entry in _script(story):
        actor = cast[entry.who]
        if isinstance(entry, Given):
            if wrong := happen(entry, world, actor):
                faults.append(Fault(wrong, entry.path, entry.who))
        else:
            world.rest(entry.at)
            if (fault := then(entry, actor, story.start)) is not None:
                faults.append(fault)
    world.rest(story.until)
    faults += _afterwards(story, world, cast)
    reasons = {}
    for fault in faults:
        for journey in _concerned(world, fault) if fault.who else ():
            reasons[fault.who, journey] = _reasons(world, cast[fault.who], journey, story.until)
        if fault.who and fault.kind == "segment":
            about = f"segment {fault.value}"
            reasons[fault.who, about] = _membership(world, cast[fault.who], fault.value, story.until)
    guilty = {fault.who for fault in faults if fault.who}
    lines = {name: tuple(trace(world, cast[name].person.id, story.start)) for name in cast if name in guilty}
    return Played(story, tuple(faults), lines, reasons)


def _said(problem: Problem) -> str:
    return f"{problem.message}: {problem.hint}" if problem.hint else problem.message


def _names(name: str, attributes: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """A person is known by the id they were given, else by their name in the story; and by their email."""
    id, email = attributes.get("id", name), attributes.get("email")
    return (("id", str(id)), *((("email", email),) if isinstance(email, str) else ()))


def _script(story: Story) -> Iterator[Given | Expected]:
    """What happens, and what is asked then, in the order of time; what is asked comes after all that happens at that moment."""
    entries: list[Given | Expected] = [*story.given, *(each for each in story.expect if each.kind in THEN)]
    yield from sorted(entries, key=lambda entry: (entry.at, isinstance(entry, Expected)))


def _afterwards(story: Story, world: World, cast: Mapping[str, Actor]) -> list[Fault]:
    faults = []
    names = {actor.person.id: name for name, actor in cast.items()}
    for person, called in world.unanswered:
        text = (
            f"{after(called.due, story.start)}: step {called.step} asks the outside world, and the test has no answer"
        )
        faults.append(Fault(text, (), names[person], called.journey))
    for name, actor in cast.items():
        lines = [line for line in world.lines if line.person == actor.person.id]
        mine = [each for each in story.expect if each.who == name]
        for each in mine:
            if each.kind in ("enters", "leaves", "refuses", "reaches"):
                fault = of_moves(each, lines, story.start)
                faults += [fault] if fault is not None else []
        letters = [line.cause for line in lines if isinstance(line.cause, Letter)]
        wanted = [each for each in mine if each.kind in ("message", "refused")]
        faults += of_letters(wanted, letters, name, story.start, story.strict)
        faults += [
            Fault(
                f"{line.cause.step} of {line.cause.journey} stands still: {line.cause.why}",
                (),
                name,
                line.cause.journey,
            )
            for line in lines
            if isinstance(line.cause, Moved) and line.cause.what == "parked"
        ]
    return faults


def _concerned(world: World, fault: Fault) -> list[str]:
    """Give the journeys that a fault is about: the one it names, else those that have the step, or send the message."""
    known = world.definitions.journeys
    if fault.journey:
        return [fault.journey] if fault.journey in known else []
    steps = {id: list(every(version.journey.steps)) for id, version in known.items()}
    if fault.kind == "step":
        return [id for id, own in steps.items() if any(step.id == fault.value for step in own)]
    if fault.kind in ("message", "refused"):
        return [id for id, own in steps.items() if any(fault.value in step.kind.templates() for step in own)]
    return []


def _membership(world: World, actor: Actor, segment: str, now: int) -> tuple[str, ...]:
    """Why the person is or is not in a segment, at the end of the story."""
    facts = NOTHING
    while isinstance(told := why_member(world.definitions, actor.person, segment, now, (), facts), Needs):
        facts = facts.joined(actor.past.answer(told))
    return (told.answer, *told.reasons)


def _reasons(world: World, actor: Actor, journey: str, now: int) -> tuple[str, ...]:
    """Why the person is, was or is not in a journey, at the end of the story."""
    moves = [
        line.cause
        for line in world.lines
        if line.person == actor.person.id and isinstance(line.cause, Moved) and line.cause.journey == journey
    ]
    events = [
        Came(lived.time, lived.properties)
        for event in world.definitions.journeys[journey].journey.trigger.events()
        for lived in actor.past.going_by(event, world.definitions.derived)
    ]
    facts = NOTHING
    while isinstance(told := why(world.definitions, actor.person, journey, now, moves, events, facts), Needs):
        facts = facts.joined(actor.past.answer(told))
    return (told.answer, *told.reasons)
