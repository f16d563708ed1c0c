"""``api: true``: a call of the API lets people in, with data."""

from typing import Any, ClassVar, Self

from tidings.journeys.base import Starter
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader


class Kind(Starter, frozen=True):
    """Nothing in the person's life starts it."""

    key: ClassVar[str] = "api"
    form: ClassVar[Form] = Form(
        "The API is called",
        "Your program says who comes in, and with what data, which is read as `event.x`.",
        (Field("api", "truth", "By the API", required=True, example=True),),
    )

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``api: true``."""
        reader.only(("api",), "an api trigger")
        if reader.data.get("api") is not True:
            reader.problem("`api` can only be true", "write `api: true`", "api")
        return cls()

    def write(self) -> dict[str, Any]:
        """Write the field."""
        return {"api": True}

    def called(self) -> bool:
        """By nothing else."""
        return True

    def says(self) -> str:
        """The trigger in words."""
        return "called by the API"
