"""What policy asks about a message: from the person, the workspace's settings and the message, for whoever sends or rehearses."""

from tidings.channels.channel import Channel
from tidings.delivery.compose import Message
from tidings.delivery.delivery import JOURNEY, Delivery
from tidings.delivery.policy import Facts, Limit, Sent
from tidings.delivery.stop import fate
from tidings.delivery.workspaces import Snapshot
from tidings.journeys.pauses import Release
from tidings.people.control import is_control
from tidings.people.document import Person


def asks_consent(channel: Channel, message: Message) -> bool:
    """Whether it is marketing to the person (a channel that needs no consent reaches somebody else)."""
    return message.marketing and bool(channel.consent)


def limits(newest: Snapshot, channel: Channel, message: Message) -> tuple[Limit, ...]:
    """Give the frequency caps that concern a message."""
    if not asks_consent(channel, message):
        return ()
    return tuple(limit for limit in newest.limits if limit.concerns(channel.name, message.topic))


def facts(
    delivery: Delivery,
    person: Person,
    newest: Snapshot,
    channel: Channel,
    message: Message,
    *,
    reachable: bool,
    suppressed: str,
    limits: tuple[Limit, ...],
    free_from: int = 0,
    rate: str = "",
    ahead: tuple[Sent, ...] = (),
) -> Facts:
    """Bring together what policy decides on. ``newest``: the settings in force; the rest is as `Facts` says."""
    said, topic = person.consent, newest.topics.get(message.topic)
    of_journey = delivery.priority == JOURNEY
    release = newest.release(delivery.journey, delivery.due) if of_journey else Release(delivery.due)
    expires = delivery.expires + release.later if delivery.expires else 0
    stopped = fate(newest.stops, delivery.due, delivery.next_attempt, expires)
    return Facts(
        due=release.at,
        expires=0 if stopped.dropped else expires + stopped.later if expires else 0,
        transactional=not asks_consent(channel, message),
        channel=delivery.channel,
        topic=message.topic,
        reachable=reachable,
        needs=channel.address,
        suppressed=suppressed,
        unsubscribed=said.unsubscribed,
        topic_agreed=said.topics.get(message.topic),
        topic_default=topic.default if topic else True,
        channel_agreed=said.channels.get(channel.consent),
        limits=limits,
        free_from=free_from,
        ended=stopped.dropped or (_ended(delivery, newest, release) if of_journey else ""),
        paused=of_journey and newest.status(delivery.journey) == "paused",
        control=newest.control > 0 and is_control(person, newest.control),
        ahead=ahead,
        rate=rate,
    )


def _ended(delivery: Delivery, newest: Snapshot, release: Release) -> str:
    """Why the delivery's journey does not send it any more; one that is closed still serves those inside."""
    match newest.status(delivery.journey):
        case "":
            return f"the journey {delivery.journey} was removed"
        case "stopped":
            return f"the journey {delivery.journey} was stopped"
        case _:
            return "it was due while the journey was paused, and was skipped" if release.skipped else ""
