"""Secrets that settings and journeys name: where, and those that are none of the workspace's, which would count as missing at work."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from tidings.channels.secrets import AMEND, Allotted, Owner
from tidings.kernel.problems import Problem
from tidings.project.folder import Project
from tidings.project.overlay import TABLE

_ASKS: Final = ("webhook", "run")
"""Kinds of steps that may name one."""


class Named(NamedTuple):
    """``kind`` and ``name``: of the document that names it, at ``path``."""

    kind: str
    name: str
    path: tuple[str | int, ...]
    secret: str


def named(channels: Any, journeys: Mapping[str, Any]) -> Iterator[Named]:
    """Find each secret that the settings' ``channels`` and the documents of journeys name."""
    for channel, table in channels.items() if isinstance(channels, Mapping) else ():
        for field, secret in table.items() if isinstance(table, Mapping) else ():
            if str(field).endswith("_env") and isinstance(secret, str) and secret:
                yield Named("settings", "", ("channels", channel, field), secret)
    for id, document in journeys.items():
        for path, secret in _within(document.get("steps"), ("steps",)):
            yield Named("journey", id, path, secret)


def foreign(project: Project, owner: Owner, allotted: Allotted) -> list[Problem]:
    """Warn of each secret that is named and not the workspace's own, where it is named."""
    found = []
    for each in named(project.settings.get("channels"), project.journeys):
        if not owner.has(each.secret, allotted):
            places = project.places.get((each.kind, each.name))
            own = (TABLE, owner.name, *each.path)  # what differs in this workspace is said in its own table
            path = own if each.kind == "settings" and places is not None and own in places.values else each.path
            says = f"the secret {each.secret} is none of the workspace {owner.name}, and counts as missing"
            found.append(project.locate(each.kind, each.name, Problem(says, AMEND, path, warning=True)))
    return found


def _within(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _within(each, (*path, index))
    elif isinstance(value, Mapping):
        secret = value.get("secret")
        if isinstance(secret, str) and any(kind in value for kind in _ASKS):
            yield (*path, "secret"), secret
        for key, each in value.items():
            yield from _within(each, (*path, key))
