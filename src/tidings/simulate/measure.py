"""What a backtest counts: of each side, of the two sides against each other, and of the version in force against what really happened.

All of it is sums, so that slices of the population can be counted apart and added.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec import Struct, field

from tidings.journeys import quiet
from tidings.kernel.effects import Moved
from tidings.kernel.ids import show
from tidings.kernel.times import DAY, HOUR, SECOND, show_iso
from tidings.simulate.account import Account
from tidings.simulate.post import Letter

KEPT: Final = 3
"""Rendered messages kept as samples, of each step."""
EXAMPLES: Final = 20
DURATIONS: Final = 5000
"""Durations of runs kept a slice, to tell the median."""
_MOMENT = re.compile(r" ?(at|until)? ?\d{4}-\d\d-\d\dT[\d:.]+Z")
_KEY = re.compile(r"(?<=^already in the journey with )(\S+) .*", re.DOTALL)
_ENDS: Final = ("done", "held_out", "exited", "stopped", "merged")


class Sample(Struct):
    """A message as it would have read. ``person``: their id as text; ``time``: ISO 8601."""

    person: str
    step: str
    template: str
    channel: str
    time: str
    subject: str
    text: str
    html: str


class Measure(Struct):
    """One side. ``people`` entered, ``entries`` in all; ``refused``: reason -> entries; ``steps``: step -> move -> times;
    ``standing``: step -> runs there in the end; ``ended``: how -> runs; ``messages``: step -> fate -> messages; ``reasons``: fate ->
    reason -> messages; ``held``: reason -> messages that were ever held back, each once, by what did so last;
    ``goals``: runs that reached it; ``goal_after``: step ->
    runs that reached it after that step's message, which is a coincidence and no effect;
    ``value``: currency -> millionths; ``credited``: step -> goals credited to its message; ``days``: date -> [entries, messages sent];
    ``coming``: hour of the day, the 0th the one after the window -> [entries, messages sent, messages held, or refused by a cap];
    ``firsts``: of runs, seconds from entry to the first message, and its template (all, or a sample);
    ``seconds``: how long ended runs took (all, or a sample); ``rendered``: messages made in full, and ``failures`` of these: reason ->
    messages."""

    people: int = 0
    entries: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    steps: dict[str, dict[str, int]] = field(default_factory=dict)
    standing: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    messages: dict[str, dict[str, int]] = field(default_factory=dict)
    reasons: dict[str, dict[str, int]] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    goals: int = 0
    goal_after: dict[str, int] = field(default_factory=dict)
    value: dict[str, int] = field(default_factory=dict)
    credited: dict[str, int] = field(default_factory=dict)
    days: dict[str, list[int]] = field(default_factory=dict)
    coming: dict[str, list[int]] = field(default_factory=dict)
    firsts: list[tuple[int, str]] = field(default_factory=list)
    seconds: list[int] = field(default_factory=list)
    rendered: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    def count(self, account: Account, standing: Sequence[str], person: bytes) -> None:
        """Add one person."""
        self.people += bool(account.entered)
        self.entries += len(account.entered)
        self.goals += len(account.goals)
        for currency, value, steps in account.worth:
            if currency:
                _add(self.value, currency, value)
            for step in dict.fromkeys(steps):
                _add(self.credited, step)
        for moment in account.entered.values():
            self._day(moment)[0] += 1
            self._hour(moment, account)[0] += 1
        for move in account.moves:
            self._move(move, account)
        for step in standing:
            _add(self.standing, step)
        for reason in account.held.values():
            _add(self.held, without_moments(reason))
        later = {
            (letter.planned.run, letter.planned.step) for id in account.held if (letter := account.letters.get(id))
        }
        for _ in account.hushed - later:  # what a cap held back after the quiet hours is counted there
            _add(self.held, quiet.WHY)
        reached: set[tuple[bytes, str]] = set()
        first: dict[bytes, tuple[int, str]] = {}
        for letter in account.letters.values():
            planned = letter.planned
            fate = "waiting" if letter.fate == "held" else letter.fate
            _add(self.messages.setdefault(planned.step, {}), fate)
            if letter.fate != "sent":
                _add(self.reasons.setdefault(fate, {}), without_moments(letter.reason))
            else:
                self._day(letter.time)[1] += 1
                self._hour(letter.time, account)[1] += 1
                began = account.entered.get(planned.run)
                if began is not None:
                    own = ((letter.time - began) // SECOND, planned.template)
                    first[planned.run] = min(own, first.get(planned.run, own))
                goal = account.goals.get(planned.run)
                if goal is not None and goal >= letter.time and (planned.run, planned.step) not in reached:
                    reached.add((planned.run, planned.step))
                    _add(self.goal_after, planned.step)
            self._render(letter, person)
        for id, letter in account.letters.items():
            if id in account.held or (letter.fate == "refused" and letter.reason.startswith("the cap ")):
                self._hour(letter.planned.due, account)[2] += 1
        self.firsts += list(first.values())[: max(0, DURATIONS - len(self.firsts))]

    def _hour(self, moment: int, account: Account) -> list[int]:
        hour = (moment - account.window.end) % DAY // HOUR
        return self.coming.setdefault(str(hour), [0, 0, 0])

    def _move(self, move: Moved, account: Account) -> None:
        if move.what == "refused":
            _add(self.refused, without_moments(move.why))
            return
        if move.step:
            _add(self.steps.setdefault(move.step, {}), move.what)
        if move.what in _ENDS:
            _add(self.ended, {"done": "done", "held_out": move.why}.get(move.what) or f"{move.what}: {move.why}")
            entered = account.entered.get(move.run)
            if entered is not None and len(self.seconds) < DURATIONS:
                self.seconds.append((move.time - entered) // SECOND)

    def _render(self, letter: Letter, person: bytes) -> None:
        if letter.fate == "failed":
            self.rendered += 1
            _add(self.failures, letter.reason)
        elif letter.text or letter.html:
            self.rendered += 1
            planned = letter.planned
            if sum(sample.step == planned.step for sample in self.samples) < KEPT:
                made = (show_iso(letter.time), letter.subject, letter.text, letter.html)
                self.samples.append(Sample(show(person), planned.step, planned.template, planned.channel, *made))

    def _day(self, moment: int) -> list[int]:
        return self.days.setdefault(show_iso(moment)[:10], [0, 0])

    def add(self, other: "Measure") -> None:
        """Add a slice."""
        merge(self, other)
        for sample in other.samples:
            if sum(own.step == sample.step for own in self.samples) < KEPT:
                self.samples.append(sample)


class Comparison(Struct):
    """Two sides, of the same people. ``both``, ``only_a``, ``only_b``: people who entered; ``same``: people who entered both and were sent
    the same at the same moments; ``messages``: step -> ``both``, ``only_a``, ``only_b``, ``another_time`` -> messages; ``examples``: ids of
    people, by what sets them apart."""

    both: int = 0
    only_a: int = 0
    only_b: int = 0
    same: int = 0
    different: int = 0
    messages: dict[str, dict[str, int]] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def count(self, a: Account, b: Account, person: bytes) -> None:
        """Add one person."""
        if a.entered and not b.entered:
            self.only_a += 1
            self._example("only_a", person)
        elif b.entered and not a.entered:
            self.only_b += 1
            self._example("only_b", person)
        elif a.entered:
            self.both += 1
        mine, theirs = _sent(a), _sent(b)
        if mine == theirs:
            self.same += bool(a.entered and b.entered)
            if mine:
                self._steps(mine, theirs)
            return
        if a.entered and b.entered:
            self.different += 1
            self._example("different", person)
        self._steps(mine, theirs)

    def _steps(self, mine: Counter[tuple[str, str, int]], theirs: Counter[tuple[str, str, int]]) -> None:
        steps = {step for step, _, _ in (*mine, *theirs)}
        for step in steps:
            a = Counter({key: n for key, n in mine.items() if key[0] == step})
            b = Counter({key: n for key, n in theirs.items() if key[0] == step})
            both = (a & b).total()
            left, right = a.total() - both, b.total() - both
            moved = min(left, right)
            found = self.messages.setdefault(step, {})
            counts = {"both": both, "only_a": left - moved, "only_b": right - moved, "another_time": moved}
            for name, count in counts.items():
                if count:
                    _add(found, name, count)

    def _example(self, what: str, person: bytes) -> None:
        found = self.examples.setdefault(what, [])
        if len(found) < EXAMPLES:
            found.append(show(person))

    def add(self, other: "Comparison") -> None:
        """Add a slice."""
        merge(self, other)
        for what, people in other.examples.items():
            self.examples[what] = [*self.examples.get(what, []), *people][:EXAMPLES]


class Calibration(Struct):
    """The version in force, replayed, beside what it really did. ``moves``: what happened to runs -> [really, replayed, in both];
    ``examples``: moves that only one of them has, each with the person's id at its beginning. ``fates``: what became of messages ->
    [really, replayed, in both]."""

    moves: dict[str, list[int]] = field(default_factory=dict)
    fates: dict[str, list[int]] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    def count(self, real: Iterable[Moved], replayed: Iterable[Moved], person: bytes) -> None:
        """Add one person; moves outside the window are not given."""
        was, would = Counter(map(_key, real)), Counter(map(_key, replayed))
        if not was and not would:
            return
        for place, found in ((0, was), (1, would), (2, was & would)):
            for key, count in found.items():
                self.moves.setdefault(key[0], [0, 0, 0])[place] += count
        for label, rest in (("only really", was - would), ("only replayed", would - was)):
            for what, step, time in sorted(rest, key=lambda key: key[2]):
                if len(self.examples) < EXAMPLES:
                    at = f"{what} `{step}`" if step else what
                    self.examples.append(f"{show(person)}: {at} at {show_iso(time)}, {label}")

    def weigh(self, real: dict[bytes, str], letters: dict[bytes, Letter]) -> None:
        """Add what became of messages: by the id of each, which both have alike."""
        for id, letter in letters.items():
            if id in real:
                fate = "waiting" if letter.fate == "held" else letter.fate
                self.fates.setdefault(real[id], [0, 0, 0])[0] += 1
                self.fates.setdefault(fate, [0, 0, 0])[1] += 1
                self.fates[fate][2] += fate == real[id]

    @property
    def agreement(self) -> float:
        """Which part of all moves, real and replayed, is in both: 1.0 where nothing differs (or nothing happened)."""
        both = sum(counts[2] for counts in self.moves.values())
        union = sum(counts[0] + counts[1] - counts[2] for counts in self.moves.values())
        return both / union if union else 1.0

    def add(self, other: "Calibration") -> None:
        """Add a slice."""
        merge(self, other)
        self.examples = [*self.examples, *other.examples][:EXAMPLES]


class Count(Struct):
    """What one slice came to, or all of them: ``sides`` in order. ``people`` looked at, ``inputs`` handed over to each side, ``rows`` read;
    ``unnamed``: people whose identifiers are taken as known from their first day; ``parted``: left out, since a merge was undone;
    ``faulty``: left out, since their replay failed; ``older``: than what history is kept for; ``ramped``: runs that a ramp really held;
    ``engaged``, ``dropped``: what people did with messages that a side sent, and did not; ``recorded``, ``stubbed``, ``unanswered``: calls
    of the outside world by how they were answered; ``seconds``: of a processor."""

    sides: list[Measure] = field(default_factory=list)
    calibration: Calibration = field(default_factory=Calibration)
    comparison: Comparison = field(default_factory=Comparison)
    people: int = 0
    inputs: int = 0
    rows: int = 0
    unnamed: int = 0
    parted: int = 0
    faulty: int = 0
    engaged: int = 0
    dropped: int = 0
    recorded: int = 0
    stubbed: int = 0
    unanswered: int = 0
    older: int = 0
    ramped: int = 0
    seconds: float = 0.0

    def add(self, other: "Count") -> None:
        """Add a slice."""
        if not self.sides:
            self.sides = [Measure() for _ in other.sides]
        for own, more in zip(self.sides, other.sides, strict=True):
            own.add(more)
        self.calibration.add(other.calibration)
        self.comparison.add(other.comparison)
        merge(self, other)


def merge(own: Struct, other: Struct) -> None:
    """Add numbers, and dictionaries of them; lists of numbers by place, those of durations at their end. Everything else stays."""
    for name in own.__struct_fields__:
        if name in ("samples", "examples", "sides", "calibration", "comparison"):
            continue
        setattr(own, name, _sum(getattr(own, name), getattr(other, name), name))


def _sum(one: Any, other: Any, name: str) -> Any:
    if isinstance(one, dict):
        for key, value in other.items():
            one[key] = _sum(one[key], value, "") if key in one else value
        return one
    if isinstance(one, list):
        return [*one, *other] if name in ("seconds", "firsts") else [a + b for a, b in zip(one, other, strict=True)]
    return one + other


def without_moments(reason: str) -> str:
    """Give a reason without the moments in it, and without the one cart or order it is about: equal ones are counted together."""
    return _KEY.sub(r"the same \1", _MOMENT.sub("", reason))


def _add(counts: dict[str, int], key: str, by: int = 1) -> None:
    counts[key] = counts.get(key, 0) + by


def _key(move: Moved) -> tuple[str, str, int]:
    return move.what, move.step, move.time


def _sent(account: Account) -> Counter[tuple[str, str, int]]:
    return Counter(
        (letter.planned.step, letter.planned.template, letter.time // SECOND)
        for letter in account.letters.values()
        if letter.fate == "sent"
    )
