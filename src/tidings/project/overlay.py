"""What differs from workspace to workspace: the same folder is staging today and production tomorrow.

`tidings.toml` says what holds everywhere, and under ``[workspaces.NAME]`` what is different there: another sender, another provider, other
limits. Journeys, segments and messages name senders and topics, never providers or secrets, so they are the same bytes in each.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from tidings.kernel.problems import Problem
from tidings.project.folder import Project

TABLE: Final = "workspaces"


def settings(data: Mapping[str, Any], name: str | None = None) -> dict[str, Any]:
    """Give the settings of one workspace; without a name, of the one that the file is for. What is no table is left for `problems`."""
    common = {key: value for key, value in data.items() if key != TABLE}
    own = name or common.get("workspace")
    differing = data.get(TABLE)
    found = differing.get(own) if isinstance(differing, Mapping) and isinstance(own, str) else None
    joined = _joined(common, found) if isinstance(found, Mapping) else common
    return {**joined, "workspace": own} if own is not None else joined


def of_workspace(project: Project, name: str | None = None) -> Project:
    """Give the project as it is meant for one workspace."""
    return replace(project, settings=settings(project.settings, name))


def names(data: Mapping[str, Any]) -> list[str]:
    """The workspaces that something differs in."""
    differing = data.get(TABLE)
    return list(differing) if isinstance(differing, Mapping) else []


def problems(data: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the shape of the table itself."""
    differing = data.get(TABLE, {})
    if not isinstance(differing, Mapping):
        return [Problem("`workspaces` holds one table for each workspace", "write `[workspaces.production]`", (TABLE,))]
    found = []
    for name, own in differing.items():
        if not isinstance(own, Mapping):
            found.append(Problem(f"`{name}` is a table", f"write `[{TABLE}.{name}]`", (TABLE, name)))
        elif "workspace" in own:
            hint = "the table's own name says which workspace it is for: leave it out"
            found.append(
                Problem("a workspace can't be called otherwise within itself", hint, (TABLE, name, "workspace"))
            )
    return found


def placed(data: Mapping[str, Any], name: str, problem: Problem) -> Problem:
    """Point at the line that is meant: one of the workspace's own table where it says something there."""
    inner: Any = data[TABLE][name]
    for length, key in enumerate(problem.path):
        if not isinstance(inner, Mapping) or key not in inner:
            return problem if length == 0 else replace(problem, path=(TABLE, name, *problem.path[:length]))
        inner = inner[key]
    return replace(problem, path=(TABLE, name, *problem.path))


def differences(common: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What a workspace's own table must say for ``wanted`` to come of ``common``. What is only in ``common`` can't be taken out."""
    found: dict[str, Any] = {}
    for key, value in wanted.items():
        before = common.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            if inner := differences(before, value):
                found[key] = inner
        elif value != before:
            found[key] = value
    return found


def _joined(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are joined field by field. A channel with another provider shares nothing with the common one."""
    made = dict(common)
    for key, value in own.items():
        before = made.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping) and _is_alike(before, value):
            made[key] = _joined(before, value)
        else:
            made[key] = value
    return made


def _is_alike(before: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    return own.get("provider") in (None, before.get("provider"))
