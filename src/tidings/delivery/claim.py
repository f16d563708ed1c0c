"""A claim: one transaction that takes what is due, decides by policy, renders, reserves and opens the unknown window."""

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Final, NamedTuple

import structlog
from msgspec import Struct

from tidings import log
from tidings.channels import Configured
from tidings.channels.provider import Outgoing, Recipient
from tidings.database.pool import Connection
from tidings.delivery import compose, copies, queue, reports, stopping
from tidings.delivery.delivery import JOURNEY, Delivery
from tidings.delivery.facts import facts as gather
from tidings.delivery.facts import limits
from tidings.delivery.lane import Handout
from tidings.delivery.policy import (
    SLACK,
    Decision,
    Hold,
    Limit,
    Refuse,
    Send,
    Sent,
    address_hash,
    decide,
    kept,
)
from tidings.delivery.queue import Attempt, Settled, Waiting
from tidings.delivery.workspaces import Snapshot, Workspaces
from tidings.kernel.times import DAY, MINUTE, SECOND, Duration
from tidings.people.document import Person

logger = structlog.get_logger(__name__)
BURST: Final = SECOND
"""How much of a rate may be used up at once."""
SECONDS: Final = 0.5
"""How long one claim makes messages: its transaction locks rows that others wait for."""
MOVING: Final = DAY
"""How long a person who is not there is waited for: a merge may be on its way between two homes, a deletion takes its deliveries along."""


class Claimed(Struct, frozen=True):
    """What a claim came to. ``looked``: how many deliveries it took; ``handouts``: those to send now. ``uncompiled``: templates that
    nobody compiled yet; what needs one was left as it is, and the next claim takes it if they are compiled by then."""

    looked: int
    handouts: tuple[Handout, ...]
    uncompiled: tuple[tuple[Snapshot, str], ...] = ()


class Rate(NamedTuple):
    """What slows a message down: ``every`` microseconds one, which may be ``early``; ``says``: what it is, in words."""

    key: queue.Rated
    every: Duration
    early: Duration
    says: str


class Case(Struct, kw_only=True):
    """One delivery while it is decided. ``hashes``: of each recipient's address (empty: it needs none). ``limits``: the caps that
    concern it; ``rates``: what slows it down."""

    delivery: Delivery
    person: Person
    newest: Snapshot
    configured: Configured
    message: compose.Message
    recipients: list[Recipient]
    hashes: list[bytes]
    limits: tuple[Limit, ...]
    rates: tuple[Rate, ...]

    @property
    def key(self) -> queue.Key:
        return self.delivery.home, self.delivery.person

    @property
    def lane(self) -> tuple[int, str]:
        return self.delivery.workspace, self.delivery.channel


