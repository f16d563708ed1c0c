"""``run: FUNCTION``: run a function of the project's ``actions/`` and keep what it returns as ``journey.NAME``."""

import re
from collections.abc import Callable
from typing import Any, ClassVar, Final, Self

from msgspec import field

from tidings.actions import place
from tidings.journeys import calling
from tidings.journeys.answer import Here
from tidings.journeys.calling import Calling, OnError
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.journeys.steps.webhook import SECRETS, VARIABLE
from tidings.journeys.value import Value, read_value

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[A-Za-z_][A-Za-z0-9_]{0,63})?")


class Kind(Calling, frozen=True):
    """``action``: the file and its function, ``leads.score``; a name alone is both. ``values``: its arguments by name."""

    key: ClassVar[str] = "run"
    usual: ClassVar[OnError] = "park"
    form: ClassVar[Form] = Form(
        "Run a function",
        "Runs a function of the project, and keeps what it returns.",
        (
            Field(
                "run", "action", "Function", "`score`, or `leads.score` of leads.py.", required=True, example="score"
            ),
            Field("with", "values", "With", "Its arguments; may be Liquid.", example={"seats": "{{ customer.seats }}"}),
            Field("secret", "secret", "Secret", "For its requests; a variable whose name begins with TIDINGS_SECRET_."),
            *calling.fields("park"),
        ),
        group="out",
    )
    action: str = ""
    values: Value = field(default_factory=lambda: Value({}))
    secret: str = ""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read the function, its arguments and what becomes of its answer."""
        action = reader.text("run", example="score")
        if action and not _NAME.fullmatch(action):
            reader.problem(f"`{action}` names no function", "write `score`, or `leads.score` for leads.py", "run")
        values = Value({})
        if "with" in reader.data and reader.at("with", data=reader.data["with"]).data:
            values = read_value(reader, "with")
        secret = reader.text("secret", "")
        if secret and not VARIABLE.fullmatch(secret):
            hint = f"name one that begins with {SECRETS}, such as {SECRETS}SCORING"
            reader.problem(f"`{secret}` is no variable a journey may send out", hint, "secret")
        return cls(action=action, values=values, secret=secret, **cls.read_calling(reader))

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write what was read."""
        data: dict[str, Any] = {"run": self.action}
        if self.values.plain:
            data["with"] = self.values.plain
        if self.secret:
            data["secret"] = self.secret
        return data | self.write_calling()

    def names(self) -> tuple[tuple[str, str], ...]:
        """The function."""
        return (("action", self.action),)

    def request(self, here: Here) -> tuple[str, dict[str, Any]]:
        """Work the arguments out."""
        return self.action, {**place(self.action), "with": here.work_out(self.values), "secret": self.secret}
