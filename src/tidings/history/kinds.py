"""What a row of history is about: the number in its column ``kind``. Numbers are stored; they are only ever added."""

from typing import Final

TRACK: Final = 1
PAGE: Final = 2
SCREEN: Final = 3
MESSAGE: Final = 4
"""What became of a delivery, as an event."""
ATTRIBUTES: Final = 10
"""Attributes set, by a record or by a step."""
GROUP: Final = 11
CONSENT: Final = 12
DEVICE: Final = 13
LINK: Final = 14
"""Identifiers gained and lost (``named``), people merged (``absorbs``, ``absorbed``) and un-merged (``parted``)."""
OUTDATED: Final = 15
"""What came of attributes and consent when something later had been said already, and was not applied."""
ENTER: Final = 16
"""A call of the API that lets the person into a journey; the name is the journey's, the body its data."""
BEFELL: Final = 17
"""Something that happened to a group the person is in and may let members into journeys; the name is the event's, "" for a change of
attributes, the body what such a run reads as its event."""
TAKEN: Final = 18
"""A journey let in whom it matched already; the name is the journey's."""
STARTS: Final = 19
"""Whether a record may start journeys, where its times alone do not tell: it came quietly, or in time and was applied much later. The id is
the record's."""
MEMBERSHIP: Final = 20
"""A segment entered or left; the name is the segment's."""
MOVED: Final = 21
"""A run moved; the name is the journey's."""
PLANNED: Final = 22
"""A message was planned; the name is the template's."""
ANSWERED: Final = 23
"""What came back of a call; the id is the call's."""
CHAIN: Final = 24
"""The chain of causes by which something befell a group, where a step is in it. The id is that of the `BEFELL` row."""
OTHER: Final = 99

EVENTS: Final = {"track": TRACK, "page": PAGE, "screen": SCREEN, "message": MESSAGE}
"""The kinds of ``kernel.records.Event`` and ``kernel.effects.Query``."""
BESIDE: Final = (STARTS, CHAIN)
"""What stands beside another row, and is no news of its own."""
