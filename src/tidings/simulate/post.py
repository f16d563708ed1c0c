"""The post of a rehearsal: what becomes of planned messages, by the policy that decides live, and how they would read."""

from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from tidings.channels import registry
from tidings.channels.channel import Channel
from tidings.channels.provider import Recipient
from tidings.delivery import compose
from tidings.delivery.delivery import JOURNEY, Delivery
from tidings.delivery.facts import facts, limits
from tidings.delivery.policy import Hold, Limit, Refuse, Sent, address_hash, decide, kept
from tidings.delivery.workspaces import Snapshot
from tidings.kernel.effects import Cancelled, Planned
from tidings.kernel.ids import digest, show_delivery
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import SYSTEM, Event, Record
from tidings.people.document import Person
from tidings.simulate.past import Past

BASE: Final = "https://rehearsal.invalid"
"""The address of the tracking pages that a rehearsed message links to: there are none."""

MOST: Final = 1000
"""Messages to one person after which a rehearsal calls it a loop, and sends no more."""

Fate: TypeAlias = Literal["sent", "held", "refused", "failed", "cancelled"]


class Letter(Struct, frozen=True):
    """What became of a planned message at ``time`` (microseconds), and why. The rest is there where it was rendered.

    ``held``: it is asked again later, so another letter follows.
    """

    planned: Planned
    fate: Fate
    time: int
    reason: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""


class Office:
    """What all posts of a rehearsal share. ``renders``: which messages are made in full; ``suppressed``: why an address may not be used;
    ``hears``: whether anything listens to an event about a message, by its name."""

    def __init__(
        self,
        snapshot: Snapshot,
        renders: Callable[[Planned], bool] = lambda planned: True,
        suppressed: Callable[[str, bytes, int], str] = lambda channel, address, now: "",
        hears: Callable[[str], bool] = lambda name: True,
    ) -> None:
        self.snapshot, self.renders, self.suppressed, self.hears = snapshot, renders, suppressed, hears

    def is_marketing(self, template: str) -> bool:
        """Whether messages of a template count towards caps; of one that is gone it is supposed."""
        try:
            return compose.message(self.snapshot, template).marketing
        except compose.Unready:
            return True

    def topic(self, template: str) -> str:
        """Give a template's topic; "" where it has none, or is gone."""
        try:
            return compose.message(self.snapshot, template).topic
        except compose.Unready:
            return ""


