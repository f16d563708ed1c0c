"""A backtest or simulation in words and tables, for the terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from rich.markup import escape

from tidings import journeys
from tidings.cli import show
from tidings.journeys.goal import show_amount
from tidings.journeys.step import every
from tidings.kernel.times import SECOND, show_duration
from tidings.project.numbers import went
from tidings.simulate.backtest import Result
from tidings.simulate.measure import Calibration, Comparison, Count, Measure

FATES = ("sent", "refused", "failed", "cancelled", "waiting")


def tell(journey: str, result: Result, documents: Sequence[Mapping[str, Any]], id: str = "") -> None:
    """Print all of it: first how far it can be trusted. ``documents``: the journey as each side has it; ``id``: under which it is kept."""
    count = msgspec.convert(result.count, Count)
    share = f", {result.share:.1%} of the people" if result.share < 1 else ""
    show.say(f"[bold]{escape(journey)}[/] from {result.window[0][:16]} to {result.window[1][:16]} UTC{share}")
    kept = f"; kept as {id}" if id else ""
    show.say(f"[dim]{count.people:,} people, {count.inputs:,} inputs{kept}[/]")
    if result.agreement is not None:
        _calibration(result, result.agreement, count.calibration)
    orders = [[step.id for step in every(journeys.read(each).steps)] for each in documents] or [
        [] for _ in result.labels
    ]
    for label, measure, middle, order in zip(result.labels, count.sides, result.medians, orders, strict=True):
        side(label, measure, middle, order)
    if len(count.sides) > 1:
        _comparison(result.labels, count.comparison, list(dict.fromkeys(step for order in orders for step in order)))
    show.say("\n[bold]What is assumed[/]")
    for line in result.assumed:
        show.say(f"  · {escape(line)}")


def _calibration(result: Result, agreement: float, calibration: Calibration) -> None:
    real = sum(counts[0] for counts in calibration.moves.values())
    since = f"the version in force is so since {result.live[:16]} UTC" if result.live > result.window[0] else ""
    if not real:
        show.say(
            f"\n[bold]Calibration[/] there is nothing to compare yet: nothing happened in the journey in these days"
            f"{'; ' if since else ''}{since}"
        )
        return
    if since and agreement < 1:
        show.say(
            f"\n[bold]Calibration[/] it is too early to compare: {since}, and was not there before to do what is played; "
            f"{_percent(agreement)} of all moves agree ({real:,} real ones)"
        )
        return
    colour = "green" if agreement == 1 else "yellow" if agreement >= 0.95 else "red"
    show.say(
        f"\n[bold]Calibration[/] [{colour}]{_percent(agreement)} of all moves agree[/]: the version in force, "
        f"played over these days, beside what it really did ({real:,} moves)"
    )
    off = {what: counts for what, counts in calibration.moves.items() if counts[2] < max(counts[:2])}
    for what, (was, would, both) in sorted(off.items()):
        show.say(f"  {what}: {was:,} really, {would:,} played, {both:,} in both")
    for line in calibration.examples[:5]:
        show.say(f"  [dim]{escape(line)}[/]")
    apart = {fate: counts for fate, counts in calibration.fates.items() if counts[0] != counts[1]}
    for fate, (was, would, _) in sorted(apart.items()):
        show.say(f"  messages {fate}: {was:,} really, {would:,} played")


def side(label: str, measure: Measure, middle: int | None, order: Sequence[str]) -> None:
    """Print one side. ``order``: of its steps."""
    took = f"; a run took {show_duration(middle * SECOND)} at the median" if middle else ""
    show.say(f"\n[bold]{escape(label)}[/]: {measure.people:,} people entered, {measure.entries:,} times{took}")
    rows = []
    for step in _in_order({*measure.steps, *measure.messages, *measure.standing}, order):
        moves, fates = measure.steps.get(step, {}), measure.messages.get(step, {})
        passed, skipped, left = went(moves)
        after = measure.goal_after.get(step)
        rows.append(
            (
                step,
                passed,
                skipped or "",
                left or "",
                measure.standing.get(step, "") or "",
                *(fates.get(fate, "") or "" for fate in FATES),
                "" if after is None else after,
            )
        )
    show.table(
        ("step", "passed", "skipped", "left", "there now", *FATES, "goal after (coincidence)"), rows, "nobody came by"
    )
    _list("ended", measure.ended)
    if measure.goals:
        worth = ", ".join(show_amount(value, currency) for currency, value in sorted(measure.value.items()))
        show.say(f"  goal reached by {measure.goals:,} runs" + (f", worth {escape(worth)}" if worth else ""))
        _list("credited to", measure.credited)
    _list("not let in", measure.refused)
    _list("held back for a while", measure.held)
    for fate in ("refused", "failed", "cancelled"):
        _list(f"messages {fate}", measure.reasons.get(fate, {}))
    if measure.rendered:
        failed = sum(measure.failures.values())
        show.say(f"  {measure.rendered:,} messages were rendered, {failed:,} of them failed")


def _comparison(labels: list[str], found: Comparison, order: Sequence[str]) -> None:
    a, b = (escape(label) for label in labels[:2])
    show.say(f"\n[bold]{a} against {b}[/]")
    show.say(f"  entered both {found.both:,}, only {a} {found.only_a:,}, only {b} {found.only_b:,}")
    show.say(
        f"  of those in both {found.same:,} were sent the same, {found.different:,} something else or at another time"
    )
    rows = [
        (step, *(counts.get(name, 0) for name in ("both", "only_a", "only_b", "another_time")))
        for step in _in_order(found.messages, order)
        for counts in (found.messages[step],)
    ]
    if rows:
        show.table(("messages of", "the same", f"only {labels[0]}", f"only {labels[1]}", "another time"), rows, "")


def _in_order(steps: Iterable[str], order: Sequence[str]) -> list[str]:
    """As the journey has them; those it does not have (any more) at the end."""
    return sorted(steps, key=lambda step: (order.index(step) if step in order else len(order), step))


def _list(title: str, counts: dict[str, int]) -> None:
    for reason, number in _most(counts):
        show.say(f"  {title}: {number:,} × {escape(reason or 'no reason given')}")


def _most(counts: dict[str, int]) -> Iterable[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: -item[1])[:8]


def _percent(part: float) -> str:
    """A hundred only where it is all of them."""
    return "100 %" if part == 1 else f"{min(part * 100, 99.99):.2f} %"
