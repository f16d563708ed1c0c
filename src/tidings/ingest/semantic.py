"""Track events of Customer.io Pipelines that mean something: their names are reserved."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from tidings.ingest.check import identifier, kept
from tidings.ingest.metrics import receipt
from tidings.ingest.sealed import group_type
from tidings.ingest.unfit import Unfit
from tidings.kernel.records import Body, Delete, Device, Suppress, Ungroup, Unsuppress


class Meaning(NamedTuple):
    """``read``: properties and context to what is meant. ``alone``: it is about no person."""

    read: Callable[[dict[str, Any], dict[str, Any]], Body]
    alone: bool = False


def _device(properties: dict[str, Any], context: dict[str, Any]) -> Body:
    token, kind = _token(context)
    if kind not in ("ios", "android"):
        raise Unfit("`context.device.type` is neither ios nor android")
    return Device(token, kind, properties)


def _no_device(properties: dict[str, Any], context: dict[str, Any]) -> Body:
    return Device(_token(context)[0], gone=True)


def _token(context: dict[str, Any]) -> tuple[str, str]:
    device = kept(context.get("device"))
    token, kind = device.get("token"), device.get("type")
    if not isinstance(token, str) or not token or len(token) > 4096:
        raise Unfit("`context.device.token` is missing")
    return token, kind.lower() if isinstance(kind, str) else ""


def _left(properties: dict[str, Any], context: dict[str, Any]) -> Body:
    return Ungroup(*_object(properties))


def _no_object(properties: dict[str, Any], context: dict[str, Any]) -> Body:
    return Ungroup(*_object(properties), whole=True)


def _object(properties: dict[str, Any]) -> tuple[str, str]:
    key = identifier(properties.get("objectId"))
    if key is None:
        raise Unfit("`properties.objectId` is missing")
    return group_type(properties.get("objectTypeId")), key


def _report(properties: dict[str, Any], context: dict[str, Any]) -> Body:
    return receipt(properties.get("deliveryId"), properties.get("metric"), properties)


MEANINGS: Final = {
    "Device Created or Updated": Meaning(_device),
    "Device Deleted": Meaning(_no_device),
    "User Deleted": Meaning(lambda properties, context: Delete()),
    "User Suppressed": Meaning(lambda properties, context: Suppress()),
    "User Unsuppressed": Meaning(lambda properties, context: Unsuppress()),
    "Relationship Deleted": Meaning(_left),
    "Object Deleted": Meaning(_no_object, alone=True),
    "Report Delivery Event": Meaning(_report, alone=True),
}
