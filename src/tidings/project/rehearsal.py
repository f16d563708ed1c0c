"""What is to be rehearsed: the version in force of a journey, a draft in a folder, in one file, or in the workspace."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.project.alone import alone
from tidings.project.body import make_body
from tidings.project.check import check
from tidings.project.drafts import with_drafts
from tidings.project.folder import LARGEST, Project
from tidings.project.read_yaml import read_yaml
from tidings.project.store import InForce
from tidings.project.versions import rolled_back

SideOf = tuple[str, Mapping[str, Any], bool]
"""(label, body of a snapshot, is it what is in force), as `simulate.backtest.Asked` takes it."""
LIVE = "live"


def live(in_force: InForce, journey: str) -> SideOf | None:
    """Give the version in force; None where there is none."""
    return (LIVE, in_force.body, True) if journey in in_force.body.get("journeys", {}) else None


def of_project(project: Project, in_force: InForce, journey: str, label: str = "draft") -> SideOf:
    """Give a journey as a project has it, with all it is made of. Raises Invalid where it is faulty."""
    wanted = alone(project, in_force, journey)
    problems = [problem for problem in check(wanted) if not problem.warning]
    if problems:
        raise Invalid(problems)
    return label, make_body(wanted, in_force.body), False


def of_file(path: Path, project: Project | None, in_force: InForce, journey: str) -> SideOf:
    """Give a journey as one file has it; templates and segments it names are the project's, or those in force."""
    try:
        if path.stat().st_size > LARGEST:
            raise Invalid([Problem(f"the file is larger than {LARGEST >> 20} MB", file=str(path))])
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid([Problem(f"it can't be read: {error}", "name a journey's YAML file", file=str(path))]) from None
    data, places = read_yaml(text, str(path))
    if not isinstance(data, dict):
        raise Invalid([Problem("a journey is a mapping of fields", f"begin with `journey: {journey}`", file=str(path))])
    base = project or with_drafts(in_force, [])
    document = {**data, "journey": journey}
    known = {**base.places, ("journey", journey): places}
    changed = replace(base, journeys={**base.journeys, journey: document}, places=known)
    return of_project(changed, in_force, journey, path.name)


def of_version(in_force: InForce, journey: str, version: int) -> SideOf:
    """Give an older version of a journey, with templates and segments as they are in force. Raises Invalid where it can't be any more."""
    return f"version {version}", rolled_back(in_force, journey, version), False


def unknown(journey: str, in_force: InForce) -> Invalid:
    """Say that there is no such journey."""
    known = list(in_force.body.get("journeys", {}))
    hint = did_you_mean(journey, known) or f"in force are: {', '.join(known) or 'none'}"
    return Invalid([Problem(f"there is no journey `{journey}`, in force or in a project here", hint)])
