"""Records that say what became of a delivery, on their way into the log like everything else that concerns a person."""

from typing import Any, Final

from tidings.delivery.delivery import Delivery
from tidings.kernel.ids import digest, fresh, show
from tidings.kernel.records import SYSTEM, Body, Consent, Device, Receipt, Record, encode, home
from tidings.kernel.storable import storable_data

_OFTEN: Final = ("opened", "clicked", "converted", "unsubscribed", "deferred")
SOURCE: Final = 0
"""The source of records that Tidings makes itself."""
SAID: Final[dict[str, Any]] = {"said": True}
"""In the detail of a receipt: what the person wants from now on is a record of its own, beside this one."""


def receipt(delivery: Delivery, metric: str, time: int, detail: dict[str, Any]) -> tuple[int, bytes]:
    """Give the log's row for an end that we saw ourselves."""
    record = sighting(delivery.workspace, Receipt(delivery.public, metric, storable_data(detail)), time, time)
    return home(record), encode(record)


def sighting(workspace: int, receipt: Receipt, time: int, received: int) -> Record:
    """Make a record of what became of a delivery. What happens to one only once is one record, whoever tells it and how often."""
    once = receipt.metric not in _OFTEN
    for_good = str(receipt.detail.get("permanent", ""))  # a mailbox may first be full and then be gone
    return Record(
        id=digest("receipt", receipt.delivery, receipt.metric, for_good) if once else fresh(),
        workspace=workspace,
        source=SOURCE,
        trust=SYSTEM,
        who=(),
        time=time,
        received=received,
        body=receipt,
    )


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
