"""``split``: shares of people, drawn from a hash, so a person always draws the same arm."""

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import Any, ClassVar, Self

from msgspec import Struct

from tidings.journeys.answer import Answer, GoOn, Here
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.kernel.ids import draw


class Share(Struct, frozen=True):
    """``share``: a weight above zero; ``name`` for reports."""

    share: float
    steps: tuple[Any, ...]
    name: str = ""


class Kind(Plain, frozen=True):
    """Draws on (workspace, journey, step, first person id): a merge or a second visit changes no cohort."""

    key: ClassVar[str] = "split"
    form: ClassVar[Form] = Form(
        "Split by chance",
        "Divides people by shares; the same person always takes the same arm.",
        (
            Field(
                "split",
                "fields",
                "Shares",
                required=True,
                many=True,
                fields=(
                    Field("share", "number", "Share", "A weight: 50 and 50 is half each.", required=True, example=50),
                    Field("name", "text", "Name", "For reports."),
                    Field("steps", "steps", "Then", required=True),
                ),
            ),
        ),
        group="way",
    )
    shares: tuple[Share, ...] = ()
    id: str = ""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read a list of ``{share, name, steps}``."""
        items = reader.items("split", "shares")
        shares = []
        for index, item in enumerate(items):
            inner = reader.at("split", index, data=item)
            inner.only(("share", "name", "steps"), "a share")
            share = inner.data.get("share")
            if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1e6:
                inner.problem("a share is a number above zero", "write for example `share: 50`", "share")
                share = 1
            shares.append(Share(share, inner.steps("steps"), inner.text("name", "")))
        if len(items) < 2:
            reader.problem("a split needs at least two shares", "add another `- share: 50`", "split")
        return cls(shares=tuple(shares), id=str(reader.data.get("id", "")))

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write the shares in order."""
        return {
            "split": [
                {"share": share.share} | ({"name": share.name} if share.name else {}) | {"steps": steps(share.steps)}
                for share in self.shares
            ]
        }

    def branches(self) -> tuple[Any, ...]:
        """The shares' steps."""
        return tuple(share.steps for share in self.shares)

    def run(self, here: Here) -> Answer:
        """Take the share the draw falls into."""
        point = draw(here.workspace, here.journey, self.id, here.person) * sum(share.share for share in self.shares)
        borders = list(accumulate(share.share for share in self.shares))
        chosen = min(bisect_right(borders, point), len(borders) - 1)
        return GoOn(into=chosen, what="branched", why=self.shares[chosen].name or f"share {chosen + 1}")
