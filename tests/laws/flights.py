"""Generated publishes: a journey's document edited here and there, and what its publisher chose for those inside."""

import copy
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from tests.laws.stories import Input, Workspace, lives, steps, workspaces
from tidings import journeys
from tidings.journeys.step import every
from tidings.kernel.problems import Invalid

Lists = list[list[Any]]


def lists_of(steps: list[Any]) -> Lists:
    """Every list of steps in a document, the outer one first."""
    found: Lists = [steps]
    for step in steps:
        waits = step.get("wait_until")
        for arm in [*step.get("branch", ()), *step.get("split", ()), *(waits if isinstance(waits, list) else ())]:
            if "holdout" not in arm:
                found += lists_of(arm.get("steps", arm.get("otherwise")))
    return found


def land(steps: list[Any], known: set[str]) -> None:
    """Take away every `go_to` that leads to no step that is known."""
    for among in lists_of(steps):
        among[:] = [step for step in among if step.get("go_to", "") in {"", *known}]


def ids(document: Any) -> list[str]:
    """The ids of a document's steps."""
    return [step.id for step in every(journeys.read(document).steps)]


@st.composite
def edited(draw: st.DrawFn, document: dict[str, Any], segments: tuple[str, ...], name: str) -> dict[str, Any]:
    """The document after one to four edits; steps that stay keep their ids."""
    new = copy.deepcopy(document)
    for edit in range(draw(st.integers(1, 4))):
        among = draw(st.sampled_from(lists_of(new["steps"])))
        what = draw(st.sampled_from(["add", "remove", "move", "retime", "settings"]))
        if what == "settings":
            new["exit"] = draw(st.sampled_from(['did "Gamma" at least 2 times', "x = 2"]))
        elif what == "add":
            made, _ = draw(steps(segments, f"{name}e{edit}-"))
            land(made, set())
            place = draw(st.integers(0, len(among)))
            among[place:place] = made
        elif not among:
            continue
        elif what == "retime":
            for step in among:
                if "wait" in step:
                    step["wait"] = f"{draw(st.integers(1, 6))} minutes"
                if "at_most" in step and "go_to" not in step:
                    step["at_most"] = f"{draw(st.integers(1, 6))} minutes"
        else:
            taken = among.pop(draw(st.integers(0, len(among) - 1)))
            if what == "move":
                into = draw(st.sampled_from(lists_of(new["steps"])))
                into.insert(draw(st.integers(0, len(into))), taken)
    land(new["steps"], {step["id"] for among in lists_of(new["steps"]) for step in among})
    if not new["steps"]:
        new["steps"] = [{"id": f"{name}last", "wait": "1 minute"}]
    return new


@st.composite
def boarded(draw: st.DrawFn) -> tuple[Workspace, list[Input]]:
    """A workspace with a journey that is entered at once and holds people for a while, and a life that enters it; without loops."""
    workspace = draw(workspaces())
    first, last = draw(steps(tuple(workspace.body["segments"]), "j0-", 1))[0], draw(st.integers(1, 6))
    document = {
        "journey": "j0",
        "trigger": {"event": "Alpha"},
        "steps": [
            {"id": "hello", "send": "hello"},
            *first,
            {"id": "settle", "wait": f"{last} minutes"},
            {"id": "more", "send": "more"},
        ],
    }
    workspace.body["journeys"]["j0"] = {"version": 1, "status": "live", "document": document}
    for entry in workspace.body["journeys"].values():
        land(entry["document"]["steps"], set())
    assume(all(entry["document"]["steps"] for entry in workspace.body["journeys"].values()))
    return workspace, [Input(0, "Alpha", {"n": 1}, 0, {}), *draw(lives())]


@st.composite
def choices(draw: st.DrawFn, old: list[str], new: list[str]) -> dict[str, str]:
    """What a publisher may choose for steps where people may stand."""
    found: dict[str, str] = {}
    for step in old:
        words = [None, None, "finish", "leave", f"move {draw(st.sampled_from(new))}"]
        if step in new:
            words += ["retime", "keep"]
        word = draw(st.sampled_from(words))
        if word is not None:
            found[step] = word
    return found


def is_sound(document: dict[str, Any]) -> bool:
    try:
        journeys.read(document)
    except Invalid:
        return False
    return True


@st.composite
def published(draw: st.DrawFn, body: dict[str, Any], number: int) -> dict[str, Any]:
    """The body that a publish of one or all journeys makes, unsealed; ``number``: of the definitions it makes."""
    made = {**body, "journeys": dict(body["journeys"])}
    for id, entry in body["journeys"].items():
        if draw(st.integers(0, 3)) == 0:
            continue
        version = entry["version"]
        history = entry.get("history", {str(version): entry["document"]})
        document = draw(edited(entry["document"], tuple(body["segments"]), f"{id}v{version}"))
        if draw(st.integers(0, 5)) == 0:
            document = history[draw(st.sampled_from(sorted(history)))]
        if not is_sound(document):
            continue  # a step that another goes to was taken out: nobody can publish that
        old = sorted({step for each in history.values() for step in ids(each)})
        made["journeys"][id] = {
            **entry,
            "version": version + 1,
            "document": document,
            "history": {**history, str(version + 1): document},
            "published": {**entry.get("published", {str(version): 1}), str(version + 1): number},
            "carries": {**entry.get("carries", {}), str(version + 1): draw(choices(old, ids(document)))},
            "held": [*entry.get("held", ()), version],
        }
    return made
