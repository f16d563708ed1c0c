"""Receipts: what became of a delivery is written beside it, and happens to the person as an event."""

from typing import Final

from msgspec.structs import replace

from tidings.delivery.delivery import Noted
from tidings.delivery.reports import SAID
from tidings.kernel.ids import digest
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import SYSTEM, Consent, Event, Receipt, Record
from tidings.processor.batch import Batch
from tidings.processor.trust import forbids

_VERB: Final = {"sent": "received"}
"""Metric -> the verb rules know it by, where that is another word: a message handed over is one received."""


async def receipt(batch: Batch, partition: int, record: Record) -> None:
    """Write the outcome down; the person's event is ``opened email`` and so on, with what is known of the message as properties."""
    body = record.body
    assert isinstance(body, Receipt)
    owner = batch.owner(body.delivery)
    if owner is None or record.workspace not in (0, owner.workspace):
        bare = replace(record, body=replace(body, detail={}))  # it may tell of somebody who was deleted
        batch.reject(bare, "there is no such delivery")
        return
    reason = forbids(record, None)
    if reason:
        batch.reject(record, reason)
        return
    batch.out.receipts.append(Noted(body.delivery, body.metric, record.time, dict(body.detail), record.trust))
    metric = "fetched" if body.detail.get("machine") and body.metric in ("opened", "clicked") else body.metric
    properties = {
        "template": owner.template,
        "journey": owner.journey,
        "step": owner.step,
        "delivery": body.delivery,
        "topic": owner.topic,
        "run": show_id(owner.run),
        **{name: value for name, value in body.detail.items() if name in ("href", "reason", "value", "machine")},
    }
    event = Event(f"{_VERB.get(metric, metric)} {owner.channel}", properties, "message")
    told = replace(
        record,
        workspace=owner.workspace,
        trust=SYSTEM,
        who=(("cio_id", show_id(owner.person)),),
        body=event,
        message_id="",
    )
    await batch.personal(partition, told)
    if metric in ("unsubscribed", "complained") and not SAID.keys() & body.detail.keys():
        topic = body.detail.get("topic")
        if metric == "unsubscribed" and isinstance(topic, str) and topic:  # from this one, not from everything
            said = Consent(topics={topic: False}, how=metric, by=body.delivery)
        else:
            said = Consent(unsubscribed=True, how=metric, by=body.delivery)
        await batch.personal(partition, replace(told, id=digest("consent", record.id), body=said))
