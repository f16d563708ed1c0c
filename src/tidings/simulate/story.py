"""A story: one journey test as it is written, read into frozen data. Docs: reference/journey-tests.md."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from tidings.journeys.reading import Reader
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.times import DAY, parse_duration, parse_iso
from tidings.simulate.expected import EXPECTED, Expected
from tidings.simulate.given import GIVEN, Given

START: Final = 1_767_603_600_000_000
"""Monday 2026-01-05 at 09:00 UTC."""
LASTS: Final = 365 * DAY
FIELDS: Final = (
    "test",
    "journeys",
    "start",
    "people",
    "given",
    "answers",
    "failures",
    "until",
    "expect",
    "other_messages",
)


class Story(Struct, frozen=True):
    """``people``: name -> attributes. ``journeys``: those that are live (None: all). ``answers``: step id -> what the outside answers;
    ``failures``: why it does not.

    ``strict``: a message that is not expected is a fault. ``path``: where in the file.
    """

    test: str
    people: Mapping[str, Mapping[str, Any]]
    given: tuple[Given, ...]
    expect: tuple[Expected, ...]
    start: int = START
    until: int = START + LASTS
    journeys: tuple[str, ...] | None = None
    answers: Mapping[str, Any] = {}
    failures: Mapping[str, str] = {}
    strict: bool = True
    path: tuple[str | int, ...] = ()


def stories(data: Any) -> list[Story]:
    """Read the document of a file: one story, or a list of them under ``tests``. Raises Invalid with every fault and its path."""
    found, problems = readable(data)
    if problems:
        raise Invalid(problems)
    return found


def readable(data: Any) -> tuple[list[Story], list[Problem]]:
    """Read what can be read, as if the rest was not said, and say every fault, each with its path."""
    problems: list[Problem] = []
    if isinstance(data, Mapping) and "tests" in data:
        reader = Reader(data, (), problems)
        reader.only(("tests",), "a file of several tests")
        items = [reader.at("tests", index, data=item) for index, item in enumerate(reader.items("tests", "tests"))]
        return [_story(item) for item in items], problems
    return [_story(Reader({}, (), problems).at(data=data))], problems


def happenings(data: Any, who: str, start: int) -> list[Given]:
    """Read a list of what happens to one person, as `given` has it, in order. Raises Invalid with every fault and its path."""
    problems: list[Problem] = []
    reader = Reader({"given": data}, (), problems)
    found = [
        Given(*_when(inner, {who: {}}, start), *_chosen(inner, GIVEN, "something that happens"), inner.path)
        for inner in _entries(reader, "given")
    ]
    if problems:
        raise Invalid(problems)
    return sorted(found, key=lambda entry: entry.at)


def _story(reader: Reader) -> Story:
    reader.only(FIELDS, "a test")
    start = _start(reader)
    people = _people(reader)
    given = [
        Given(*_when(inner, people, start), *_chosen(inner, GIVEN, "something that happens"), inner.path)
        for inner in _entries(reader, "given")
    ]
    expect = [
        Expected(*_when(inner, people, start), *_chosen(inner, EXPECTED, "something to expect"), inner.path)
        for inner in _entries(reader, "expect", needed=True)
    ]
    until = _moment(reader, "until", start, start + LASTS)
    last = max([start, *(entry.at for entry in given), *(entry.at for entry in expect)])
    other = reader.data.get("other_messages", "")
    if other not in ("", "allowed"):
        reader.problem("`other_messages` is `allowed`, or left out", "", "other_messages")
    answers = reader.at("answers", data=reader.data["answers"]).data if "answers" in reader.data else {}
    failures = reader.at("failures", data=reader.data["failures"]).data if "failures" in reader.data else {}
    return Story(
        test=reader.text("test", example="Somebody who hesitates is helped"),
        people=people,
        given=tuple(sorted((entry for entry in given if entry.kind), key=lambda entry: entry.at)),
        expect=tuple(entry for entry in expect if entry.kind),
        start=start,
        until=max(until, last),
        journeys=_journeys(reader),
        answers=answers,
        failures={str(name): str(why) for name, why in failures.items()},
        strict=not other,
        path=reader.path,
    )


def _start(reader: Reader) -> int:
    text = reader.data.get("start")
    if text is None:
        return START
    found = parse_iso(text) if isinstance(text, str) else None
    if found is None:
        reader.problem("`start` is a time", "write for example `start: 2026-03-02T09:00:00Z`", "start")
    return found or START


def _people(reader: Reader) -> dict[str, Mapping[str, Any]]:
    data = reader.data.get("people")
    if not data:
        reader.problem("nobody is there", "write `people:` and below it `ada: {email: ada@example.com}`", "people")
        return {}
    inner = reader.at("people", data=data)
    return {str(name): dict(inner.at(name, data=values).data) for name, values in inner.data.items()}


def _journeys(reader: Reader) -> tuple[str, ...] | None:
    if reader.data.get("journeys") is None:
        return None
    return tuple(str(name) for name in reader.items("journeys", "journeys"))


def _entries(reader: Reader, key: str, needed: bool = False) -> list[Reader]:
    if key not in reader.data and not needed:
        return []
    return [reader.at(key, index, data=item) for index, item in enumerate(reader.items(key, "entries"))]


def _when(reader: Reader, people: Mapping[str, Any], start: int) -> tuple[int, str]:
    """Read ``at`` and ``who``."""
    who = reader.data.get("who")
    if who is None and len(people) == 1:
        who = next(iter(people))
    if who is None and people:
        reader.problem("it does not say who", f"write `who:` and one of {', '.join(people)}")
    elif who is not None and who not in people:
        hint = did_you_mean(str(who), list(people)) or f"there are: {', '.join(people) or 'none'}"
        reader.problem(f"there is nobody called `{who}`", hint, "who")
    return _moment(reader, "at", start, start), str(who)


def _moment(reader: Reader, key: str, start: int, otherwise: int) -> int:
    value = reader.data.get(key)
    if value is None:
        return otherwise
    text = str(value)
    instant = parse_iso(text)
    if instant is None:
        try:
            instant = start + parse_duration(text)
        except ValueError:
            reader.problem(f"{text!r} is no moment", "write a duration after the start, `2 days`, or a time", key)
            return otherwise
    if instant < start:
        reader.problem("this is before the start", "raise it, or set `start:`", key)
    return instant


def _chosen(reader: Reader, kinds: Mapping[str, Sequence[str]], what: str) -> tuple[str, Mapping[str, Any]]:
    """Give the key by which an entry says what it is, and its fields."""
    chosen = [key for key in reader.data if key in kinds]
    if len(chosen) == 1:
        reader.only(("who", "at", chosen[0], *kinds[chosen[0]]), f"`{chosen[0]}`")
        return chosen[0], reader.data
    others = [str(key) for key in reader.data if key not in ("who", "at", *kinds)]
    if chosen:
        reader.problem(f"an entry says one thing, this one {' and '.join(chosen)}", "make two entries", chosen[1])
    else:
        word = others[0] if others else ""
        hint = did_you_mean(word, list(kinds)) or f"it is one of: {', '.join(kinds)}"
        reader.problem(f"this is not {what}" + (f": `{word}`" if word else ""), hint, *others[:1])
    return "", {}
