"""A measured figure, and the table of them."""

from collections.abc import Sequence

from msgspec import Struct


class Figure(Struct):
    """``ratio``: the figure against its baseline in the same run; ``floor``: what the gate asks (of the ratio where there is one).

    ``more``: more is better. ``against``: what the ratio is of. ``aim``: the absolute figure to reach. ``note``: how it was measured.
    """

    measure: str
    figure: float
    unit: str
    ratio: float | None = None
    floor: float | None = None
    aim: str = ""
    against: str = ""
    note: str = ""
    more: bool = True

    @property
    def holds(self) -> bool | None:
        """Whether the gate is passed; None where there is none."""
        if self.floor is None:
            return None
        value = self.figure if self.ratio is None else self.ratio
        return value >= self.floor if self.more else value <= self.floor


def table(figures: Sequence[Figure]) -> str:
    """Print the figures as a table in Markdown."""
    lines = ["| measure | figure | aim | ratio | gate | against | |", "| --- | ---: | ---: | ---: | ---: | --- | --- |"]
    for each in figures:
        ratio = "" if each.ratio is None else f"{each.ratio:.3f}"
        sign = "≥" if each.more else "≤"
        gate = "" if each.floor is None else f"{sign} {each.floor:g}"
        mark = {True: "✓", False: "✗", None: ""}[each.holds]
        lines.append(
            f"| {each.measure} | {shown(each.figure)} {each.unit} | {each.aim} | {ratio} | {gate} | {each.against} | {mark} |"
        )
    return "\n".join(lines)


def shown(value: float) -> str:
    """Print a number with as many digits as say something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
