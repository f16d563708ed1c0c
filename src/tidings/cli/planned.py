"""What a plan would do, for people and for programs: documents with their diffs, who is concerned, what the web app changed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from rich.markup import escape
from rich.text import Text

from tidings.cli import show
from tidings.kernel.problems import did_you_mean
from tidings.project.drift import Drift
from tidings.project.flight import Flight, otherwise, summary
from tidings.project.plan import Change, Plan, words
from tidings.project.print_yaml import print_yaml
from tidings.project.would import Would
from tidings.simulate.forecast import Forecast

_SIGN: Final = {"added": ("+", "green"), "changed": ("~", "yellow"), "removed": ("-", "red")}
_LONGEST_DIFF: Final = 60


def show_plan(plan: Plan, people: Mapping[str, Flight], *, open: bool = True) -> None:
    """Print what would change: each document with its diff, what becomes of people inside journeys, then the sum. ``open``: it may still be
    chosen otherwise."""
    for change in plan.changes:
        sign, colour = _SIGN[change.what]
        show.say(f"[{colour}]{sign} {change.what:8}[/] [bold]{escape(change.file)}[/]")
        if change.what == "changed":
            _show_diff(change)
        if change.takes and change.what != "added":
            named = [f"{id} (closed, people finish in it)" if id in change.closed else id for id in change.takes]
            show.say(f"    [dim]used by: {escape(', '.join(named))}[/]")
        for each in change.keeps:
            who = "1 person" if each.people == 1 else f"{each.people:,} people"
            where = f"version {each.version} of {each.journey}"
            show.say(f"    [dim]as it was for {who} who finish{'es' * (each.people == 1)} on {escape(where)}[/]")
        flight = people.get(change.name) if change.kind == "journey" else None
        if flight is not None and flight.inside:
            for line in summary(flight):
                show.say(f"    [bold]{escape(line)}[/]")
            show.say(f"    [dim]all of them: tidings journey people {escape(change.name)}[/]")
            for line in otherwise(flight) if open else ():
                show.say(f"    [dim]otherwise: {escape(line)}[/]")
    show.say(f"\n[bold]{plan.summary()}[/]" if plan.changes else "[dim]nothing to change[/]")


def show_new(name: str, others: Sequence[str]) -> None:
    """Print that a workspace is not there yet, so that a slip of the pen makes none."""
    if name not in others:
        hint = did_you_mean(name, others)
        show.say(
            f"[yellow]+ new workspace {escape(name)}[/], which `apply` makes" + (f"; {escape(hint)}" if hint else "")
        )


def show_forecasts(forecasts: Mapping[str, Forecast], left: Sequence[str] = ()) -> None:
    """Print what would come of journeys; of those that are ``left`` it is not worked out."""
    for journey, forecast in forecasts.items():
        show.say(f"[bold]{escape(journey)}[/]: {escape(forecast.sentence)} [dim]({escape(forecast.basis)})[/]")
    if left:
        show.say(f"[dim]what would come of {escape(' and '.join(left))} is not worked out here: there are too many[/]")


def show_would(found: Iterable[Would]) -> None:
    """Print who matches journeys already, and whether they are taken in."""
    for each in found:
        if each.people != 0 or each.rate:
            show.say(f"[bold]{escape(each.journey)}[/]: {escape(each.says())}")


def show_drift(drift: Drift) -> None:
    """Print what was changed elsewhere since the files were last applied, by whom, and what becomes of it."""
    for document in drift.documents:
        colour, words = _DRIFT[document.what]
        if document.what == "merged" and document.conflicts:
            words = _PREFERRED
        says = words.format(by=escape(document.by or "somebody"))
        show.say(f"[{colour}]~ {document.what:8}[/] [bold]{escape(document.file)}[/] {says}")
        for conflict in document.conflicts:
            show.say(f"    at [bold]{escape(conflict.says())}[/]")
            for side, value in (("files", conflict.ours), ("in force", conflict.theirs)):
                first, *more = _said(value).splitlines() or [""]
                show.say(f"      [dim]{side:8}[/] {escape(first)}")
                for line in more[:_LONGEST_SIDE]:
                    show.say(f"               {escape(line)}")


_DRIFT: Final = {
    "kept": ("cyan", "was changed by {by}; it stays, and `tidings pull` brings it into the files"),
    "merged": ("cyan", "was changed here and by {by}; both are taken"),
    "conflict": ("red", "was changed here and by {by} at the same place"),
    "unapplied": ("cyan", "was changed here and is not applied yet; it stays"),
}
_PREFERRED: Final = "was changed here and by {by} at the same place; the side you prefer is taken"
_LONGEST_SIDE: Final = 12
"""Lines shown of each side of a conflict."""


def _said(value: Any) -> str:
    if value is None:
        return "(not there)"
    if isinstance(value, Mapping):
        return print_yaml(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _show_diff(change: Change) -> None:
    """Lines that were put in place of as many others show which words differ."""
    lines = change.diff()
    for sign, group in _runs(lines[:_LONGEST_DIFF]):
        if sign == "±":
            half = len(group) // 2
            pairs = [list(words(old[1:], new[1:])) for old, new in zip(group[:half], group[half:], strict=True)]
            for mark, colour in (("-", "red"), ("+", "green")):
                for pieces in pairs:
                    show.out().print(_marked(pieces, mark, colour))
            continue
        for line in group:
            show.out().print(Text(f"    {line}", style={"+": "green", "-": "red", "@": "cyan"}.get(sign, "dim")))
    if len(lines) > _LONGEST_DIFF:
        show.say(f"    [dim]… {len(lines) - _LONGEST_DIFF} more lines[/]")


def _runs(lines: Sequence[str]) -> Iterable[tuple[str, list[str]]]:
    """Neighbouring lines of one sign; removed and then as many added ones together, as ``±``."""
    runs = [(sign, list(group)) for sign, group in groupby(lines, key=lambda line: line[:1])]
    index = 0
    while index < len(runs):
        (sign, group), after = runs[index], runs[index + 1 : index + 2]
        if sign == "-" and after and after[0][0] == "+" and len(after[0][1]) == len(group):
            yield "±", group + after[0][1]
            index += 2
        else:
            yield sign, group
            index += 1


def _marked(pieces: Sequence[tuple[str, str]], sign: str, colour: str) -> Text:
    text = Text(f"    {sign}", style=colour)
    for mark, piece in pieces:
        if mark in (" ", sign):
            text.append(piece, style=f"bold {colour} reverse" if mark == sign and piece.strip() else colour)
    return text


def plan_data(plan: Plan, carried: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Give a plan as plain data. ``carried``: what becomes of those inside, by journey."""
    return {
        "over": plan.number,
        "changes": [
            {
                "kind": change.kind,
                "name": change.name,
                "what": change.what,
                "file": change.file,
                "diff": change.diff() if change.what == "changed" else [],
                "used_by": list(change.takes),
                "closed": list(change.closed),
                "kept_by": [each._asdict() for each in change.keeps],
                "people": carried.get(change.name) if change.kind == "journey" else None,
            }
            for change in plan.changes
        ],
    }
