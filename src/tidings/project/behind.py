"""Who stands behind a number of a journey: by the words the numbers use, with who they are today."""

import unicodedata
from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tidings.database.pool import Connection
from tidings.history import behind
from tidings.history.behind import OUTCOMES, Reason
from tidings.history.numbers import read
from tidings.kernel.ids import show, show_delivery
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.times import show_iso
from tidings.people import links, listing, standing, store
from tidings.people.document import Person, identifier
from tidings.project import numbers
from tidings.project.numbers import GONE, LEFT, LEFT_AT, PASSED

MOVES: Final = (
    "queued",
    "entered",
    "entered_control",
    "entered_treated",
    "refused",
    "done",
    "arrived",
    "waiting",
    "passed",
    "skipped",
    "planned",
    "branched",
    "drawn",
    "left",
    "held_out",
    "exited",
    "stopped",
    "merged",
    "carried",
    "moved",
    "stays",
    "returned",
    "parked",
    "retried",
)
REACHED: Final[Mapping[str, str]] = {
    "converted": "",
    "converted_control": "control",
    "converted_treated": "treated",
    "converted_drawn": "drawn",
    "converted_held_out": "held_out",
}
"""Those who reached the goal, and which of them `behind.goals` is to list."""
_ANYWHERE: Final = ("done", "held_out")
"""What of the whole journey is what was so at any of its steps: to come to its end, or to an `exit` somewhere."""
WHATS: Final = ("inside", "came", *MOVES, *REACHED, *OUTCOMES)
MEANT: Final = 1000
"""People a search may mean, at most."""
ORDERS: Final = ("", "-since", "since", "name")
"""By when, the newest or the oldest first, or by name; "": as they come, which is the newest first but for those who are there now."""
ORDERED: Final = 1000
"""People who can be put in order: more stay as they come."""
_AT_ONCE: Final = 200
_THERE: Final = "there "
"""Before the cursor of a list that is still about those who are at the step."""
_GONE: Final = "gone"
"""The cursor behind the last of them."""


class PersonBehind(Struct):
    """Somebody who was counted. ``person``: who they are today, "" where they are gone; ``at``: when; ``why``: in words; ``delivery``: of a
    message; ``step``: where they are, of those inside, and which sent it, of a message."""

    person: str
    name: str | None
    email: str | None
    id: str | None
    version: int
    at: str | None
    why: str
    delivery: str | None = None
    step: str | None = None


class PeopleBehind(Struct):
    """``next``: to be passed on for the page after it; None on the last. ``ordered``: in the order asked for; false where they are too many
    for it."""

    people: list[PersonBehind]
    next: str | None
    ordered: bool = True


async def people(
    connection: Connection,
    workspace: int,
    journey: str,
    what: str,
    step: str = "",
    *,
    version: int | None = None,
    since: int | None = None,
    until: int | None = None,
    reason: str = "",
    after: str = "",
    limit: int = 50,
    q: str = "",
    sort: str = "",
) -> PeopleBehind:
    """List them, the newest first, or as `ORDERS` say. ``what``: a word of the numbers, `inside` for who is at the step now, `came` for
    them and all who were there, `drawn` for whom a split that holds others out let go on (`converted_drawn`: and who reached the goal);
    ``step``: "" is the journey itself, at whatever step of it; ``reason``: only those whose reason begins so; ``q``: only people it may
    mean. Raises Invalid for another word or order, and for a cursor that is none."""
    if what not in WHATS:
        hint = did_you_mean(what, list(WHATS)) or f"there are: {', '.join(WHATS)}"
        raise Invalid([Problem(f"`{what}` is nothing that is counted", hint)])
    if sort not in ORDERS:
        raise Invalid([Problem(f"`{sort}` is no order of people", f"there are: {', '.join(ORDERS[1:])}")])
    only = await meant(connection, workspace, q) if q else None
    if only == []:
        return PeopleBehind([], None)
    asked = behind.Asked(workspace, journey, version, since, until, reason, only=only)
    try:
        if sort and (found := await _whole(connection, asked, what, step)) is not None:
            return _sorted(found, sort, after, limit)
        page = await _page(connection, asked, what, step, after, limit)
    except ValueError as error:
        raise Invalid([Problem(f"`after`: {error}", "pass on the `next` of a page")]) from error
    page.ordered = not sort
    return page


async def _whole(connection: Connection, asked: behind.Asked, what: str, step: str) -> list[PersonBehind] | None:
    """All of them; None where they are too many to be put in order."""
    found, after = list[PersonBehind](), ""
    while len(found) <= ORDERED:
        page = await _page(connection, asked, what, step, after, _AT_ONCE)
        found += page.people
        if page.next is None:
            return found if len(found) <= ORDERED else None
        after = page.next
    return None


