"""What a record says of a person, written into their document."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tidings.engine.asking import Asking
from tidings.kernel.effects import Cancelled, Outdated, Rejected
from tidings.kernel.records import Consent, Device, Group, GroupChanged, Identify, Ungroup
from tidings.kernel.times import SECOND
from tidings.people import latest
from tidings.people.document import ATTRIBUTES, DEVICES, GROUPS, LARGEST, Agreement, Handset, InGroup, encode
from tidings.people.latest import IDENTIFYING, channel, known, topic

UNSUBSCRIBED: Final = "unsubscribed"
BESIDE: Final = LARGEST - ATTRIBUTES
"""Bytes of a document beyond which no device, group or topic is added."""


def when(time: int) -> int:
    """Give when something was said in unix seconds, at least 1: before 1970 nobody said anything."""
    return max(1, time // SECOND)


def in_order(life: Asking, body: Identify | Consent, id: bytes, time: int) -> Identify | Consent:
    """Give what of a record ``id`` that says when it was made (``time``) is to be applied: all that nothing later has been said of."""
    person, at = life.person, when(time)

    def stays(name: str) -> bool:
        return name in IDENTIFYING or known(person.latest, person.attributes, name) <= at

    if isinstance(body, Identify):
        late = {name: value for name, value in body.attributes.items() if not stays(name)}
        said: Identify | Consent = msgspec.structs.replace(
            body, attributes={name: value for name, value in body.attributes.items() if name not in late}
        )
    else:
        topics = {name: on for name, on in body.topics.items() if stays(topic(name))}
        channels = {name: on for name, on in body.channels.items() if stays(channel(name))}
        everything = body.unsubscribed if stays(UNSUBSCRIBED) else None
        said = msgspec.structs.replace(body, unsubscribed=everything, topics=topics, channels=channels)
        late = {f"topics.{name}": on for name, on in body.topics.items() if name not in topics}
        late |= {f"channels.{name}": on for name, on in body.channels.items() if name not in channels}
        late |= {} if everything == body.unsubscribed else {UNSUBSCRIBED: body.unsubscribed}
    if late:
        life.effects.append(Outdated(id, late, time))
    return said if late else body


def set_attributes(life: Asking, values: Mapping[str, Any], at: int) -> tuple[str, ...]:
    """Merge values (None removes), said at a time (unix seconds), into the attributes; answers the roots that changed."""
    person = life.person
    old = person.attributes
    changed = [
        name
        for name, value in values.items()
        if (
            name in old
            if value is None
            else name not in old or type(old[name]) is not type(value) or old[name] != value
        )
    ]
    if not changed:
        person.latest = latest.said(person.latest, old, values, at)
        return ()
    attributes = dict(old)
    for name in changed:
        if values[name] is None:
            del attributes[name]
        else:
            attributes[name] = values[name]
    times = latest.said(person.latest, attributes, values, at)
    size = _size(attributes)
    if size + _size(times) > ATTRIBUTES and size > _size(old):
        life.effects.append(Rejected(f"the person's attributes would take more than {ATTRIBUTES // 1024} kB"))
        return ()
    person.attributes, person.latest = attributes, times
    life.view.attributes = attributes
    return tuple(changed)


def agree(life: Asking, body: Consent, at: int) -> dict[str, Any]:
    """Write down what the person agreed to, as said at a time (unix seconds); answers the attributes that say so."""
    if body.is_silent:
        return {}
    consent = life.person.consent
    unsubscribed = consent.unsubscribed if body.unsubscribed is None else body.unsubscribed
    topics, channels = {**consent.topics, **body.topics}, {**consent.channels, **body.channels}
    life.person.consent = Agreement(unsubscribed, topics, channels, life.now)
    settings = life.definitions.body.get("settings", {})
    # of what the workspace has, or the person has spoken of already, a word always counts
    known_topics = {*consent.topics, *(settings.get("topics") or ())}
    known_channels = {*consent.channels, *(settings.get("channels") or ())}
    if not (known_topics >= topics.keys() and known_channels >= channels.keys()) and _is_too_much(life):
        topics = {name: on for name, on in topics.items() if name in known_topics}
        channels = {name: on for name, on in channels.items() if name in known_channels}
        life.person.consent = Agreement(unsubscribed, topics, channels, life.now)
    if body.topics or body.channels:
        names = [topic(name) for name in body.topics if name in topics]
        names += [channel(name) for name in body.channels if name in channels]
        life.person.latest = latest.said(life.person.latest, life.person.attributes, names, at)
    if body.unsubscribed is None:
        return {}
    if body.unsubscribed and not consent.unsubscribed:
        life.effects.append(Cancelled(None, f"unsubscribed ({body.how})", life.now, life.definitions.transactional))
    return {UNSUBSCRIBED: body.unsubscribed}


def hold(life: Asking, body: Device, time: int) -> None:
    """Write down a device, or that it is gone; the most recently used are kept."""
    known = life.person.devices
    others = [device for device in known if device.token != body.token]
    if not body.gone:
        before = next((device for device in life.person.devices if device.token == body.token), None)
        attributes = {**(before.attributes if before else {}), **body.attributes}
        others.append(Handset(body.token, body.platform or (before.platform if before else ""), time, attributes))
        others = sorted(others, key=lambda device: (device.last_used, device.token))[-DEVICES:]
    life.person.devices = others
    if not body.gone and _is_too_much(life):
        life.person.devices = known


def join(life: Asking, body: Group | GroupChanged | Ungroup) -> tuple[str, ...]:
    """Write down a group the person is in, what became of it, or that they left; answers its type where anything changed."""
    person = life.person
    before = next((group for group in person.groups if (group.type, group.key) == (body.type, body.key)), None)
    others = [group for group in person.groups if group is not before]
    if isinstance(body, Ungroup) or (isinstance(body, GroupChanged) and body.gone):
        if before is None:
            return ()
    elif isinstance(body, GroupChanged):
        if before is None or before.version >= body.version:
            return ()
        told = msgspec.structs.replace(before, version=body.version, attributes=body.attributes)
        others = [told if group is before else group for group in person.groups]  # news change no order
    else:
        if not body.member:
            return ()
        if before is None and len(others) >= GROUPS:
            life.effects.append(Rejected(f"a person can be in {GROUPS} groups at most"))
            return ()
        named = life.definitions.group_attributes.get(body.type, frozenset())
        known = before or InGroup(body.type, body.key, life.now)
        attributes = {**known.attributes, **{k: v for k, v in body.attributes.items() if k in named}}
        relation = known.relation if body.relation is None else {**known.relation, **body.relation}
        others.append(msgspec.structs.replace(known, attributes=attributes, relation=relation))
    was, person.groups = person.groups, others
    if not isinstance(body, Ungroup) and _is_too_much(life):
        person.groups = was
        return ()
    life.view.groups = others
    return (body.type,)


def _is_too_much(life: Asking) -> bool:
    """Whether the document has become larger than it may by what is not attributes; then it is said that this is not kept."""
    person = life.person
    over = len(encode(person)) - _size(person.attributes) > BESIDE
    if over:
        life.effects.append(Rejected(f"the person would take more than {BESIDE // 1024} kB beside their attributes"))
    return over


def _size(value: Mapping[str, Any] | latest.Latest) -> int:
    return len(msgspec.msgpack.encode(value))
