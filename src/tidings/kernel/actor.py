"""Who does something: an account, a key, the command line. Made by whoever has checked it; trusted by everybody else."""

from typing import Final

from msgspec import Struct

APPROVE: Final = "approve"
"""The permission to approve what somebody else wants to put in force."""


class Actor(Struct, frozen=True):
    """``id`` is what is written down (an account's email, or what `key_id` gives). ``may``: permissions held."""

    id: str
    may: frozenset[str] = frozenset()


def key_id(name: str, maker: str) -> str:
    """Give what is written down of an app key: with it, whoever made it does things under another name."""
    return f"key {name} of {maker}" if maker else f"key {name}"


def are_one(one: str, other: str) -> bool:
    """Whether two that something was written down of are one person, be it through a key that one of them made."""
    return _person(one) == _person(other)


def _person(id: str) -> str:
    _, known, maker = id.rpartition(" of ")
    return maker if id.startswith("key ") and known else id


NOBODY: Final = Actor("")
"""Nobody in particular: what was put in force before anybody was written down."""
