"""Who may call a route. Every route has exactly one of these as its guard; a test walks them all.

``may("people:read")``: a member of the workspace, or an app key, with the permission; of several, with one of them, where the kind of
thing says which. ``SIGNED_IN``: whoever is signed in, about themselves. ``ANYBODY``: strangers too.
"""

from typing import Any

from tidings.api.problem import Refusal
from tidings.teams.permissions import ALL, called


class Permit:
    """A guard; ``takes`` says what it takes to pass."""

    def __init__(self, *one_of: str) -> None:
        self.takes, self._one_of = " or ".join(one_of), frozenset(one_of)

    def __call__(self, connection: Any, _: Any) -> None:
        """Pass, or raise `Refusal`."""
        if self.takes == "anybody":
            return
        asked = connection.scope["tidings"]
        if self.takes == "signed in":
            if asked.account is None:
                raise _unknown(asked)
            return
        if asked.workspace is None:
            raise _nowhere(asked) if asked.account else _unknown(asked)
        if self._one_of.isdisjoint(asked.permissions):
            raise lacking("This key" if asked.source is not None else f"Your role here ({asked.role})", self.takes)


def lacking(who: str, takes: str) -> Refusal:
    """Refuse somebody who lacks a permission, or one of several that are told with "or" between."""
    what = " or ".join(called(each) for each in takes.split(" or "))
    named = takes.replace(" or ", "` or `")
    says = f"{who} does not let you {what}." if who != "This key" else f"This key may not {what}."
    return Refusal(403, says, f"An admin can give the permission `{named}`.", code="not_permitted")


def may(*one_of: str) -> Permit:
    """Make the guard of a permission, or of several of which one is enough."""
    if unknown := set(one_of) - ALL:
        raise ValueError(f"{', '.join(sorted(unknown))}: no permission; teams/permissions.py lists them")
    return Permit(*one_of)


SIGNED_IN = Permit("signed in")
ANYBODY = Permit("anybody")


def _unknown(asked: Any) -> Refusal:
    if asked.starting:
        return Refusal(503, "starting; try again", headers={"retry-after": "1"})
    if asked.tried:
        hint = "make one with `tidings source create NAME --kind app`"
        return Refusal(401, "an app key is needed", hint, code="sign_in")
    return Refusal(401, "You are not signed in.", "Sign in, or send an app key as a Bearer token.", code="sign_in")


def _nowhere(asked: Any) -> Refusal:
    if asked.beyond:
        says = f"This workspace asks you to sign in with {asked.beyond}."
        return Refusal(403, says, "Sign out, and sign in that way.", code="sign_on")
    if asked.wanted:
        return Refusal(404, "There is no such workspace.", code="no_workspace")
    return Refusal(404, "You are not a member of any workspace.", code="no_workspace")
