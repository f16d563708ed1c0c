"""What steps answer, put where the commit writes it: history, memberships, messages, calls, records for others."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from msgspec.structs import replace

from tidings.calls import store as calls
from tidings.delivery.delivery import Cancel, Noted, Plan
from tidings.engine import Definitions
from tidings.engine.asking import AHEAD
from tidings.history import Entry, kinds, pack
from tidings.history.conversions import Conversion, drawn_of
from tidings.kernel.effects import (
    Agreed,
    Called,
    Cancelled,
    Changed,
    Effect,
    Happened,
    Membership,
    Moved,
    Outdated,
    Planned,
    Rejected,
    Spread,
)
from tidings.kernel.ids import PARTITIONS, digest, partition_of
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import (
    MISSIGNED,
    SYSTEM,
    Answered,
    Befell,
    Body,
    Consent,
    Device,
    Enter,
    Event,
    Group,
    GroupChanged,
    GroupEvent,
    Identify,
    Record,
    TakeIn,
    Ungroup,
)
from tidings.people.catalog import Tally
from tidings.people.document import Person
from tidings.people.identity import mentions
from tidings.people.rejected import Refusal
from tidings.processor.crowd import Crowd
from tidings.processor.outcome import Outcome
from tidings.processor.trust import WRONG

logger = structlog.get_logger(__name__)
_made: Final = tuple.__new__
"""What `Entry` itself does, for a third of it: so many of them are made that it counts."""
HOPS: Final = 16
"""A record forwarded more often is going in a circle."""


class Consequences:
    """``clocks``: partition -> now there; ``at``: when the record being applied was received. `out` is the result."""

    def __init__(self, crowd: Crowd, clocks: dict[int, int], tally: Tally) -> None:
        self.crowd, self.clocks, self.tally = crowd, clocks, tally
        self.at = 0
        self.out = Outcome()
        self.touched: set[int] = set()

    def now(self, partition: int) -> int:
        """Give the time of what is applied in a partition: never earlier than what was applied there before."""
        latest = self.clocks[partition]
        if latest < self.at:
            latest = self.clocks[partition] = self.at
        self.touched.add(partition)
        return latest

    def forward(self, partition: int, record: Record) -> None:
        """Send a record on to a partition of another worker."""
        if record.hops >= HOPS:
            self.reject(record, f"it was forwarded {HOPS} times without arriving")
        else:
            self.out.forwards.append((partition, replace(record, hops=record.hops + 1)))

    def reject(self, record: Record, reason: str) -> None:
        """Put a record on the rejected list."""
        if record.trust == MISSIGNED:
            reason = f"{reason}; {WRONG}"
        self.out.refusals.append(self.refusal(record, reason))

    def refusal(self, record: Record, reason: str) -> Refusal:
        """Give what stands on the rejected list of a record."""
        keys = [self.crowd.key(record.workspace, *identifier) for identifier in mentions(record)]
        at = max(self.clocks.values(), default=record.received)
        return Refusal(record.workspace, record.source, at, reason, keys, record)

    def remember(self, person: Person, record: Record, now: int, applied: Body | None) -> None:
        """Put what was applied to a person (``applied``; None: all that the record says) into their history, and what it names into the
        catalog."""
        body = record.body if applied is None else applied
        time = record.time if record.time <= now + AHEAD else now
        beside = record.context
        if isinstance(body, Event):
            self.entry(person, kinds.EVENTS[body.kind], time, now, body.name, record.id, body.properties, beside)
            self.tally.see(person.workspace, body.kind, body.name, body.properties, now, person.id)
        elif isinstance(body, Enter):
            self.entry(person, kinds.ENTER, time, now, body.journey, record.id, body.data)
        elif isinstance(body, TakeIn):
            self.entry(person, kinds.TAKEN, now, now, body.journey, record.id, {"since": body.since})
        elif isinstance(body, Befell):
            self.entry(person, kinds.BEFELL, body.at, now, body.event, record.id, body.data)
            if body.depth > 1:
                self.entry(person, kinds.CHAIN, now, now, "", record.id, {"depth": body.depth, "way": body.way})
        elif isinstance(body, Identify):
            if body.attributes or applied is None:
                self.entry(person, kinds.ATTRIBUTES, time, now, "", record.id, body.attributes, beside)
                self.tally.see(person.workspace, "person", "", body.attributes, now, person.id)
        elif isinstance(body, Consent):
            if applied is None or not body.is_silent:
                self.entry(person, kinds.CONSENT, time, now, body.how, record.id, body, beside)
        elif isinstance(body, Device):
            name = "removed" if body.gone else body.platform
            self.entry(person, kinds.DEVICE, time, now, name, record.id, body, beside)
        elif isinstance(body, Answered):
            told = {"ok": body.ok, "value": body.value, "reason": body.reason}
            self.entry(person, kinds.ANSWERED, now, now, "", body.call, told)
        elif isinstance(body, Group | Ungroup):
            self.entry(person, kinds.GROUP, time, now, f"{body.type} {body.key}", record.id, body, beside)
        elif isinstance(body, GroupChanged):
            said = replace(body, people=[])
            self.entry(person, kinds.GROUP, time, now, f"{body.type} {body.key}", record.id, said)

    def effect(
        self, definitions: Definitions, person: Person, effect: Effect, record: Record | None, now: int, index: int
    ) -> None:
        """Put an effect of a step where it is written."""
        match effect:
            case Happened():
                self.entry(person, kinds.TRACK, effect.time, effect.time, effect.name, effect.id, effect.properties)
                self.tally.see(person.workspace, "track", effect.name, effect.properties, effect.time, person.id)
            case Changed():
                self.entry(person, kinds.ATTRIBUTES, effect.time, effect.time, "", effect.id, effect.attributes)
                self.tally.see(person.workspace, "person", "", effect.attributes, effect.time, person.id)
            case Outdated():
                self.entry(person, kinds.OUTDATED, effect.time, now, "", effect.id, effect.attributes)
            case Agreed():
                self.entry(
                    person, kinds.CONSENT, effect.time, effect.time, effect.consent.how, effect.id, effect.consent
                )
            case Membership():
                since = effect.time if effect.on else None
                self.out.memberships[person.workspace, effect.segment, person.id] = since
                change = {"on": effect.on, "quiet": effect.quiet}
                self.entry(person, kinds.MEMBERSHIP, effect.time, effect.time, effect.segment, person.id, change)
            case Moved():
                place = effect.run[:12] + index.to_bytes(4, "big")  # moves of one moment stay in their order
                self.out.counted.add(
                    person.workspace, effect.journey, effect.version, effect.step, effect.what, effect.time
                )
                if effect.control:  # once more, apart
                    apart = f"{effect.what}_control"
                    self.out.counted.add(
                        person.workspace, effect.journey, effect.version, effect.step, apart, effect.time
                    )
                if effect.what == "converted":
                    self._converted(person, effect)
                elif effect.drawn:  # to go on, each run once, however often it comes back
                    self.out.counted.add(
                        person.workspace, effect.journey, effect.version, effect.step, "drawn", effect.time
                    )
                self.entry(person, kinds.MOVED, effect.time, effect.time, effect.journey, place, effect)
            case Planned():
                self._plan(definitions, person, effect, record)
            case Called():
                self.out.calls.append(
                    calls.Plan(
                        person.partition, person.workspace, person.id, effect, effect.definitions or definitions.number
                    )
                )
            case Spread():
                self._spread(person, effect)
            case Cancelled():
                self.out.cancel(Cancel(person.partition, person.id, effect.run, effect.reason, effect.time, effect.but))
            case Rejected():
                if record is not None:
                    self.reject(record, effect.reason)
                else:
                    logger.warning("a step was refused", person=show_id(person.id), reason=effect.reason)

    def _plan(self, definitions: Definitions, person: Person, effect: Planned, record: Record | None) -> None:
        number = effect.definitions or definitions.number
        plan = Plan(person.partition, person.workspace, person.id, effect, number)
        said = {"run": effect.run, "journey": effect.journey, "step": effect.step, "channel": effect.channel}
        if (again := effect.again) is not None:
            plan = replace(plan, priority=again.priority)
            said |= {"again_of": again.of, "by": again.by}
            if record is not None:
                self.out.asked[effect.id] = self.refusal(record, "")
        self.out.plan(plan)
        self.entry(person, kinds.PLANNED, effect.due, effect.due, effect.template, effect.id, said)

    def _converted(self, person: Person, effect: Moved) -> None:
        """Count that a run reached its goal, and tell the messages that are credited."""
        steps = tuple(dict.fromkeys(step for step, _ in effect.credited))
        home, what = effect.run[0] % PARTITIONS, (effect.control, effect.time, effect.value, effect.currency)
        which = (home, person.workspace, effect.journey, effect.goal, effect.run, effect.version)
        self.out.conversions.append(Conversion(*which, *what, steps, person.id, effect.why, *drawn_of(effect)))
        self.out.receipts += [Noted(delivery, "converted", effect.time) for _, delivery in effect.credited if delivery]

    def _spread(self, person: Person, effect: Spread) -> None:
        """Let a group know what a member did, by way of the log."""
        home = partition_of(person.workspace, "group:" + effect.type, effect.key)
        body = GroupEvent(effect.type, effect.key, effect.event, effect.properties, effect.depth, effect.way)
        id = digest("spread", effect.id, effect.type, effect.key)
        now = self.now(person.partition)
        self.out.forwards.append((home, Record(id, person.workspace, 0, SYSTEM, (), now, now, body, hops=1)))

    def entry(
        self,
        person: Person,
        kind: int,
        time: int,
        received: int,
        name: str,
        id: bytes,
        said: Any,
        beside: Mapping[str, Any] | None = None,
    ) -> None:
        """Put a row into the person's history. ``beside``: what the record's message said besides."""
        more = pack(beside) if beside else None
        told = (person.partition, kind, person.id, time, received, person.place, name, id, pack(said), more)
        self.out.history[person.id].append(_made(Entry, told))
