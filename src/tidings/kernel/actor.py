"""Who does something: an account, a key, the command line. Made by whoever has checked it; trusted by everybody else."""

from typing import Final

from msgspec import Struct

APPROVE: Final = "approve"
"""The permission to approve what somebody else wants to put in force."""


class Actor(Struct, frozen=True):
    """``id`` is what is written down, and by which two are told apart (an account's email, ``key 12``). ``may``: permissions held."""

    id: str
    may: frozenset[str] = frozenset()


NOBODY: Final = Actor("")
"""Nobody in particular: what was put in force before anybody was written down."""
