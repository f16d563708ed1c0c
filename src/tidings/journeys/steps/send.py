"""``send: TEMPLATE``: plan the message of a template, at once or when the ``at`` window is open."""

from collections.abc import Callable
from typing import Any, ClassVar, Final, Self

from tidings.journeys import quiet
from tidings.journeys.answer import ABOUT, Ahead, Answer, GoOn, Here, Wait
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.journeys.window import HOURS, Window
from tidings.kernel.times import show_second

TRIES: Final = 20
"""How often window and quiet hours are held against each other before the run looks again later: they may never agree."""


class Kind(Plain, frozen=True):
    """A window is a wait of the run, and so are quiet hours: exits and goals still hold meanwhile."""

    key: ClassVar[str] = "send"
    form: ClassVar[Form] = Form(
        "Send a message",
        "Sends a message, at once or in the hours you choose.",
        (
            Field("send", "template", "Message", required=True, example="welcome"),
            Field("at", "fields", "Only in these hours", "Outside them people wait here.", fields=HOURS),
        ),
        group="message",
    )

    template: str = ""
    at: Window | None = None

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``send`` and ``at``."""
        window = Window.read(reader.at("at", data=reader.data["at"])) if "at" in reader.data else None
        return cls(template=reader.name("send", "welcome"), at=window)

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write ``send`` and ``at``."""
        return {"send": self.template} | ({"at": self.at.write()} if self.at else {})

    def templates(self) -> tuple[str, ...]:
        """The one it sends."""
        return (self.template,)

    def latest(self, at: int) -> int:
        """When the window is open."""
        return at if self.at is None else self.at.opens(at, "UTC")

    def ahead(self, at: int, zone: Callable[[str], str]) -> Ahead | None:
        """When the window is open; quiet hours may hold it until later that night."""
        return Ahead(at) if self.at is None else Ahead(self.at.opens(at, zone(self.at.zone)), grade=ABOUT)

    def run(self, here: Here) -> Answer:
        """Send, or wait for the window and the end of the quiet hours."""
        until, why = here.now, ""
        for _ in range(TRIES):
            opens = self.at.opens(until, here.zone(self.at.zone)) if self.at is not None else until
            ends = here.quiet(self.template, opens)
            if ends > opens:
                why = why or f"{quiet.WHY} {show_second(ends)}"
            elif opens > until:
                why = why or f"the sending window opens {show_second(opens)}"
            if ends == until:
                break
            until = ends
        if until > here.now:
            return Wait(until, why)
        here.send(self.template)
        return GoOn(what="planned", why=self.template)
