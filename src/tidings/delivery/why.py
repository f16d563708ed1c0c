"""Why a delivery was or was not sent, in words, in the order of time."""

from typing import Final

from tidings.delivery.delivery import BROADCAST, TRANSACTIONAL, Delivery
from tidings.delivery.stopping import Standing
from tidings.kernel.times import show_second

_UNTAKEN: Final = ("planned", "failed", "bounced", "refused", "cancelled")
"""How a delivery stands that no provider took, where none said otherwise before."""


def why(delivery: Delivery, at: int | None = None, stopped: Standing | None = None) -> list[str]:
    """Give the delivery's story, a sentence each: planned by what, what was decided, what became of it. ``at``: as it stood at a moment of
    the past, as far as its times tell; None: now. ``stopped``: the stop of all sending that stood then."""
    held = [_held(stopped)] if stopped is not None else []
    if at is None:
        stands = held if held and delivery.state == "planned" else [_state(delivery)]
        return [_planned(delivery), *_attempts(delivery), *stands, *_outcomes(delivery), *_again(delivery)]
    if at < delivery.due:
        return [_planned(delivery), "It was not due yet."]
    if delivery.settled is not None and delivery.settled <= at:
        return [_planned(delivery), *_attempts(delivery), _state(delivery), *_outcomes(delivery, at)]
    if delivery.sent_at is not None and delivery.sent_at <= at:
        return [
            _planned(delivery),
            f"The provider took it at {show_second(delivery.sent_at)}.",
            *_outcomes(delivery, at),
        ]
    undecided = held or ["What was to become of it was not decided yet."]
    return [_planned(delivery), *undecided, *_outcomes(delivery, at)]


def reads(delivery: Delivery, kept: int | None) -> str:
    """Say how what is shown of a message stands to what was sent. ``kept``: when the copy shown was made; None: it is made again."""
    if kept is not None and delivery.state == "shadow":
        return f"As it would have been sent at {show_second(kept)}: its journey was in shadow."
    if kept is not None and delivery.sent_at is None and delivery.state in _UNTAKEN:
        return f"As it was tried at {show_second(kept)}, the last time: it was not taken."
    if kept is not None:
        return f"As it was handed over at {show_second(kept)}."
    if delivery.attempts or delivery.state == "shadow":
        return (
            "What was sent is not kept (any more): this is made again with what is known of the person now, and what was sent may have "
            "read otherwise."
        )
    if delivery.state == "planned":
        return "It was not sent yet: this is how it reads with what is known of the person now."
    return "It was not sent: this is how it would read with what is known of the person now."


def _planned(delivery: Delivery) -> str:
    what = f"the {delivery.channel} `{delivery.template}`"
    by = {TRANSACTIONAL: "an API call asked for", BROADCAST: f"the broadcast {delivery.journey} planned"}.get(
        delivery.priority,
        f"step {delivery.step} of the journey {delivery.journey} (version {delivery.version}) planned",
    )
    bound = f", not to be sent after {show_second(delivery.expires)}" if delivery.expires else ""
    if delivery.again_of:
        asked = (
            f"{delivery.asked_by or 'Somebody'} asked at {show_second(delivery.due)} to send {delivery.again_of} again"
        )
        return f"{asked}, which {by} as {what}{bound}."
    return f"{by[0].upper()}{by[1:]} {what}, due {show_second(delivery.due)}{bound}."


def _held(stopped: Standing) -> str:
    reason = f" ({stopped.reason})" if stopped.reason else ""
    return f"It waits until sending is resumed: {stopped.by} stopped all of it at {show_second(stopped.at)}{reason}."


def _attempts(delivery: Delivery) -> list[str]:
    if not delivery.attempts:
        return []
    to = f" to {delivery.recipient}" if delivery.recipient else ""
    by = f" by {delivery.provider}" if delivery.provider else ""
    times = "once" if delivery.attempts == 1 else f"{delivery.attempts} times"
    if delivery.sent_at is None and delivery.state in _UNTAKEN:
        return [f"Sending it{by}{to} was tried {times}."]
    return [f"It was handed over{by}{to} {times}."]


def _state(delivery: Delivery) -> str:
    reason = delivery.reason
    at = f" at {show_second(delivery.settled)}" if delivery.settled is not None else ""
    match delivery.state:
        case "planned" if reason:
            return f"It waits until {show_second(delivery.next_attempt)}: {reason}."
        case "planned":
            return "It is to be sent as soon as it is due."
        case "attempting":
            since = f" since {show_second(delivery.unknown_since)}" if delivery.unknown_since is not None else ""
            return f"It is with the provider{since}, who has not answered yet."
        case "sent":
            number = f" as {delivery.provider_id}" if delivery.provider_id else ""
            return f"The provider took it{at}{number}{f': {reason}' if reason else ''}."
        case "bounced":
            return f"The recipient was refused{at}: {reason}."
        case "failed":
            return f"It failed{at}: {reason}."
        case "refused":
            return f"It was not sent, decided{at}: {reason}."
        case "cancelled":
            return f"It was cancelled{at} before it was sent: {reason}."
        case "shadow":
            return f"Everything was done but handing it over{at}: {reason}."
        case "unknown":
            return f"Whether it went out is not known{at}: {reason}."


_SAID = {
    "delivered": "It was delivered",
    "opened": "It was opened",
    "fetched": "A machine fetched it or followed a link in it",
    "clicked": "A link in it was clicked",
    "converted": "It led to a conversion",
    "bounced": "It came back",
    "complained": "The recipient complained",
    "unsubscribed": "The recipient unsubscribed through it",
    "failed": "The provider reported that it failed",
}


def _outcomes(delivery: Delivery, until: int | None = None) -> list[str]:
    return [
        f"{_SAID[outcome]} at {show_second(at)}."
        for outcome, at in delivery.outcomes.items()
        if outcome in _SAID and at != delivery.settled and (until is None or at <= until)
    ]


def _again(delivery: Delivery) -> list[str]:
    return [f"It was sent again as {delivery.again_as}."] if delivery.again_as else []