async def claim(
    connection: Connection,
    workspaces: Workspaces,
    base: str,
    *,
    worker: int,
    now: int,
    limit: int,
    lanes: Sequence[tuple[Waiting, int]],
    seconds: float = SECONDS,
) -> Claimed:
    """Take up to ``limit`` due deliveries. Call it in a transaction; hand out what it gives after the commit.

    ``base``: the address of the tracking pages. ``lanes``: what waits where, in the order it is to be taken, with how many may be.
    ``seconds``: after which no more messages are made; those not yet made stay planned, and the next claim takes them.
    """
    until = perf_counter() + seconds
    lanes = await stopping.running(connection, lanes)
    deliveries = await queue.take(connection, now, lanes, limit) if lanes else []
    if not deliveries:
        return Claimed(0, ())
    await workspaces.refresh(connection, {(each.workspace, each.definitions) for each in deliveries})
    people = await queue.people(connection, [(each.home, each.person) for each in deliveries])
    round = _Round(connection, worker, now, workspaces)
    cases, skipped = [], 0
    uncompiled: dict[tuple[int, int, str], tuple[Snapshot, str]] = {}
    for delivery in deliveries:
        pinned = workspaces.at(delivery.workspace, delivery.definitions)
        if pinned is not None and not compose.is_made(pinned, delivery.template):
            uncompiled[pinned.workspace, pinned.number, delivery.template] = (pinned, delivery.template)
            skipped += 1
            continue
        newest = workspaces.newest(delivery.workspace)
        if delivery.priority == JOURNEY and newest is not None and newest.in_shadow(delivery.journey):
            round.in_shadow.add(delivery.id)
        case = _looked(delivery, people, workspaces, now)
        if isinstance(case, Settled):
            round.declined.append(case)
        else:
            cases.append(case)
    if any(case.newest.priorities for case in cases):
        cases.sort(key=lambda case: (case.delivery.priority, -case.newest.priorities.get(case.delivery.journey, 0)))
    await round.gather(cases)
    events = await compose.events(connection, [(case.delivery, case.message) for case in cases])
    left = len(cases)
    for case in cases:
        if left < len(cases) and perf_counter() > until:
            break
        left -= 1
        decision = round.decide(case)
        if isinstance(decision, Send):
            ready = composed(case, events.get(case.delivery.id), base, now)
            if isinstance(ready, Outgoing) and case.delivery.id in round.in_shadow:
                round.keep(case, ready)
                round.declined.append(_shadow(case.delivery, ready, now))
            elif isinstance(ready, Outgoing):
                round.reserve(case, ready)
            else:
                round.declined.append(ready)
        else:
            round.declined.append(_declined(case.delivery, decision, now))
    await round.write()
    return Claimed(len(deliveries) - skipped - left, tuple(round.handouts), tuple(uncompiled.values()))


