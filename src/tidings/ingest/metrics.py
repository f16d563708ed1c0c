"""What senders may say became of a delivery, by channel, in the words of Customer.io."""

from typing import Any, Final

from tidings.ingest.unfit import Unfit
from tidings.kernel.records import Receipt

METRICS: Final = {
    "delivered": "delivered",
    "opened": "opened",
    "clicked": "clicked",
    "converted": "converted",
    "bounced": "bounced",
    "deferred": "deferred",
    "dropped": "dropped",
    "spammed": "complained",
}
BY_CHANNEL: Final = {
    "email": frozenset(METRICS.values()),
    "push": frozenset(("converted", "delivered", "opened")),
    "sms": frozenset(("bounced", "clicked", "delivered", "opened")),
    "in_app": frozenset(("clicked", "converted", "opened")),
}
"""What a stranger who knows a delivery's id may say of it."""
_DETAILS: Final = {"recipient": "recipient", "reason": "reason", "href": "href", "actionValue": "value"}


def receipt(delivery: Any, metric: Any, fields: dict[str, Any]) -> Receipt:
    """Make a receipt; raises `Unfit`. ``fields`` may hold recipient, reason, href, actionValue."""
    if not isinstance(delivery, str) or not delivery:
        raise Unfit("delivery_id cannot be blank")
    ours = METRICS.get(metric) if isinstance(metric, str) else None
    if ours is None:
        raise Unfit(f"metric must be one of {', '.join(METRICS)}")
    detail = {own: fields[name][:2000] for name, own in _DETAILS.items() if isinstance(fields.get(name), str)}
    return Receipt(delivery[:100], ours, detail)
