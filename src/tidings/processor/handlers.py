"""Who takes which kind of record; all others are handed to the person they name."""

from collections.abc import Mapping
from typing import Final

from tidings.kernel.records import (
    Absorb,
    Alias,
    Befell,
    Built,
    Control,
    Delete,
    Enter,
    Group,
    GroupChanged,
    GroupEvent,
    Merge,
    Receipt,
    SendAgain,
    Suppress,
    TakeIn,
    Ungroup,
    Unmerge,
    Unsuppress,
)
from tidings.processor.batch import Handler
from tidings.processor.control import built, control
from tidings.processor.forget import forget, unsuppress
from tidings.processor.gather import changed, group
from tidings.processor.intake import taken
from tidings.processor.invite import invite
from tidings.processor.joins import absorb, alias, merge
from tidings.processor.occasions import befall, event
from tidings.processor.parting import unmerge
from tidings.processor.receipts import receipt

HANDLERS: Final[Mapping[type, Handler]] = {
    Control: control,
    Built: built,
    Receipt: receipt,
    Merge: merge,
    Alias: alias,
    Absorb: absorb,
    Unmerge: unmerge,
    Delete: forget,
    Suppress: forget,
    Unsuppress: unsuppress,
    Group: group,
    Ungroup: group,
    GroupChanged: changed,
    GroupEvent: event,
    Befell: befall,
    Enter: invite,
    SendAgain: invite,
    TakeIn: taken,
}
