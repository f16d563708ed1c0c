"""Records that say what became of a delivery, on their way into the log like everything else that concerns a person."""

from typing import Any

from tidings.channels.storable import storable_data
from tidings.delivery.delivery import Delivery
from tidings.kernel.ids import digest, show
from tidings.kernel.records import SYSTEM, Body, Consent, Device, Receipt, Record, encode, home

SOURCE = 0
"""The source of records that Tidings makes itself."""


def receipt(delivery: Delivery, metric: str, time: int, attempt: int, detail: dict[str, Any]) -> tuple[int, bytes]:
    """Give the log's row for an end that we saw ourselves; the same end twice is the same record."""
    record = Record(
        id=digest("receipt", delivery.partition, delivery.id, metric, attempt),
        workspace=delivery.workspace,
        source=SOURCE,
        trust=SYSTEM,
        who=(),
        time=time,
        received=time,
        body=Receipt(delivery.public, metric, storable_data(detail)),
    )
    return home(record), encode(record)


def gone(delivery: Delivery, token: str, time: int) -> tuple[int, bytes]:
    """Give the log's row that takes a device away that is no more."""
    record = about(
        delivery.workspace, delivery.person, Device(token, gone=True), time, digest("gone", delivery.id, token)
    )
    return home(record), encode(record)


def left(delivery: Delivery, channel: str, how: str, time: int) -> tuple[int, bytes]:
    """Give the log's row that says what a provider knows: the person wants nothing on this channel."""
    consent = Consent(channels={channel: False}, how=how, by=delivery.public)
    record = about(delivery.workspace, delivery.person, consent, time, digest("left", delivery.id, channel))
    return home(record), encode(record)


def about(workspace: int, person: bytes, body: Body, time: int, id: bytes) -> Record:
    """Make a record about a person by the person's own id."""
    return Record(
        id=id,
        workspace=workspace,
        source=SOURCE,
        trust=SYSTEM,
        who=(("cio_id", show(person)),),
        time=time,
        received=time,
        body=body,
    )
