"""A goal: what counts as success, what it is worth, and which message of the run it is credited to.

It is a rule, or an event. An event is the rule that it happened since entry, and has properties of which one may be the value. Values are
whole millionths of a currency's unit, so sums are exact.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, Final

import msgspec
from msgspec import Struct

from tidings import rules
from tidings.journeys.condition import Condition
from tidings.journeys.form import Field
from tidings.journeys.reading import Reader
from tidings.kernel.ids import digest
from tidings.kernel.times import show_duration

WHICH: Final = ("last", "first", "any")
DONE: Final[Mapping[str, str]] = {"sent": "received", "opened": "opened", "clicked": "clicked"}
"""What becomes of a message, and the word of the event that says so."""
USUAL: Final = ("last", "sent")
MILLION: Final = 1_000_000
MOST: Final = 10**15 * MILLION
"""The largest value, in millionths."""
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_SINCE_ENTRY: Final = rules.parse('did "it" since entry')
_DID: Final = {"sent": "were sent", "opened": "opened", "clicked": "clicked in"}
_CREDITS: Final = tuple(f"{which} {done}" for which in WHICH for done in DONE)

FIELDS: Final = (
    Field("rule", "rule", "Reached when", example='plan = "pro"'),
    Field("event", "event", "Event", "It must happen after entry.", example="Order Completed", of=("event",)),
    Field(
        "where", "where", "Only where", "A rule about the event's own properties.", example="total > 0", of=("event",)
    ),
    Field("within", "duration", "Within", "How long after entry.", required=True, example="14 days"),
    Field(
        "value",
        "text",
        "Worth",
        "The property of the event that says what it is worth.",
        example="total",
        of=("event",),
    ),
    Field(
        "currency",
        "text",
        "Currency",
        "`EUR`, or the property that says it: `event.currency`.",
        example="EUR",
        of=("event",),
    ),
    Field(
        "credit",
        "choice",
        "Credited to",
        choices=_CREDITS,
        says=tuple(f"The {which} message they {_DID[done]}" for which in WHICH for done in DONE),
        usual="The last message they were sent",
        example="last opened",
    ),
)
"""The fields of a goal, for forms."""


class Goal(Struct, frozen=True, dict=True):
    """Reached when the rule holds within this long after entry, also after the run is over.

    ``event``: the rule is that it happened since entry, with ``where`` over its properties. ``value``: path of the property that says what
    it is worth; ``currency``: three capitals, or the path of the property. ``credit``: (last, first or any, what must have become of it).
    """

    rule: Condition
    within: int
    event: str = ""
    where: Condition | None = None
    value: tuple[str, ...] = ()
    currency: str = ""
    credit: tuple[str, str] = USUAL

    def write(self) -> dict[str, Any]:
        """Write it as it is read."""
        data: dict[str, Any] = {"event": self.event} if self.event else {"rule": self.rule.text}
        if self.where is not None:
            data["where"] = self.where.text
        data["within"] = show_duration(self.within)
        if self.value:
            data |= {"value": ".".join(self.value), "currency": self.currency}
        if self.credit != USUAL:
            data["credit"] = " ".join(self.credit)
        return data

    @cached_property
    def id(self) -> bytes:
        """Tells goals apart that count differently, be it that a derived event they count has another rule."""
        meanings = [self.rule.derived.meaning((each.kind, each.event)) for each in self.rule.compiled.counters]
        told = msgspec.json.encode(self.write(), order="sorted")
        return digest("goal", told, *sorted(filter(None, meanings)))[:8]

    @cached_property
    def verb(self) -> str:
        """The word of the events about messages that may be credited."""
        return DONE[self.credit[1]]

    def worth(self, properties: Mapping[str, Any]) -> tuple[int, str, str]:
        """Give what an event is worth: millionths, currency, and what is wrong where it can't be told."""
        found: Any = properties
        for name in self.value:
            found = found.get(name) if isinstance(found, Mapping) else None
        currency: Any = self.currency
        if not _CURRENCY.fullmatch(self.currency):
            currency = properties
            for name in self.currency.split(".")[1:]:
                currency = currency.get(name) if isinstance(currency, Mapping) else None
            currency = currency.strip().upper() if isinstance(currency, str) else ""
            if not _CURRENCY.fullmatch(currency):
                return 0, "", f"`{self.currency}` names no currency"
        value = millionths(found)
        if value is None:
            what = "is missing" if found is None else f"is {msgspec.json.encode(found).decode()[:40]}"
            return 0, "", f"`{'.'.join(self.value)}` {what}, which is no amount"
        return value, currency, ""


def millionths(value: object) -> int | None:
    """Read an amount: a number, or text that is one. None for anything else, and for what is too large."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        exact = Decimal(str(value).strip()) * MILLION
        whole = int(exact.to_integral_value())
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return whole if abs(whole) <= MOST else None


def show_amount(value: int, currency: str) -> str:
    """Print an amount of millionths: ``1,249.90 EUR``, with more decimals only where there are more."""
    amount = Decimal(value) / MILLION
    return f"{amount:,.2f} {currency}" if value % (MILLION // 100) == 0 else f"{amount.normalize():,f} {currency}"


def read_goal(outer: Reader) -> Goal | None:
    """Read ``goal``; None where there is none."""
    if outer.data.get("goal") is None:
        return None
    reader = outer.at("goal", data=outer.data["goal"])
    reader.only([field.key for field in FIELDS], "a goal")
    within = reader.duration("within")
    if within is None:
        reader.problem("the goal has no window", "write for example `within: 14 days`")
    event, where = reader.text("event", ""), reader.condition("where", over_event=True)
    if ("rule" in reader.data) == ("event" in reader.data):
        reader.problem(
            "a goal is a rule, or an event",
            'write one of both: `rule: did "Subscription Started" since entry`, or `event: Order Completed`',
        )
        return None
    if "event" in reader.data and not event:
        reader.problem("the event is empty", "write for example `event: Order Completed`", "event")
        return None
    if not event:
        for key in ("where", "value", "currency"):
            if key in reader.data:
                reader.problem(f"`{key}` is about an event", "write `event:` in place of `rule:`", key)
    rule = Condition(_happened(event, where), reader.derived) if event else reader.condition("rule")
    value, currency = reader.attribute("value", "total", needed=False), _currency(reader)
    credit = reader.text("credit", " ".join(USUAL))
    if credit not in _CREDITS:
        reader.problem(f"`{credit}` names no message", f"it is one of: {', '.join(_CREDITS)}", "credit")
        credit = " ".join(USUAL)
    which, _, done = credit.partition(" ")
    return Goal(rule, within or 0, event, where, value, currency, (which, done)) if rule is not None else None


def _happened(event: str, where: Condition | None) -> rules.Rule:
    """The rule that an event happened since entry."""
    return msgspec.structs.replace(_SINCE_ENTRY, event=event, where=where.rule if where is not None else None)


def _currency(reader: Reader) -> str:
    currency = reader.text("currency", "")
    if bool(currency) != ("value" in reader.data):
        reader.problem(
            "a value has a currency, and a currency a value", "write for example `value: total` and `currency: EUR`"
        )
    elif currency and not (_CURRENCY.fullmatch(currency) or currency.startswith("event.")):
        reader.problem(
            f"`{currency}` is no currency",
            "write its three letters (`EUR`), or the property that says it (`event.currency`)",
            "currency",
        )
    return currency
