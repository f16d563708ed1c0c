"""What steps have in common that ask the world outside: how long, how often, under what name the answer is kept, and what if none comes."""

import re
from typing import Any, ClassVar, Final, Literal, cast

from tidings.journeys.answer import Answer, Done, GoOn, Here, Park, Wait
from tidings.journeys.base import Plain
from tidings.journeys.form import Field
from tidings.journeys.reading import Reader
from tidings.journeys.value import Unworkable
from tidings.kernel.problems import did_you_mean
from tidings.kernel.times import HOUR, show_duration

OnError = Literal["go on", "park", "exit"]
ERRORS: Final = ("go on", "park", "exit")
POLICIES: Final = ("at_least_once", "at_most_once")
_SAYS: Final = {
    "go on": "They go on with the next step",
    "park": "They stand still here, until somebody lets them try again",
    "exit": "They leave the journey",
}
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_RESERVED: Final = ("id", "name", "version")


def fields(on_error: str) -> tuple[Field, ...]:
    """The fields that every such step has, for forms. ``on_error``: what happens where nothing is said."""
    return (
        Field("as", "text", "Keep the answer as", "Read later as `journey.NAME`.", example="score"),
        Field("at_most", "duration", "At most", "How long to try; left empty, an hour.", example="1 hour"),
        Field(
            "policy",
            "choice",
            "If in doubt",
            "Whether to call again where it is not known if the last call arrived.",
            choices=POLICIES,
            says=("Call again: better twice than never", "Do not: better never than twice"),
            usual="Call again: better twice than never",
        ),
        Field("on_error", "choice", "If it fails", choices=ERRORS, says=tuple(_SAYS.values()), usual=_SAYS[on_error]),
    )


class Calling(Plain, frozen=True):
    """``name``: under which the answer is kept ("": it is not). ``at_most`` in microseconds. ``sure``: call again where in doubt."""

    usual: ClassVar[OnError] = "go on"
    name: str = ""
    at_most: int = HOUR
    sure: bool = True
    on_error: OnError = "go on"

    @classmethod
    def read_calling(cls, reader: Reader) -> dict[str, Any]:
        """Read the fields that every such step has."""
        name = reader.text("as", "")
        if name and (not _NAME.fullmatch(name) or name in _RESERVED):
            reader.problem(f"`{name}` can't be a name here", "use letters, digits and _: `as: score`", "as")
        return {
            "name": name,
            "at_most": HOUR if (given := reader.duration("at_most")) is None else given,
            "sure": _choice(reader, "policy", POLICIES, POLICIES[0]) == POLICIES[0],
            "on_error": cast(OnError, _choice(reader, "on_error", ERRORS, cls.usual)),
        }

    def write_calling(self) -> dict[str, Any]:
        """Write them, what is usual left out."""
        data: dict[str, Any] = {"as": self.name} if self.name else {}
        if self.at_most != HOUR:
            data["at_most"] = show_duration(self.at_most)
        if not self.sure:
            data["policy"] = POLICIES[1]
        if self.on_error != self.usual:
            data["on_error"] = self.on_error
        return data

    def lasts(self) -> int:
        """What it waits at most."""
        return self.at_most

    def request(self, here: Here) -> tuple[str, dict[str, Any]]:
        """Say in words what is asked, and give the request; raises `Unworkable`."""
        raise NotImplementedError

    def run(self, here: Here) -> Answer:
        """Call on arrival, then wait for the answer or the end of patience."""
        try:
            if (answer := here.answer) is not None:
                if not answer.ok:
                    return self._failed(answer.reason, answer.detail)
                if self.name:
                    here.keep(self.name, answer.value)
                return GoOn(why=f"answered: journey.{self.name}" if self.name else "answered")
            until, asks = max(here.arrived + self.at_most, here.postponed), ""
            if here.now >= until:
                return self._failed(f"no answer within {show_duration(self.at_most)}")
            if not here.waiting:
                asks, request = self.request(here)
                here.call(self.key, request, until, self.sure)
            return Wait(until, asks)
        except Unworkable as fault:
            return self._failed(str(fault))

    def _failed(self, reason: str, detail: str = "") -> Answer:
        if self.on_error == "park":
            return Park(f"failed: {reason}", detail)
        return Done(f"failed: {reason}") if self.on_error == "exit" else GoOn(why=f"failed: {reason}")


def _choice(reader: Reader, key: str, choices: tuple[str, ...], usual: str) -> str:
    value = reader.data.get(key, usual)
    if value in choices:
        return cast(str, value)
    hint = did_you_mean(str(value), choices) or "it is one of: " + ", ".join(choices)
    reader.problem(f"`{key}` can't be `{value}`", hint, key)
    return usual