def _sorted(found: list[PersonBehind], sort: str, after: str, limit: int) -> PeopleBehind:
    """A page of them in an order; its cursor says how many came before."""
    if sort == "name":
        found.sort(key=lambda who: (not who.person, _plain(who.name or who.email or who.id or ""), who.at or ""))
    else:
        found.sort(key=lambda who: who.at or "", reverse=sort == "-since")
    start = int(after or 0)
    return PeopleBehind(found[start : start + limit], str(start + limit) if start + limit < len(found) else None)


def _plain(name: str) -> str:
    """By which a name stands among others: Émile between Emil and Emma."""
    return "".join(each for each in unicodedata.normalize("NFKD", name).casefold() if not unicodedata.combining(each))


async def _page(
    connection: Connection, asked: behind.Asked, what: str, step: str, after: str, limit: int
) -> PeopleBehind:
    """A page of them as they come."""
    if what == "inside":
        return await _inside(connection, asked, step, after, limit)
    if what == "came" and (not after or after.startswith(_THERE)):
        there = await _inside(connection, asked, step, after.removeprefix(_THERE), limit)
        if there.next or len(there.people) >= limit:
            return PeopleBehind(there.people, f"{_THERE}{there.next}" if there.next else _GONE)
        were = await _page(connection, asked, what, step, _GONE, limit - len(there.people))
        return PeopleBehind([*there.people, *were.people], were.next)
    workspace, journey, version = asked.workspace, asked.journey, asked.version
    asked = replace(asked, after=bytes.fromhex(after) if after not in ("", _GONE) else None, limit=limit)
    if what in REACHED:
        goal = await numbers.goal_of(connection, workspace, journey)
        if goal is None:
            return PeopleBehind([], None)
        found = await behind.goals(connection, asked, goal.id, step, REACHED[what])
    elif what in OUTCOMES:
        counted = await read(connection, workspace, journey, version=version) if not step else []
        steps = [step] if step else sorted({each.step for each in counted if each.what == what})
        found = await behind.messages(connection, asked, steps, what)
    else:
        counted = await read(
            connection, workspace, journey, version=version, since=asked.since, until=asked.until, hourly=True
        )
        whats = {"passed": PASSED, "left": LEFT_AT if step else LEFT, "came": GONE}.get(what, (what,))
        place = None if what in _ANYWHERE and not step else step
        wholes = {behind.whole_of(each) for each in whats}
        hours = [each for each in counted if place in (None, each.step) and each.what in wholes]
        found = await behind.moves(connection, asked, place, whats, hours)
    roots = await links.followed(connection, [each.person for each in found.found])
    who = await store.documents(connection, list({roots.get(each.person, each.person) for each in found.found}))
    listed = [_counted(each, who.get(roots.get(each.person, each.person))) for each in found.found]
    return PeopleBehind(listed, found.after.hex() if found.after is not None else None)


async def reasons(
    connection: Connection,
    workspace: int,
    journey: str,
    step: str = "",
    *,
    version: int | None = None,
    since: int | None = None,
    until: int | None = None,
    limit: int = 50,
) -> list[Reason]:
    """Say why messages of a step ("": of any) were not sent, the most frequent reasons first."""
    counted = [] if step else await read(connection, workspace, journey, version=version)
    steps = [step] if step else sorted({each.step for each in counted if each.what in ("dropped", "failed")})
    asked = behind.Asked(workspace, journey, version, since, until, limit=limit)
    return await behind.reasons(connection, asked, steps)


async def meant(connection: Connection, workspace: int, q: str) -> list[bytes]:
    """Whom a search may mean, by all ids they ever had."""
    found = [each.id for each in await listing.search(connection, workspace, q, limit=MEANT)]
    before = await links.absorbed(connection, found)
    return [*found, *(id for each in before.values() for id in each)]


async def _inside(connection: Connection, asked: behind.Asked, step: str, after: str, limit: int) -> PeopleBehind:
    workspace, journey, version, only = asked.workspace, asked.journey, asked.version, asked.only
    begin = standing.cursor(after) if after else None
    if step:
        here = await standing.at(connection, workspace, journey, step, after=begin, limit=limit, only=only)
        rows = [(at, step, stand) for at, stand in here]
    else:
        rows = await standing.everywhere(connection, workspace, journey, after=begin, limit=limit, only=only)
    who = await store.documents(connection, [stand.person for *_, stand in rows])
    listed = [
        _named(who.get(stand.person), stand.version, stand.since, "", at)
        for _, at, stand in rows
        if version in (None, stand.version)
    ]
    return PeopleBehind(listed, rows[-1][0] if len(rows) == limit else None)


def _counted(each: behind.Behind, who: Person | None) -> PersonBehind:
    found = _named(who, each.version, each.at, each.why, each.step or None)
    found.delivery = show_delivery(*each.delivery) if each.delivery is not None else None
    return found


def _named(who: Person | None, version: int, at: int, why: str, step: str | None = None) -> PersonBehind:
    moment = show_iso(at) if at else None
    if who is None:
        return PersonBehind("", None, None, None, version, moment, why, step=step)
    names = (store.name_of(who), identifier(who, "email"), identifier(who, "id"))
    return PersonBehind(show(who.id), *names, version, moment, why, step=step)
