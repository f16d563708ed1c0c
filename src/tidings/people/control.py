"""The control group: a share of a workspace's people who never get marketing, so that what marketing does can be told."""

from collections.abc import Mapping
from typing import Any

from tidings.kernel.share import in_share, parse_share
from tidings.people.document import Person


def share_of(settings: Mapping[str, Any]) -> float:
    """Give the share that a workspace's settings say; 0 where they say none."""
    text = settings.get("control_group") or ""
    return parse_share(text) if text else 0.0


def is_control(person: Person, share: float) -> bool:
    """Whether a person is in it. It is drawn on the first person they ever were, so a merge takes the group of whoever is known longer."""
    return in_share(share, "control group", person.workspace, person.first)
