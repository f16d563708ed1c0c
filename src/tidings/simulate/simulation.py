"""Simulation: a journey with people that were made up after the real ones. Reads the catalog and samples; writes nothing."""

import itertools
import random
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from typing import Final

import msgspec

from tidings.kernel.effects import Planned
from tidings.kernel.ids import PARTITIONS, digest, person_id
from tidings.kernel.records import SECRET, Body, Record
from tidings.kernel.times import DAY, show_iso
from tidings.people.document import Person
from tidings.simulate.account import Account, Window
from tidings.simulate.actor import Actor
from tidings.simulate.backtest import Result, middle
from tidings.simulate.measure import Count, Measure
from tidings.simulate.model import Life, Model, lives, reaction, says
from tidings.simulate.outside import NO_STUBS, Stubs
from tidings.simulate.post import Letter, Office, Post, event, said
from tidings.simulate.side import Side
from tidings.simulate.typed import typed

WARM: Final = 30 * DAY
"""How long people live before the days that count: so that nobody is new to every segment on the first day."""
RENDERS: Final = 500
"""Messages made in full, a side."""


def simulate(
    sides: Sequence[Side],
    known: Model,
    people: int,
    start: int,
    days: int,
    seed: int,
    progress: Callable[[int], None] = lambda done: None,
    stubs: Stubs = NO_STUBS,
) -> Result:
    """Let made-up people live for some days from a moment on, the same on each side. ``stubs``: what the outside world answers."""
    window = Window(start, start + days * DAY)
    count = Count(sides=[Measure() for _ in sides])
    left = [RENDERS] * len(sides)
    offices = [_office(side, left, n, window) for n, side in enumerate(sides)]
    for n, life in enumerate(lives(known, people, seed, start - WARM, window.end)):
        accounts = []
        for side, office, measure in zip(sides, offices, count.sides, strict=True):
            account, actor = _lived(side, office, known, life, window, seed, stubs)
            standing = [run.step for run in actor.person.runs if run.journey == side.journey and run.ended is None]
            measure.count(account, standing, actor.person.id)
            accounts.append(account)
        if len(accounts) > 1:
            count.comparison.count(accounts[0], accounts[1], actor.person.id)
        count.people += 1
        count.inputs += len(life.inputs)
        progress(n + 1)
    return Result(
        labels=[side.label for side in sides],
        window=(show_iso(window.start), show_iso(window.end)),
        agreement=None,
        share=1.0,
        live="",
        assumed=says(known),
        count=msgspec.to_builtins(count),
        medians=[middle(side) for side in count.sides],
    )


def _office(side: Side, left: list[int], number: int, window: Window) -> Office:
    def renders(planned: Planned) -> bool:
        if not left[number] or not window.has(planned.due):
            return False
        left[number] -= 1
        return True

    return Office(side.snapshot, renders)


def _lived(
    side: Side, office: Office, known: Model, life: Life, window: Window, seed: int, stubs: Stubs
) -> tuple[Account, Actor]:
    account = Account(side.journey, window)
    first = life.identifiers[0]
    dice = random.Random(f"{seed}/reaction/{first[1]}")
    line: list[tuple[int, int, Body | Letter, str]] = [(at, n, body, "") for n, (at, body) in enumerate(life.inputs)]
    heapify(line)
    numbers = itertools.count(len(line))

    def told(person: Person, letter: Letter) -> None:
        account.told(person, letter)
        if letter.fate == "sent":
            for verb, later in reaction(known, letter.planned.channel, dice):
                heappush(line, (letter.time + 1 + later, next(numbers), letter, verb))

    workspace = side.definitions.workspace.id
    partition = digest(*first)[0] % PARTITIONS
    id = person_id(partition, workspace, "simulated", first[1])
    person = Person(id, workspace, partition, life.inputs[0][0], id, list(life.identifiers))
    actor = Actor(side.definitions, person, Post(office, told), account.see, typed(stubs.answer, side.body))
    while line and line[0][0] <= window.end:
        if (due := actor.next) is not None and due < line[0][0]:
            actor.rest(due)  # which may send something that is reacted to before the next input
            continue
        at, n, what, verb = heappop(line)
        if isinstance(what, Letter):
            topic = office.topic(what.planned.template)
            made = digest(verb, what.planned.id)
            record = event(actor.person, f"{verb} {what.planned.channel}", said(what.planned, topic, person), made, at)
        else:
            record = Record(digest("simulated", first[1], n), workspace, 1, SECRET, life.identifiers, at, at, what)
        actor.give(record, at)
    actor.rest(window.end)
    return account, actor
