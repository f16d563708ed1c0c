"""A step of the document: its id, which survives edits, and what kind of step it is."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from msgspec import Struct

from tidings.journeys.condition import Condition
from tidings.journeys.form import Field
from tidings.journeys.kinds import StepKind, step_kinds
from tidings.journeys.reading import Reader
from tidings.kernel.problems import did_you_mean

COMMON_FORM: Final = (
    Field("id", "name", "Id", "People in flight are found by it when the journey is edited: keep it.", required=True),
    Field("name", "text", "Name", "What people call it."),
    Field("note", "lines", "Note", "Anything worth knowing; a sticky note on the canvas."),
    Field("only_if", "rule", "Only if", "Asked on arrival; where it does not hold the step is skipped."),
)
COMMON = tuple(field.key for field in COMMON_FORM)


class Step(Struct, frozen=True):
    """``only_if``: asked when a run arrives; where it does not hold the step is skipped."""

    id: str
    kind: StepKind
    name: str = ""
    note: str = ""
    only_if: Condition | None = None


Placed = dict[tuple[str | int, ...], Step | None]
"""Steps by their path in the document; None: it can't be told what it does."""


def read_steps(reader: Reader, key: str, placed: Placed) -> tuple[Step, ...]:
    """Read the list of steps at ``key``; faults are noted on the reader, and each step, inner ones too, in ``placed``."""
    reader.inner = partial(read_steps, placed=placed)
    found = []
    for index, item in enumerate(reader.items(key, "steps")):
        inner = reader.at(key, index, data=item)
        placed[inner.path] = step = _read_step(inner)
        if step is not None:
            found.append(step)
    return tuple(found)


def _read_step(reader: Reader) -> Step | None:
    kinds = step_kinds()
    chosen = [key for key in reader.data if key in kinds]
    id = reader.name("id", "welcome")
    if len(chosen) != 1:
        others = [str(key) for key in reader.data if key not in COMMON and key not in kinds]
        if chosen:
            reader.problem(
                f"a step does one thing, this one has {' and '.join(f'`{key}`' for key in chosen)}",
                "make two steps",
                chosen[1],
            )
        elif others:
            hint = did_you_mean(others[0], list(kinds)) or f"steps are: {', '.join(sorted(kinds))}"
            reader.problem(f"there is no step `{others[0]}`", hint, others[0])
        else:
            reader.problem("this step does nothing", f"give it one of: {', '.join(sorted(kinds))}")
        return None
    kind = kinds[chosen[0]]
    reader.only((*COMMON, *(field.key for field in kind.form.fields)), f"a `{kind.key}` step")
    return Step(
        id=id,
        kind=kind.read(reader),
        name=reader.text("name", ""),
        note=reader.text("note", ""),
        only_if=reader.condition("only_if"),
    )


def write_steps(steps: tuple[Step, ...]) -> list[Any]:
    """Give the plain documents of steps, keys in canonical order."""
    return [_write_step(step) for step in steps]


def _write_step(step: Step) -> Mapping[str, Any]:
    data: dict[str, Any] = {"id": step.id}
    if step.name:
        data["name"] = step.name
    if step.note:
        data["note"] = step.note
    if step.only_if is not None:
        data["only_if"] = step.only_if.text
    return data | step.kind.write(write_steps)


def every(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Walk steps and their inner steps, in the order they are written."""
    for step in steps:
        yield step
        for inner in step.kind.branches():
            yield from every(inner)
