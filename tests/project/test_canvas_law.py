"""From document to canvas and back is the same to the byte, of any journey; and whatever is done on the canvas, by its own code, the lines
of steps that were not touched stay as they are."""

from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.laws.documents import TEXTS, documents, steps_of
from tests.laws.flights import ids, is_sound
from tests.project.canvas import changed, edited, size, step_of
from tidings import journeys
from tidings.journeys.schema import forms
from tidings.project.print_yaml import print_yaml
from tidings.project.read_yaml import read_yaml

ANY = Path(__file__).with_name("canvas_any.mjs")
NUMBER = st.integers(0, 60)
FIELDS = st.tuples(st.sampled_from(["note", "name"]), TEXTS) | st.tuples(
    st.sampled_from(["note", "name", "only_if", "at_most"]), st.none()
)
EDITS = st.one_of(
    st.tuples(st.sampled_from(["delete", "up", "down", "copy"]), NUMBER),
    st.tuples(st.just("move"), NUMBER, NUMBER),
    st.tuples(
        st.just("add"),
        NUMBER,
        st.sampled_from(sorted(forms()["steps"])).flatmap(lambda kind: steps_of(kind, "the-new-one")),
    ),
    st.tuples(st.just("field"), NUMBER, FIELDS).map(lambda drawn: (*drawn[:2], *drawn[2])),
    st.tuples(st.just("field"), NUMBER, st.just("only_if"), st.just("seats > 97")),
    st.tuples(st.just("journey"), st.just(0), st.sampled_from(["name", "note"]), TEXTS),
    st.tuples(st.just("ways"), NUMBER, st.sampled_from(["add", "ask", "swap", "drop"]), NUMBER),
)
SPREAD = 8
"""Lines that a way of one line may take more, or give back, where it becomes too much for the line, or fits it again."""


def places(document: dict[str, Any]) -> tuple[dict[str, list[str]], dict[str, tuple[str, ...]]]:
    """The lines that each step has to itself, "" being the journey; and the steps that each stands inside of, the nearest first."""
    text = print_yaml(document)
    data, positions = read_yaml(text)
    starts: dict[int, list[tuple[int, str]]] = {}
    around: dict[str, tuple[str, ...]] = {}

    def walk(found: Any, path: tuple[Any, ...], outer: tuple[str, ...]) -> None:
        if isinstance(found, dict):
            if path and isinstance(path[-1], int) and "id" in found:
                place = positions.values[path]
                starts.setdefault(place.line, []).append((place.column - 1, found["id"]))
                around[found["id"]] = outer
                outer = (found["id"], *outer)
            for key, inner in found.items():
                walk(inner, (*path, key), outer)
        elif isinstance(found, list):
            for index, inner in enumerate(found):
                walk(inner, (*path, index), outer)

    walk(data["steps"], ("steps",), ())
    own: dict[str, list[str]] = {"": []}
    stack = [(0, "")]
    for number, line in enumerate(text.splitlines(), 1):
        indent = len(line) - len(line.lstrip(" "))
        while line and indent < stack[-1][0]:
            stack.pop()
        for column, id in starts.get(number, ()):
            if line[:column].strip(" -") == "":  # the first of the line; others share it
                stack.append((column, id))
                own[id] = []
        own[stack[-1][1]].append(line)
    return own, around


def check(before: dict[str, Any], after: dict[str, Any], edit: dict[str, Any]) -> None:
    touched = set(edit["ids"]) | ({""} if edit["what"] == "journey" else set())
    old, around_old = places(before)
    new, around_new = places(after)
    ancestors = {each for id in touched for around in (around_old, around_new) for each in around.get(id, ())}
    nearest = {(*around.get(id, ()), "")[0] for id in touched for around in (around_old, around_new)}
    reflowed = (set(old) ^ set(new)) & set(around_old) & set(around_new)
    for id in reflowed - touched:  # it stood on a line with its way, or does now
        assert ancestors & set(around_old[id]), (edit, id)
    spared = touched | nearest | (ancestors if reflowed else set())
    for id in (set(old) & set(new)) - spared:
        assert new[id] == old[id], (edit, id)
    for id in nearest - touched:  # the ways it went from and came to, which may fit a line now, or no more
        gone, came = changed("\n".join(old.get(id, ())), "\n".join(new.get(id, ())))
        assert len(gone) + len(came) <= SPREAD, (edit, id, gone, came)
    gone, came = changed(print_yaml(before), print_yaml(after))
    room = sum(size(step) for id in touched - {""} for document in (before, after) if (step := step_of(document, id)))
    assert len(gone) + len(came) <= 2 * room + SPREAD, (edit, gone, came)


def test_any_journey_is_drawn_and_written_back_and_edits_touch_their_own_lines(canvas: str) -> None:
    tried: Counter[str] = Counter()

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(st.lists(st.tuples(documents(), st.lists(EDITS, min_size=6, max_size=12)), min_size=3, max_size=8))
    def law(made: list[Any]) -> None:
        before = [document for document, _ in made]
        said = edited(
            ANY, canvas, before, [[number, *edit] for number, (_, edits) in enumerate(made) for edit in edits]
        )
        assert said["same"]
        for document, drawn in zip(before, said["drawn"], strict=True):
            assert sorted(drawn["ids"]) == sorted(ids(document))
            assert print_yaml(journeys.write(journeys.read(drawn["after"]))) == print_yaml(document)
        for edit in said["edited"]:
            if not is_sound(edit["after"]):
                continue  # told as a problem, and never published
            tried[edit["what"]] += 1
            check(before[edit["number"]], journeys.write(journeys.read(edit["after"])), edit)

    law()
    assert set(tried) == {"delete", "up", "down", "copy", "move", "add", "field", "journey", "ways"}
