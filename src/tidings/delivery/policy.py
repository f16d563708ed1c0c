"""Policy: whether a message goes out now, later or not at all. One pure function; whoever sends or simulates asks it.

The questions come in a fixed order, and the first that says no decides: can it still be of use (expired, its journey stopped), can the
person be reached, may the address be written to (suppression), did the person agree (everything, the topic, the channel), is the person
one who gets marketing at all (control group), does its journey send now (it may be paused, or have been), has the person had enough
(frequency caps), and does a message that comes first need the room that is left, may it go out by the rates (of the provider, of its
journey). Only the last three ever hold a message; the others are answers.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, TypeAlias

from msgspec import Struct

from tidings.kernel.problems import Invalid, Problem
from tidings.kernel.rates import parse_rate
from tidings.kernel.times import MINUTE, SECOND, Duration, show_duration, show_second

RECHECK: Final = (MINUTE, 5 * MINUTE)
"""How long a message of a paused journey is held before it is looked at again: a tenth of how late it is, within these."""
SLACK: Final = SECOND // 20
"""How much a message may come before its turn at a pace."""
PAUSED: Final = "the journey is paused"
MOST: Final = 1000
"""The largest count a frequency cap may have."""


class Limit(Struct, frozen=True):
    """At most ``count`` messages ``within`` microseconds. ``name``: marketing (all that is not transactional), a channel or a topic."""

    name: str
    count: int
    within: Duration

    def concerns(self, channel: str, topic: str) -> bool:
        """Whether messages of this channel and topic count."""
        return self.name in ("marketing", channel, topic)

    def __str__(self) -> str:
        return f"{self.name}: {self.count} per {show_duration(self.within)}"


class Sent(Struct, array_like=True, frozen=True):
    """A message that was sent or claimed: counts towards caps. ``time`` in microseconds."""

    id: bytes
    time: int
    channel: str
    topic: str


class Facts(Struct, frozen=True, kw_only=True):
    """What is known about a message and its person. ``due``: when it is to go out, later than planned where its journey was paused.

    ``reachable``: the person has an address. ``needs``: what such an address is, in words. ``suppressed``: why none of the addresses
    may be used ("" where one may). ``topic_agreed`` and ``channel_agreed``: what the person said, None if nothing; ``topic_default``
    holds then. ``control``: the person is in the control group. ``ahead``: messages to the same person that wait now too and whose journeys
    come first. ``free_from``: when the rates have room (0: now); ``rate``: which of them it is, in words. ``ended``: why the journey sends
    nothing any more ("" where it may); ``paused``: it sends nothing for now.
    """

    due: int = 0
    expires: int = 0
    transactional: bool = False
    channel: str = ""
    topic: str = ""
    reachable: bool = True
    needs: str = "an address"
    suppressed: str = ""
    unsubscribed: bool = False
    topic_agreed: bool | None = None
    topic_default: bool = True
    channel_agreed: bool | None = None
    limits: tuple[Limit, ...] = ()
    free_from: int = 0
    ended: str = ""
    paused: bool = False
    control: bool = False
    ahead: tuple[Sent, ...] = ()
    rate: str = ""


class Send(Struct, frozen=True):
    """It goes out now."""


class Hold(Struct, frozen=True):
    """It waits, and is asked about again at ``until``. ``in_line``: it waits for a rate alone, so what comes after it goes later still."""

    until: int
    reason: str
    in_line: bool = False


class Refuse(Struct, frozen=True):
    """It does not go out."""

    reason: str


Decision: TypeAlias = Send | Hold | Refuse


def decide(facts: Facts, sends: Sequence[Sent], now: int) -> Decision:
    """Say whether a message goes out. ``sends``: what the person was sent, or is about to be, in any order.

    Transactional messages ask neither consent nor caps: someone asked for them. Suppression and a journey that was paused or stopped
    bind them too.
    """
    if facts.expires and now >= facts.expires:
        return Refuse(f"expired at {show_second(facts.expires)}")
    if facts.ended:
        return Refuse(facts.ended)
    if not facts.reachable:
        return Refuse(f"the person can't be reached: {facts.channel} needs {facts.needs}")
    if facts.suppressed:
        return Refuse(f"the address is suppressed: {facts.suppressed}")
    if not facts.transactional:
        if facts.unsubscribed:
            return Refuse("the person unsubscribed from everything")
        if facts.topic and not (facts.topic_default if facts.topic_agreed is None else facts.topic_agreed):
            said = "never subscribed to" if facts.topic_agreed is None else "unsubscribed from"
            return Refuse(f"the person {said} the topic {facts.topic}")
        if facts.channel_agreed is False:
            return Refuse(f"the person unsubscribed from {facts.channel}")
        if facts.control:
            return Refuse("the person is in the control group, which gets no marketing")
    if facts.paused:
        shortest, longest = RECHECK
        return _hold(facts, now + min(max(shortest, (now - facts.due) // 10), longest), PAUSED)
    if facts.due > now:
        return _hold(facts, facts.due, f"its journey was paused, and it goes out at {show_second(facts.due)}")
    if not facts.transactional:
        for limit in facts.limits:
            free = _free(limit, facts, sends, now)
            if free > now:
                return _hold(facts, free, f"the cap {limit} is reached until {show_second(free)}")
            if facts.ahead and _free(limit, facts, [*sends, *facts.ahead], now) > now:
                return _hold(facts, now + MINUTE, f"what the cap {limit} leaves is for a journey that comes first")
    if facts.free_from > now:
        return _hold(facts, facts.free_from, f"the rate set for {facts.rate or facts.channel} is reached", in_line=True)
    return Send()


def _free(limit: Limit, facts: Facts, sends: Sequence[Sent], now: int) -> int:
    """When the cap has room for one more."""
    if not limit.concerns(facts.channel, facts.topic):
        return now
    times = sorted(
        sent.time for sent in sends if sent.time > now - limit.within and limit.concerns(sent.channel, sent.topic)
    )
    return times[-limit.count] + limit.within if len(times) >= limit.count else now


def _hold(facts: Facts, until: int, reason: str, *, in_line: bool = False) -> Decision:
    if facts.expires and until >= facts.expires:
        return Refuse(f"{reason}, and the message expires at {show_second(facts.expires)}")
    return Hold(until, reason, in_line)


def kept(sends: Sequence[Sent], limits: Sequence[Limit], now: int) -> list[Sent]:
    """Leave out sends that no cap can see any more; a cap itself bounds how many stay."""
    seen = [
        sent
        for sent in sends
        if any(limit.concerns(sent.channel, sent.topic) and sent.time > now - limit.within for limit in limits)
    ]
    return sorted(seen, key=lambda sent: sent.time)


def parse_limits(settings: Mapping[str, Any]) -> tuple[Limit, ...]:
    """Read ``limits = {marketing = "3 per 7 days"}`` of a workspace's settings. Raises `Invalid`."""
    limits, problems = [], []
    for name, text in settings.items():
        rate = parse_rate(text)
        if rate is not None and rate.times <= MOST:
            limits.append(Limit(name, *rate))
        else:
            problems.append(
                Problem(f"{text!r} is no cap", f'write for example "3 per 7 days", at most {MOST}', ("limits", name))
            )
    if problems:
        raise Invalid(problems)
    return tuple(limits)


def parse_rates(settings: Mapping[str, Any]) -> dict[str, Duration]:
    """Read ``rates = {sms = "10 per second"}``: channel -> microseconds between two messages. Raises `Invalid`."""
    rates, problems = {}, []
    for name, text in settings.items():
        if (rate := parse_rate(text)) is not None:
            rates[name] = max(1, rate.within // rate.times)
        else:
            problems.append(Problem(f"{text!r} is no rate", 'write for example "10 per second"', ("rates", name)))
    if problems:
        raise Invalid(problems)
    return rates


def parse_pace(text: object) -> Duration | None:
    """Read ``6 per minute`` as microseconds between two messages, so many that no more than those go out within any minute, though each may
    be `SLACK` early, to make up for those that were late, and handing one over may take longer than another. None where it is no rate."""
    rate = parse_rate(text)
    return -(-(rate.within + SLACK + min(rate.within // 100, SECOND)) // rate.times) if rate is not None else None


def address_hash(secret: bytes, channel: str, address: str) -> bytes:
    """Hash an address as ``address_suppressions`` holds it, capitals and spaces around it aside."""
    text = f"{channel}\0{address.strip().lower()}".encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=16, key=secret, person=b"address").digest()
