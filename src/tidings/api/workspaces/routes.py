"""Workspaces: isolated sets of people, journeys and keys in one installation."""

import re
from typing import Final

from litestar import post
from msgspec import Struct

from tidings.api.here import Asked, Here
from tidings.api.permit import may
from tidings.api.problem import Fault, Refusal
from tidings.database.access import create_workspace, list_workspaces
from tidings.teams import audit, store

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
UNFIT: Final = "Use small letters, digits, - and _, at most 60."


class NewWorkspace(Struct):
    """A new workspace."""

    name: str


class WorkspaceMade(Struct):
    """The new workspace; whoever made it owns it."""

    name: str


@post("/workspaces", guards=[may("workspaces:edit")], status_code=201)
async def make_workspace(data: NewWorkspace, here: Here, asked: Asked) -> WorkspaceMade:
    """Make a workspace beside this one, and own it."""
    name = data.name.strip()
    if here.account is None:
        raise Refusal(403, "Only somebody who is signed in can make a workspace.", code="not_permitted")
    if asked.session is not None and asked.session.vouched is not None:
        says = "A new workspace has no single sign-on yet, so you would not get in."
        raise Refusal(409, says, "Sign in with your password to make one.")
    if not NAME.fullmatch(name):
        raise Refusal(400, UNFIT, faults=[Fault(UNFIT, "name")])
    async with here.pool.acquire() as connection, connection.transaction():
        if any(each.name == name for each in await list_workspaces(connection)):
            says = f"There is a workspace {name} already."
            raise Refusal(409, says, faults=[Fault(says, "name")])
        made = await create_workspace(connection, name)
        await store.set_member(connection, made.id, here.account.id, "owner")
        await audit.note(connection, made.id, here.actor, "made", "workspace", name)
    return WorkspaceMade(name)
