"""``split``: shares of people, drawn from a hash, so a person always draws the same arm."""

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import Any, ClassVar, Self

from msgspec import Struct

from tidings.journeys.answer import ABOUT, Ahead, Answer, Done, GoOn, Here
from tidings.journeys.base import Plain
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.kernel.ids import draw


class Share(Struct, frozen=True):
    """``share``: a weight above zero; ``name`` for reports. ``holdout``: whoever draws it gets nothing more of the journey."""

    share: float
    steps: tuple[Any, ...]
    name: str = ""
    holdout: bool = False


class Kind(Plain, frozen=True):
    """Draws on (workspace, journey, step, first person id): a merge or a second visit changes no cohort."""

    key: ClassVar[str] = "split"
    form: ClassVar[Form] = Form(
        "Split by chance",
        "Divides people by shares; the same person always takes the same way.",
        (
            Field(
                "split",
                "fields",
                "Shares",
                required=True,
                many=True,
                fields=(
                    Field("share", "number", "Share", "A weight: 50 and 50 is half each.", example=50),
                    Field(
                        "holdout",
                        "number",
                        "Held out",
                        "A weight beside the shares: these people get nothing more.",
                        example=10,
                    ),
                    Field("name", "text", "Name", "For reports."),
                    Field("steps", "steps", "Then"),
                ),
            ),
        ),
        group="way",
    )
    shares: tuple[Share, ...] = ()
    id: str = ""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read a list of ``{share, name, steps}`` and ``{holdout, name}``."""
        items = reader.items("split", "shares")
        shares = []
        for index, item in enumerate(items):
            inner = reader.at("split", index, data=item)
            key = "holdout" if "holdout" in inner.data else "share"
            inner.only(("share", "name", "steps") if key == "share" else ("holdout", "name"), f"a {key}")
            share = inner.data.get(key)
            if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1e6:
                inner.problem("a share is a number above zero", f"write for example `{key}: 50`", key)
                share = 1
            steps = inner.steps("steps") if key == "share" else ()
            shares.append(Share(share, steps, inner.text("name", ""), key == "holdout"))
        if len(items) < 2:
            reader.problem("a split needs at least two shares", "add another `- share: 50`", "split")
        return cls(shares=tuple(shares), id=str(reader.data.get("id", "")))

    def write(self, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
        """Write the shares in order."""
        return {"split": [_written(share, steps) for share in self.shares]}

    def branches(self) -> tuple[Any, ...]:
        """The shares' steps."""
        return tuple(share.steps for share in self.shares)

    def ahead(self, at: int, zone: Callable[[str], str]) -> Ahead | None:
        """By all shares, each its part."""
        whole = sum(share.share for share in self.shares)
        parts = [(index, share.share / whole) for index, share in enumerate(self.shares) if not share.holdout]
        return Ahead(at, tuple(parts), grade=ABOUT)

    def run(self, here: Here) -> Answer:
        """Take the share the draw falls into."""
        point = draw(here.workspace, here.journey, self.id, here.person) * sum(share.share for share in self.shares)
        borders = list(accumulate(share.share for share in self.shares))
        chosen = min(bisect_right(borders, point), len(borders) - 1)
        name = self.shares[chosen].name or f"share {chosen + 1}"
        if self.shares[chosen].holdout:
            return Done(f"held out ({name})", "held_out")
        return GoOn(into=chosen, what="branched", why=name, drawn=any(share.holdout for share in self.shares))

    def passes(self) -> bool:
        """One of the shares is always drawn."""
        return False


def _written(share: Share, steps: Callable[[Any], list[Any]]) -> dict[str, Any]:
    name = {"name": share.name} if share.name else {}
    if share.holdout:
        return {"holdout": share.share, **name}
    return {"share": share.share, **name, "steps": steps(share.steps)}
