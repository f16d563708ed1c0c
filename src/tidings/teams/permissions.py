"""Permissions, and which role has which. A permission is ``area:verb``; every route of the API states the one it takes."""

from collections.abc import Iterable
from typing import Final, Literal

Role = Literal["owner", "admin", "author", "approver", "viewer"]

READ: Final = frozenset(
    {
        "people:read",
        "journeys:read",
        "segments:read",
        "content:read",
        "deliveries:read",
        "data:read",
        "reports:read",
        "settings:read",
        "team:read",
    }
)
WRITE: Final = frozenset(
    {
        "people:edit",
        "journeys:edit",
        "journeys:publish",
        "segments:edit",
        "content:edit",
        "deliveries:edit",
        "data:edit",
    }
)
APPROVE: Final = frozenset({"journeys:approve"})
ADMIN: Final = frozenset(
    {"settings:edit", "keys:read", "keys:edit", "team:edit", "audit:read", "sending:stop", "workspaces:edit"}
)
ALL: Final = READ | WRITE | APPROVE | ADMIN
ROLES: Final[dict[Role, frozenset[str]]] = {
    "owner": ALL,
    "admin": ALL,
    "author": READ | WRITE,
    "approver": READ | WRITE | APPROVE,
    "viewer": READ,
}
"""An admin may all that an owner may, but not make or unmake owners."""
KEYS: Final = READ - {"team:read"} | {"journeys:publish", "data:edit", "people:edit"}
"""What an app key without scopes of its own may: what every app key could before there were scopes."""


def of(role: Role, granted: Iterable[str] = (), refused: Iterable[str] = ()) -> frozenset[str]:
    """Give what a member may. Words that are no permission (any more) count for nothing."""
    return (ROLES[role] | frozenset(granted)) & ALL - frozenset(refused)


_VERBS: Final = {"read": "see", "edit": "change", "publish": "publish", "approve": "approve", "stop": "stop"}
_AREAS: Final = {"team": "people and roles", "keys": "API keys", "audit": "the audit log"}


def called(permission: str) -> str:
    """Say a permission in words: ``keys:read`` is to see API keys."""
    area, _, verb = permission.partition(":")
    return f"{_VERBS[verb]} {_AREAS.get(area, area)}"


def may_give(giver: Role, role: Role) -> bool:
    """Whether a member of one role may make somebody another, or take it from them."""
    return giver == "owner" or (giver == "admin" and role != "owner")