class Post:
    """One person's messages. ``told``: hears of every letter, with the person as they were then. ``returned``: ids of messages of which it
    is known otherwise when they were received. ``sends``: what counts towards their caps; ``sent``: ids of all that went out."""

    __slots__ = ("_line", "_number", "_office", "_returned", "_told", "sends", "sent")

    def __init__(
        self, office: Office, told: Callable[[Person, Letter], None], returned: frozenset[bytes] = frozenset()
    ) -> None:
        self._office, self._told, self._returned = office, told, returned
        self._line: list[tuple[int, int, Planned]] = []
        self._number = 0
        self.sends: list[Sent] = []
        self.sent: set[bytes] = set()

    @property
    def next(self) -> int | None:
        """When a message is to be decided about next."""
        return self._line[0][0] if self._line else None

    def plan(self, planned: Planned) -> None:
        """Take a message in."""
        self._wait(planned, planned.due)

    def cancel(self, person: Person, cancelled: Cancelled) -> None:
        """Drop what was not sent yet, of one run or all."""
        gone = [item for item in self._line if _concerns(cancelled, item[2])]
        if gone:
            self._line = [item for item in self._line if item not in gone]
            heapify(self._line)
            for _, _, planned in gone:
                self._told(person, Letter(planned, "cancelled", cancelled.time, cancelled.reason))

    def join(self, other: "Post") -> None:
        """Take over the messages of somebody absorbed."""
        for due, _, planned in other._line:
            self._wait(planned, due)
        self.sends += other.sends
        self.sent |= other.sent

    def count(self, sent: Sent, template: str) -> None:
        """Count a message that somebody else sent."""
        limits = self._office.snapshot.limits
        if limits and self._office.is_marketing(template):
            self.sends = kept([*self.sends, sent], limits, sent.time)

    def settle(self, person: Person, past: Past, now: int) -> list[Record]:
        """Decide about what is due; gives what comes back of it: a message that went out is one received."""
        back = []
        while self._line and self._line[0][0] <= now:
            _, _, planned = heappop(self._line)
            letter, topic = self._decide(planned, person, past, now)
            self._told(person, letter)
            if letter.fate == "sent":
                self.sent.add(planned.id)
                if planned.id not in self._returned and self._office.hears(f"received {planned.channel}"):
                    back.append(received(planned, topic, person, now))
        return back

    def _wait(self, planned: Planned, until: int) -> None:
        self._number += 1
        heappush(self._line, (until, self._number, planned))

    def _decide(self, planned: Planned, person: Person, past: Past, now: int) -> tuple[Letter, str]:
        office = self._office
        snapshot = office.snapshot
        if self._number > MOST:
            return Letter(planned, "refused", now, f"over {MOST} messages to one person: this looks like a loop"), ""
        delivery = delivery_of(planned, person)
        try:
            message = compose.message(snapshot, planned.template)
        except compose.Unready as error:
            return Letter(planned, "failed", now, str(error)), ""
        channel = registry()[planned.channel]
        delivery.topic = message.topic
        recipients, why = self._open(channel, person, now)
        caps = limits(snapshot, channel, message)
        asked = facts(
            delivery,
            person,
            snapshot,
            channel,
            message,
            reachable=bool(recipients or why),
            suppressed="" if recipients else why,
            limits=caps,
            ahead=self._before(planned, now) if caps else (),
        )
        decision = decide(asked, self.sends, now)
        if isinstance(decision, Hold):
            self._wait(planned, decision.until)
            return Letter(planned, "held", now, decision.reason), message.topic
        if isinstance(decision, Refuse):
            return Letter(planned, "refused", now, decision.reason), message.topic
        letter = Letter(planned, "sent", now)
        if office.renders(planned):
            letter = self._made(planned, delivery, person, past, message, recipients, channel, now)
        if letter.fate == "sent":
            self._count(planned, message.topic, caps, now)
        return letter, message.topic

    def _before(self, planned: Planned, now: int) -> tuple[Sent, ...]:
        """Messages that wait now too, of journeys that come first."""
        office = self._office
        first = office.snapshot.before(planned.journey)
        return tuple(
            Sent(other.id, now, other.channel, office.topic(other.template))
            for due, _, other in self._line
            if due <= now and other.journey in first and office.is_marketing(other.template)
        )

    def _open(self, channel: Channel, person: Person, now: int) -> tuple[list[Recipient], str]:
        """Give the addresses that may be used; and where none may, why."""
        office, why = self._office, ""
        found = []
        for recipient in channel.recipients(person):
            if recipient.address:
                address = address_hash(office.snapshot.secret, channel.name, recipient.address)
                if reason := office.suppressed(channel.name, address, now):
                    why = why or reason
                    continue
            found.append(recipient)
        return found, why

    def _made(
        self,
        planned: Planned,
        delivery: Delivery,
        person: Person,
        past: Past,
        message: compose.Message,
        recipients: list[Recipient],
        channel: Channel,
        now: int,
    ) -> Letter:
        trigger = None
        if message.reads_event and planned.event is not None and (found := past.named(planned.event)) is not None:
            trigger = compose.Trigger(found[0], found[1].properties, found[1].time)
        try:
            made = compose.outgoing(
                message, delivery, person, recipients, channel, self._office.snapshot, trigger, BASE, now
            )
        except compose.Unready as error:
            return Letter(planned, "failed", now, str(error))
        subject = made.subject or str(made.fields.get("title") or "")
        return Letter(planned, "sent", now, subject=subject, text=made.text, html=made.html)

    def _count(self, planned: Planned, topic: str, caps: tuple[Limit, ...], now: int) -> None:
        if caps:
            sent = Sent(planned.id, now, planned.channel, topic)
            self.sends = kept([*self.sends, sent], self._office.snapshot.limits, now)


def received(planned: Planned, topic: str, person: Person, now: int) -> Record:
    """Give the event that a message which went out is, as a provider's answer would have made it."""
    properties = said(planned, topic, person)
    return event(person, f"received {planned.channel}", properties, digest("received", planned.id), now)


def said(planned: Planned, topic: str, person: Person) -> dict[str, Any]:
    """Give what an event about a message says of it."""
    return {
        "template": planned.template,
        "journey": planned.journey,
        "step": planned.step,
        "delivery": show_delivery(person.partition, planned.id),
        "topic": topic,
        "run": show_id(planned.run),
    }


def event(person: Person, name: str, properties: Mapping[str, Any], id: bytes, now: int) -> Record:
    """Give a record of something that became of a message."""
    body = Event(name, dict(properties), "message")
    return Record(id, person.workspace, 0, SYSTEM, (("cio_id", show_id(person.id)),), now, now, body)


def delivery_of(planned: Planned, person: Person) -> Delivery:
    """Give the row that the processor would write of a planned message."""
    return Delivery(
        partition=person.partition,
        id=planned.id,
        workspace=person.workspace,
        home=person.partition,
        person=person.id,
        run=planned.run,
        journey=planned.journey,
        version=planned.version,
        step=planned.step,
        template=planned.template,
        channel=planned.channel,
        topic="",
        definitions=0,
        priority=JOURNEY,
        sure=planned.sure,
        due=planned.due,
        expires=planned.expires,
        event_time=planned.event[0] if planned.event else None,
        event_id=planned.event[1] if planned.event else None,
        values=msgspec.msgpack.encode(planned.values) if planned.values else b"",
        state="planned",
        attempts=0,
        next_attempt=planned.due,
        claimed_by=None,
        unknown_since=None,
        settled=None,
        recipient="",
        address=None,
        provider="",
        provider_id="",
        reason="",
        sent_at=None,
        delivered_at=None,
        opened_at=None,
        fetched_at=None,
        clicked_at=None,
        converted_at=None,
        bounced_at=None,
        complained_at=None,
        unsubscribed_at=None,
        failed_at=None,
    )


def _concerns(cancelled: Cancelled, planned: Planned) -> bool:
    if cancelled.run is not None:
        return planned.run == cancelled.run
    return planned.template not in cancelled.but and bool(registry()[planned.channel].consent)
