"""What a publish means for a run that is inside: the publisher's choices by step, and what follows where there is none. Pure.

The engine asks `fate` when it brings a person up to new definitions, the plan asks it to say beforehand what will become of whom.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from msgspec import Struct

from tidings.journeys.calling import Calling
from tidings.journeys.document import Journey
from tidings.journeys.route import Route
from tidings.journeys.step import Step, every
from tidings.kernel.problems import Problem, did_you_mean

What = Literal["move", "finish", "leave", "keep", "retime"]
WORDS: Final[Mapping[str, str]] = {
    "move": "stand at another step from now on, and go on from there",
    "finish": "stay on the version they are on until the end",
    "leave": "end the run",
    "keep": "go by the old step's terms until they leave the step",
    "retime": "reckon the wait anew from when they began waiting",
}
EXAMPLE: Final = "write `move STEP`, `finish`, `leave`, `keep` or `retime`"


_WAITS_ON: Final = ", and waits on there"
_KEEPS: Final = "keeps the terms of version "


class Choice(Struct, frozen=True):
    """What the publisher chose for those at one step; ``to``: the step to move to."""

    what: What
    to: str = ""

    @property
    def text(self) -> str:
        """As it is written: ``move nudge``, ``finish``."""
        return f"{self.what} {self.to}" if self.to else self.what


class Fate(Struct, frozen=True):
    """What becomes of a run. ``carried``: on the new version at the step where it stands, ``moved``: at ``to``; ``finishes``: on its own
    version; ``left``: it ends. ``keeps``: goes by the old step's terms there."""

    what: Literal["carried", "moved", "finishes", "left"]
    to: str = ""
    keeps: bool = False


def read_choice(text: Any) -> Choice:
    """Read a choice as it is written; raises ValueError with what would be right."""
    words = text.split() if isinstance(text, str) else []
    if len(words) == 2 and words[0] == "move":
        return Choice("move", words[1])
    if len(words) == 1 and words[0] in WORDS and words[0] != "move":
        return Choice(words[0])  # type: ignore[arg-type]  # one of WORDS
    raise ValueError(f"{text!r} is no choice; {EXAMPLE}")


def fate(step: str, choice: Choice | None, *, known: bool, previous: bool, same: bool) -> Fate:
    """Say what becomes of a run that stands at ``step``.

    ``known``: the new version has the step; ``previous``: the run is on the version before the new one, and does not finish on an older
    one; ``same``: the version it is on says the same as the new one.
    """
    if choice is not None and choice.what == "leave":
        return Fate("left")
    if choice is not None and choice.what == "move":
        return Fate("moved", choice.to)
    if choice is not None and choice.what == "finish":
        return Fate("finishes")
    if choice is None and not (previous or same):
        return Fate("finishes")
    if not known:
        return Fate("finishes")
    return Fate("carried", keeps=choice is not None and choice.what == "keep")


def renames(step: str, to: str, before: Mapping[str, Step], after: Mapping[str, Step]) -> bool:
    """Whether ``to`` is the step under another id: the one is gone, the other is new, and both wait in the same way. Who is moved there
    waits on. What asks the world outside is asked anew, since its answer comes to the id it was asked under."""
    old, new = before.get(step), after.get(to)
    if old is None or new is None or step in after or to in before:
        return False
    return old.kind.key == new.kind.key and not isinstance(new.kind, Calling) and _alike(old, new)


def says_moved(to: str, version: int, waits_on: bool) -> str:
    """Say why a run stands at another step."""
    return f"moved to {to} by version {version}{_WAITS_ON if waits_on else ''}"


def read_moved(why: str) -> tuple[str, bool]:
    """(the step, does the run wait on there) of what `says_moved` said."""
    return why.split()[2], why.endswith(_WAITS_ON)


def says_stays(own: int, new: int) -> str:
    """Say that a run goes on by its own version when a new one came."""
    return f"finishes on version {own}; version {new} came"


def read_stays(why: str) -> int:
    """Read the new version of what `says_stays` said."""
    return int(why.split()[-2])


def says_kept(version: int) -> str:
    """Say by whose terms a run waits on."""
    return f"{_KEEPS}{version}"


def read_kept(why: str) -> int:
    """Read the version of what `says_kept` said; 0 where it says another thing."""
    return int(why.removeprefix(_KEEPS)) if why.startswith(_KEEPS) else 0


def terms(step: Step) -> dict[str, Any]:
    """Give what a step says by itself: its fields without its id, its name, its note and its inner steps."""
    data = dict(step.kind.write(_nothing))
    if step.only_if is not None:
        data["only_if"] = step.only_if.text
    return data


def reach(route: Route, step: str) -> frozenset[str]:
    """Give every step that a version may lead to from one, and that one itself."""
    found: set[str] = set()
    line = [step]
    while line:
        id = line.pop()
        node = route.nodes.get(id)
        if node is None or id in found:
            continue
        found.add(id)
        line += [node.next, *node.into, *node.step.kind.leads()]
    return frozenset(found)


def check(choices: Mapping[str, Choice], before: Iterable[Journey], after: Journey) -> list[Problem]:
    """Find what is wrong with choices. ``before``: the versions people may be on."""
    new = {step.id: step for step in every(after.steps)}
    old: dict[str, list[Step]] = {}
    for journey in before:
        for step in every(journey.steps):
            old.setdefault(step.id, []).append(step)
    problems = []
    for id, choice in choices.items():
        path = (after.id, id)
        if id not in old:
            hint = did_you_mean(id, list(old)) or f"people may stand at: {', '.join(old)}"
            problems.append(Problem(f"nobody stands at a step `{id}` of `{after.id}`", hint, path))
            continue
        if choice.what == "move" and choice.to not in new:
            hint = did_you_mean(choice.to, list(new)) or f"its steps are: {', '.join(new)}"
            problems.append(
                Problem(f"the new version of `{after.id}` has no step `{choice.to}` to move to", hint, path)
            )
        if choice.what in ("keep", "retime"):
            known = new.get(id)
            if known is None:
                message = f"`{choice.what}` is for steps that both versions have, and `{id}` is gone in the new one"
                problems.append(Problem(message, "choose `move STEP`, `finish` or `leave`", path))
            elif choice.what == "keep" and not any(_alike(known, step) for step in old[id]):
                message = f"`{id}` branches otherwise than it did, so nobody can keep its old terms"
                problems.append(Problem(message, "choose `retime` or `finish`", path))
    return problems


def _alike(one: Step, other: Step) -> bool:
    return len(one.kind.branches()) == len(other.kind.branches())


def _nothing(steps: Any) -> list[Any]:
    return []