class _Round:
    """What one claim has locked, and what it will write."""

    def __init__(self, connection: Connection, worker: int, now: int, workspaces: Workspaces) -> None:
        self.connection, self.worker, self.now, self.workspaces = connection, worker, now, workspaces
        self.copies: list[copies.Row] = []
        self.declined: list[Settled] = []
        self.attempts: list[Attempt] = []
        self.handouts: list[Handout] = []
        self.suppressed: dict[tuple[int, str, bytes], str] = {}
        self.sends: dict[queue.Key, list[Sent]] = {}
        self.changed: set[queue.Key] = set()
        self.ahead: dict[queue.Key, list[queue.Rival]] = {}
        self.free_from: dict[queue.Rated, int] = {}
        self.reserved: dict[queue.Rated, int] = {}
        self.in_shadow: set[bytes] = set()
        """Deliveries of journeys in shadow: nothing is told of them."""

    async def gather(self, cases: Sequence[Case]) -> None:
        """Read suppressions, and lock what caps and rates count."""
        addresses = [(*case.lane, hash) for case in cases for hash in case.hashes if hash]
        if addresses:
            self.suppressed = await queue.suppressions(self.connection, addresses)
        capped = [case.key for case in cases if case.limits]
        if capped:
            self.sends = await queue.lock_sends(self.connection, capped)
            chosen = [case.key for case in cases if case.limits and case.newest.before(case.delivery.journey)]
            if chosen:
                self.ahead = await queue.rivals(self.connection, chosen, self.now)
        rated = [rate.key for case in cases for rate in case.rates]
        if rated:
            self.free_from = await queue.lock_rates(self.connection, rated)

    def decide(self, case: Case) -> Decision:
        """Ask policy."""
        delivery, channel = case.delivery, case.configured.channel
        open_to = [index for index, hash in enumerate(case.hashes) if (*case.lane, hash) not in self.suppressed]
        why = "" if open_to or not case.hashes else self.suppressed[(*case.lane, case.hashes[0])]
        case.recipients = [case.recipients[index] for index in open_to]
        case.hashes = [case.hashes[index] for index in open_to]
        slowest = max(case.rates, key=self._free, default=None)
        facts = gather(
            delivery,
            case.person,
            case.newest,
            channel,
            case.message,
            reachable=bool(case.recipients or why),
            suppressed=why,
            limits=case.limits,
            free_from=self._free(slowest) if slowest is not None else 0,
            rate=slowest.says if slowest is not None else "",
            ahead=self._before(case) if case.limits and self.ahead else (),
        )
        delivery.due, delivery.expires = facts.due, facts.expires
        decision = decide(facts, self.sends.get(case.key, ()), self.now)
        if isinstance(decision, Hold) and decision.in_line and slowest is not None:
            self._advance(slowest)
        return decision

    def _before(self, case: Case) -> tuple[Sent, ...]:
        """Messages to the same person that wait now too, of journeys that come first, and are not decided yet."""
        newest, decided = case.newest, {sent.id for sent in self.sends.get(case.key, ())}
        decided |= {one.delivery.id for one in self.declined}
        first = {id for id in newest.before(case.delivery.journey) if newest.sends(id)}
        return tuple(
            Sent(rival.id, self.now, rival.channel, topic)
            for rival in self.ahead.get(case.key, ())
            if rival.journey in first
            and rival.id not in decided
            and (pinned := self.workspaces.at(newest.workspace, rival.definitions)) is not None
            and (topic := compose.marketing_topic(pinned, rival.template)) is not None
        )

    def reserve(self, case: Case, outgoing: Outgoing) -> None:
        """Note that it goes out: for the row, for the caps and for the rate."""
        self.keep(case, outgoing)
        delivery = case.delivery
        self.attempts.append(
            Attempt(
                delivery=delivery,
                recipient=", ".join(recipient.address for recipient in outgoing.recipients),
                address=(case.hashes[0] or None) if len(case.hashes) == 1 else None,
                provider=case.configured.provider.name,
            )
        )
        channel, provider = case.configured.channel, case.configured.provider.name
        self.handouts.append(
            Handout(delivery, outgoing, delivery.attempts + 1, channel.window, self.worker, provider, channel.consent)
        )
        if case.limits:
            others = [sent for sent in self.sends[case.key] if sent.id != delivery.id]
            mine = Sent(delivery.id, self.now, delivery.channel, delivery.topic)
            self.sends[case.key] = kept([*others, mine], case.newest.limits, self.now)
            self.changed.add(case.key)
        for rate in case.rates:
            self._advance(rate)
        self.reserved |= {rate.key: self.free_from[rate.key] for rate in case.rates}

    def keep(self, case: Case, outgoing: Outgoing) -> None:
        """Note what it says."""
        stem = case.message.stem
        known = (case.delivery.workspace, stem.id) in self.workspaces.stems
        try:
            self.copies.append(copies.row(case.delivery, outgoing, stem if known else None))
        except Exception:  # what can't be kept can still be sent
            logger.exception("what a message says could not be kept", delivery=case.delivery.public)

    def _free(self, rate: Rate) -> int:
        return self.free_from[rate.key] - rate.early

    def _advance(self, rate: Rate) -> None:
        self.free_from[rate.key] = max(self.free_from[rate.key], self.now) + rate.every

    async def write(self) -> None:
        """Write all of it, and the log's records of what will not be sent."""
        if self.attempts:
            await queue.begin(self.connection, self.worker, self.attempts, self.now)
        if self.copies:
            await copies.keep(self.connection, self.copies, self.now)
        if self.declined:
            await queue.decline(self.connection, self.declined)
            told = [one for one in self.declined if one.delivery.id not in self.in_shadow]
            await log.append(self.connection, [row for one in told for row in _told(one)])
        if self.changed:
            await queue.save_sends(self.connection, {key: self.sends[key] for key in self.changed})
        if self.reserved:
            await queue.save_rates(self.connection, self.reserved)


def _looked(
    delivery: Delivery, people: Mapping[queue.Key, Person | None], workspaces: Workspaces, now: int
) -> Case | Settled:
    key = (delivery.home, delivery.person)
    if key in people and people[key] is None:
        reason = "the person's document can't be read by this version"
        return _end(delivery, "planned", reason, now, again=now + _patience(delivery, now))
    try:
        return look(delivery, people.get(key), workspaces, now)
    except Exception as error:  # a fault here is one delivery's, never the batch's
        logger.exception("a delivery could not be prepared", delivery=delivery.public)
        return _end(delivery, "failed", f"it could not be prepared: {type(error).__name__}: {error}", now)


