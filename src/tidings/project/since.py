"""What came into force of a journey since its draft was begun: publishing the draft would take it back, and its publisher is told so."""

from collections.abc import Sequence

from tidings import journeys
from tidings.database.pool import Connection
from tidings.journeys import Journey
from tidings.journeys.difference import difference
from tidings.journeys.step import every
from tidings.kernel.problems import Invalid
from tidings.project import store
from tidings.project.merge import merge
from tidings.project.store import Draft, InForce


async def taken_back(connection: Connection, before: InForce, draft: Draft) -> list[str]:
    """Say in words what a draft, published over ``before``, takes back of versions that came after it was begun; empty: nothing. Steps
    stand by their ids between backticks."""
    now = before.body.get("journeys", {}).get(draft.name)
    then = await store.numbered(connection, before.workspace, draft.base) if draft.base < before.number else None
    was = then.body.get("journeys", {}).get(draft.name) if then is not None else None
    if now is None or was is None or was["document"] == now["document"]:
        return []
    try:
        own = journeys.read({"journey": draft.name, **draft.body})
        both = merge(was["document"], journeys.write(own), now["document"])
        lost = difference(own, journeys.read(both.document))
    except Invalid:
        return []
    told = [f"taken back: {each.text}" for each in lost]
    told += [
        f"{_place(each.where, own)} was changed there and here: what the draft says counts" for each in both.conflicts
    ]
    if not told:
        return []
    number = now.get("published", {}).get(str(now["version"]), before.number)
    head = (await store.heads(connection, before.workspace, [number])).get(number)
    by = (head.author if head is not None else "") or "somebody"
    return [f"version {now['version']} by {by} came after this draft was begun, and is not all in it", *told]


def _place(where: Sequence[str], journey: Journey) -> str:
    """What a place in a document belongs to: the innermost step on the way, or a field of the journey."""
    steps = {step.id for step in every(journey.steps)}
    return next((f"`{key}`" for key in reversed(where) if key in steps), " › ".join(where))
