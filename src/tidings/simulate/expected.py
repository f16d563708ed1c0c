"""What must come of a story: one entry each, and what is to be seen of it in the world."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from tidings.journeys.goal import show_amount
from tidings.kernel.effects import Moved
from tidings.kernel.times import DAY, HOUR, MINUTE, SECOND, show_duration
from tidings.simulate.actor import Actor
from tidings.simulate.post import Letter
from tidings.simulate.world import Line

EXPECTED: Final[Mapping[str, tuple[str, ...]]] = {
    "message": ("subject", "contains"),
    "refused": ("because",),
    "enters": ("key",),
    "leaves": ("because", "key"),
    "refuses": ("because", "key"),
    "reaches": ("worth", "credited", "key"),
    "step": ("journey", "key"),
    "attributes": (),
    "segment": ("in",),
}
"""The key by which an entry says what it expects -> its other fields."""
THEN: Final = ("step", "attributes", "segment")
"""Asked of the person as they are at that moment; all others are asked of what happened."""
_MOVES: Final[Mapping[str, tuple[str, ...]]] = {
    "enters": ("entered",),
    "leaves": ("done", "held_out", "exited", "stopped"),
    "refuses": ("refused",),
    "reaches": ("converted",),
}
_WORDS: Final = {"enters": "entered", "leaves": "left", "refuses": "been refused by", "reaches": "reached the goal of"}


class Expected(Struct, frozen=True):
    """``at`` in microseconds; ``kind`` and ``fields`` as written; ``path``: where in the file."""

    at: int
    who: str
    kind: str
    fields: Mapping[str, Any]
    path: tuple[str | int, ...]

    @property
    def value(self) -> Any:
        """What stands after the key."""
        return self.fields[self.kind]


class Fault(Struct, frozen=True):
    """What of a story did not come out: in words, where in the file it was expected, about whom, and about which journey (if any).

    ``kind`` and ``value``: what was expected."""

    text: str
    path: tuple[str | int, ...]
    who: str = ""
    journey: str = ""
    kind: str = ""
    value: Any = None


def then(expected: Expected, actor: Actor, start: int) -> Fault | None:
    """Ask something of a person as they are now."""
    person, value = actor.person, expected.value
    when = after(expected.at, start)
    if expected.kind == "attributes":
        wrong = [
            f"{name} is {shown(person.attributes.get(name))}, not {shown(wanted)}"
            for name, wanted in value.items()
            if person.attributes.get(name) != wanted
        ]
        return _fault(expected, f"{when}: {', '.join(wrong)}") if wrong else None
    if expected.kind == "segment":
        wanted, inside = bool(expected.fields.get("in", True)), value in person.segments
        if wanted == inside:
            return None
        return _fault(expected, f"{when}: they are {'' if inside else 'not '}in segment {value}")
    runs = [run for run in person.runs if run.ended is None]
    journey = str(expected.fields.get("journey") or "")
    key = str(expected.fields.get("key", ""))
    if any(run.step == value and journey in ("", run.journey) and key in ("", run.key) for run in runs):
        return None
    places = ", ".join(
        f"at {run.step} of {run.journey}"
        + (f" with {run.per} {run.key}" if run.key else "")
        + (f" ({run.parked})" if run.parked else "")
        for run in runs
    )
    return _fault(expected, f"{when}: they do not stand at {value}, but {places or 'are in no journey'}", journey)


def of_moves(expected: Expected, lines: Iterable[Line], start: int) -> Fault | None:
    """Look for a move of a run."""
    journey, because = str(expected.value), str(expected.fields.get("because") or "")
    moves = [
        line.cause
        for line in lines
        if isinstance(line.cause, Moved) and line.cause.journey == journey and line.cause.what in _MOVES[expected.kind]
    ]
    key = str(expected.fields.get("key", ""))
    wrong = ""
    for move in moves:
        if same(move.time, expected.at) and because in move.why and key in ("", move.key):
            wrong = _unlike(expected, move)
            if not wrong:
                return None
    if wrong:
        return _fault(expected, f"{after(expected.at, start)}: {wrong}", journey)
    word = _WORDS[expected.kind]
    found = ", ".join(
        f"{after(move.time, start)} ({move.why})" + (f" with {move.key}" if move.key else "") for move in moves
    )
    text = f"{after(expected.at, start)}: they have not {word} {journey}" + (f" with {key}" if key else "")
    return _fault(expected, text + (f", but {found}" if found else ", nor at any time"), journey)


def _unlike(expected: Expected, move: Moved) -> str:
    """Say what of a goal is not as expected."""
    fields = expected.fields
    worth, credited = show_amount(move.value, move.currency), [step for step, _ in move.credited]
    if "worth" in fields and worth != fields["worth"]:
        return f"the goal is worth {worth if move.currency else 'nothing that could be told'}, not {fields['worth']}"
    if "credited" in fields and str(fields["credited"] or "") not in (credited or [""]):
        return f"the goal is credited to {', '.join(credited) or 'no message'}, not to {fields['credited']}"
    return ""


def of_letters(expected: Iterable[Expected], letters: list[Letter], who: str, start: int, strict: bool) -> list[Fault]:
    """Match what was sent, and what was refused, with what is expected of one person."""
    faults, left = [], list(letters)
    for each in expected:
        fate = "sent" if each.kind == "message" else "refused"
        fits = [
            letter
            for letter in left
            if letter.planned.template == each.value and letter.fate == fate and same(letter.time, each.at)
        ]
        if not fits:
            others = [letter for letter in left if letter.planned.template == each.value and letter.fate != "held"]
            found = ", ".join(told(letter, start) for letter in others) or "it was never planned"
            faults.append(_fault(each, f"{after(each.at, start)}: `{each.value}` was not {fate}; {found}"))
            continue
        left.remove(fits[0])
        faults += [_fault(each, f"{after(each.at, start)}: `{each.value}` {wrong}") for wrong in _wrong(each, fits[0])]
    if strict:
        faults += [
            Fault(
                f"{after(letter.time, start)}: `{letter.planned.template}` was sent and is not expected",
                (),
                who,
                letter.planned.journey,
            )
            for letter in left
            if letter.fate == "sent"
        ]
    faults += [
        Fault(
            f"{after(letter.time, start)}: `{letter.planned.template}` failed: {letter.reason}",
            (),
            who,
            letter.planned.journey,
        )
        for letter in left
        if letter.fate == "failed"
    ]
    return faults


def _wrong(expected: Expected, letter: Letter) -> list[str]:
    fields, found = expected.fields, []
    if "subject" in fields and letter.subject != fields["subject"]:
        found.append(f"has the subject {shown(letter.subject)}, not {shown(fields['subject'])}")
    contains = fields.get("contains", [])
    for text in map(str, contains if isinstance(contains, list | tuple) else [contains]):
        if not any(text in part for part in (letter.subject, letter.text, letter.html)):
            found.append(f"does not contain {shown(text)}")
    if str(fields.get("because", "")) not in letter.reason:
        found.append(f"was refused because: {letter.reason}")
    return found


def told(letter: Letter, start: int) -> str:
    """Give what became of a message, in words."""
    return f"it was {letter.fate} {after(letter.time, start)}" + (f": {letter.reason}" if letter.reason else "")


def after(moment: int, start: int) -> str:
    """Give a moment as stories say it: how long after the start."""
    past, parts = max(0, moment - start), []
    for unit in (DAY, HOUR, MINUTE, SECOND):
        whole, past = past - past % unit, past % unit
        if whole:
            parts.append(show_duration(whole))
    return f"at {' '.join(parts)}" if parts else "at the start"


def same(one: int, other: int) -> bool:
    """Whether two moments are the same to the second."""
    return one // SECOND == other // SECOND


def shown(value: Any) -> str:
    """Give a value as it would be written."""
    if value is None:
        return "missing"
    return msgspec.json.encode(value).decode()


def _fault(expected: Expected, text: str, journey: str = "") -> Fault:
    return Fault(text, expected.path, expected.who, journey, expected.kind, expected.value)
