"""Put one changed document in force, or ask for it to be approved, with a line in the audit log."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from tidings.api.edits import overtaken
from tidings.api.here import Here, actor_of
from tidings.project.apply import Overtaken, Unapproved, put
from tidings.project.store import Draft, InForce
from tidings.teams import audit


class Change(Protocol):
    """``body`` is to follow ``before``, and takes the drafts; ``old`` and ``new``: the document's."""

    @property
    def before(self) -> InForce: ...
    @property
    def body(self) -> Mapping[str, Any]: ...
    @property
    def drafts(self) -> Sequence[Draft]: ...
    @property
    def old(self) -> Mapping[str, Any] | None: ...
    @property
    def new(self) -> Mapping[str, Any] | None: ...


class Done(NamedTuple):
    """``number``: of the definitions in force; ``waiting``: under which it waits for approval, None where it is in force."""

    number: int
    waiting: int | None


async def put_one(here: Here, kind: str, name: str, found: Change, what: str, note: str) -> Done:
    """Do it; ``what``: published or deleted. Raises Refusal where somebody was quicker."""
    actor = actor_of(here)

    async def noting(connection: Any) -> None:
        await audit.note(connection, here.workspace.id, here.actor, what, kind, name, before=found.old, after=found.new)

    try:
        done = await put(
            here.pool, found.before, found.body, actor=actor, note=note, drafts=found.drafts, noting=noting
        )
    except Overtaken as error:
        raise overtaken() from error
    except Unapproved as waits:
        async with here.pool.acquire() as connection:
            after = {"request": waits.request.id}
            await audit.note(connection, here.workspace.id, here.actor, f"asked for: {what}", kind, name, after=after)
        return Done(found.before.number, waits.request.id)
    return Done(done.number, None)