def look(delivery: Delivery, person: Person | None, workspaces: Workspaces, now: int) -> Case | Settled:
    """Bring together what deciding needs, or say why there is nothing to decide."""
    newest = workspaces.newest(delivery.workspace)
    pinned = workspaces.at(delivery.workspace, delivery.definitions)
    if newest is None or pinned is None:
        return _end(delivery, "cancelled", "the workspace is gone", now)
    if person is None:
        if now - delivery.due > MOVING:
            return _end(delivery, "cancelled", "the person is gone", now)
        return _end(delivery, "planned", "the person is not here", now, again=now + _patience(delivery, now))
    configured = newest.channels.get(delivery.channel)
    if configured is None:
        return _end(
            delivery, "failed", f"the workspace has no working settings for the channel {delivery.channel}", now
        )
    try:
        message = compose.message(pinned, delivery.template)
    except compose.Unready as error:
        return _end(delivery, "failed", str(error), now)
    delivery.topic = message.topic
    recipients = configured.channel.recipients(person)
    return Case(
        delivery=delivery,
        person=person,
        newest=newest,
        configured=configured,
        message=message,
        recipients=recipients,
        hashes=[
            address_hash(newest.secret, delivery.channel, each.address) if each.address else b"" for each in recipients
        ],
        limits=limits(newest, configured.channel, message),
        rates=_rates(delivery, newest),
    )


def _rates(delivery: Delivery, newest: Snapshot) -> tuple[Rate, ...]:
    """What slows a message down: the rate of its channel, that of its journey, and that at which a pause lets it go."""
    found, journey = [], delivery.journey
    if (every := newest.rates.get(delivery.channel)) is not None:
        found.append(Rate((delivery.workspace, delivery.channel), every, BURST, delivery.channel))
    if delivery.priority != JOURNEY:
        return tuple(found)
    if (pace := newest.paces.get(journey)) is not None:
        found.append(Rate((delivery.workspace, f"journey {journey}"), pace, SLACK, f"the journey {journey}"))
    if pace := newest.released(journey, delivery.due):
        says = f"what the pause of the journey {journey} held"
        found.append(Rate((delivery.workspace, f"pause {journey}"), pace, SLACK, says))
    return tuple(found)


def _shadow(delivery: Delivery, outgoing: Outgoing, now: int) -> Settled:
    to = ", ".join(recipient.address for recipient in outgoing.recipients if recipient.address)
    to = f" to {to}" if to else ""
    return _end(delivery, "shadow", f"it would have gone out{to}, but its journey is in shadow", now)


def _patience(delivery: Delivery, now: int) -> int:
    return min(max(now - delivery.due, SECOND), 5 * MINUTE)


def composed(case: Case, event: compose.Trigger | None, base: str, now: int) -> Outgoing | Settled:
    try:
        return compose.outgoing(
            case.message,
            case.delivery,
            case.person,
            case.recipients,
            case.configured.channel,
            case.newest,
            event,
            base,
            now,
        )
    except compose.Unready as error:
        return _end(case.delivery, "failed", str(error), now)
    except Exception as error:  # a fault here is one delivery's, never the batch's
        logger.exception("a message could not be made", delivery=case.delivery.public)
        return _end(case.delivery, "failed", f"the message could not be made: {type(error).__name__}: {error}", now)


def _declined(delivery: Delivery, decision: Hold | Refuse, now: int) -> Settled:
    if isinstance(decision, Hold):
        return _end(delivery, "planned", decision.reason, now, again=decision.until)
    return _end(delivery, "refused", decision.reason, now)


def _end(delivery: Delivery, state: str, reason: str, now: int, again: int = 0) -> Settled:
    return Settled(
        delivery=delivery, state=state, attempt=delivery.attempts, time=now, reason=reason, next_attempt=again
    )


def _told(one: Settled) -> list[tuple[int, bytes]]:
    metric = {"refused": "dropped", "failed": "failed", "cancelled": "dropped"}.get(one.state)
    if metric is None:
        return []
    return [reports.receipt(one.delivery, metric, one.time, {"reason": one.reason})]
