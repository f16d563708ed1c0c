"""Each edit that the canvas makes, by its own code, gives the fewest lines in the file: of every example, at its first, its deepest and its
last step; and of any journey, edits that are taken back leave it to the byte. What is built of the web app here is the edits alone."""

from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.laws.stories import Workspace, workspaces
from tests.project.canvas import changed, edited, size, step_of
from tests.project.test_canvas_round_trip import EXAMPLES, document
from tidings import journeys
from tidings.kernel.problems import Invalid
from tidings.project.print_yaml import print_yaml

DRIVE, BACK = (Path(__file__).with_name(name) for name in ("canvas.mjs", "canvas_back.mjs"))


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(st.lists(workspaces(), min_size=4, max_size=10))
def test_an_edit_of_any_journey_that_is_taken_back_leaves_the_file_as_it_was(
    canvas: str, made: list[Workspace]
) -> None:
    documents = [
        journeys.write(journeys.read(entry["document"])) for each in made for entry in each.body["journeys"].values()
    ]
    files = [print_yaml(each) for each in documents]
    back = edited(BACK, canvas, documents)
    assert {each["edit"] for each in back} == {"insert before", "insert after", "copy", "up"}
    for each in back:
        assert print_yaml(journeys.write(journeys.read(each["after"]))) == files[each["number"]], each["edit"]


def test_each_edit_of_the_canvas_changes_only_its_own_lines(canvas: str) -> None:
    documents = {each["journey"]: each for each in map(document, EXAMPLES)}
    said = edited(DRIVE, canvas, documents.values())
    tried: Counter[str] = Counter()
    reflowed = 0
    for each in said:
        before = documents[each["journey"]]
        step = step_of(before, each["id"])
        try:
            after = print_yaml(journeys.write(journeys.read(each["after"])))
        except Invalid:  # its only step is gone, or one that another names: said as a problem, and never published
            assert each["edit"] == "delete", each
            continue
        gone, came = changed(print_yaml(before), after)
        what = (each["journey"], each["edit"], each["id"], gone, came)
        tried[each["edit"]] += 1
        if (
            len(gone) == 1 < len(came) and "[{" in gone[0]
        ):  # a way that stood on one line, and has become too much for it
            reflowed += 1
            assert len(came) <= 6, what
            continue
        if each["edit"] in ("note", "name"):
            says = "note: Mind this" if each["edit"] == "note" else "name: Another name"
            assert says in "".join(came), what
            assert len(gone) <= 1, what
            if (
                not gone or "{" not in gone[0]
            ):  # a step on a line of its own, which is written out where it grows too long
                assert (len(gone), len(came)) == (1 if each["edit"] in step else 0, 1), what
        elif each["edit"].startswith("insert"):
            assert [line.strip(" -") for line in came] in (
                ["id: the-new-one", "wait: 2 days"],
                ["{id: the-new-one, wait: 2 days}"],
            ), what
            assert gone == [], what
        elif each["edit"] == "copy":
            assert gone == [], what
            assert 1 <= len(came) <= size(step), what
        elif each["edit"] == "delete":
            assert 1 <= len(gone) <= size(step) + 1, what
            assert len(came) <= 1, what  # a list that is empty now
        elif each[
            "crosses"
        ]:  # a step is written in one line or in several by where it stands; a way may be empty then, or no more
            assert 1 <= len(gone) <= size(step) + 1, what
            assert 1 <= len(came) <= size(step) + 1, what
        else:
            assert sorted(map(str.strip, gone)) == sorted(map(str.strip, came)), what
            assert (gone == []) == (each["after"] == before), what
    assert len(tried) == 7
    assert reflowed < tried.total() / 20
    assert min(tried.values()) >= 2 * len(documents) * 3 // 4
