"""How many of those whom a date or a schedule will start are let in: its rule and the audience, asked of some of them as things stand
today."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from tidings import rules
from tidings.database.pool import Connection
from tidings.journeys.document import Journey
from tidings.kernel.problems import Invalid
from tidings.people import standing, store
from tidings.people.standing import Timers
from tidings.project.matching import Matcher, interval

ASKED: Final = 400
"""People of one journey who are asked."""
_IN_ALL: Final = 2_000


class LetIn(NamedTuple):
    """Which part is let in, and between which parts the truth lies, 19 times out of 20; the same where everybody was asked."""

    part: float
    low: float
    high: float


async def let_in(
    connection: Connection,
    workspace: int,
    dates: Sequence[Timers],
    journeys: Mapping[str, Journey],
    derived: rules.Derived,
    until: int,
    most: int,
) -> dict[str, LetIn]:
    """Say it of each journey that asks what can be asked of somebody who is not in it: as of the moment when it will be asked, by what is
    known today. ``until``: of whom it will start before then, the earliest ``most``."""
    people, first = Counter[str](), dict[str, int]()
    for group in dates:
        people[group.journey] += group.people
        first[group.journey] = min(first.get(group.journey, group.at), group.at)
    asked = {id: matcher for id in people if id in journeys and (matcher := _matcher(workspace, journeys[id], derived))}
    found = dict[str, LetIn]()
    for id, matcher in asked.items():
        some = await standing.some_dated(connection, workspace, id, until, min(ASKED, _IN_ALL // len(asked)), most)
        who = list((await store.documents(connection, some)).values())
        if who:
            holding = len(await matcher.holding(connection, who, first[id]))
            low, high = interval(len(who), holding, people[id])
            found[id] = LetIn(holding / len(who), low / people[id], high / people[id])
    return found


def _matcher(workspace: int, journey: Journey, derived: rules.Derived) -> Matcher | None:
    asked = [*journey.trigger.rules(), *([journey.audience] if journey.audience is not None else [])]
    try:
        return Matcher(workspace, rules.parse(_both(each.text for each in asked)), derived) if asked else None
    except Invalid:
        return None


def _both(texts: Iterable[str]) -> str:
    return " and ".join(f"({text})" for text in texts)
