"""Effects: what a step asks the processor to write besides the person. Frozen data; every one says when, and how deep in a chain."""

from typing import Any, Final, TypeAlias

from msgspec import Struct

from tidings.kernel.records import Consent


class Happened(Struct, frozen=True):
    """An event that a step caused (``track``), as if it had been sent; it stands in history beside the others."""

    id: bytes
    name: str
    properties: dict[str, Any]
    time: int
    depth: int


class Changed(Struct, frozen=True):
    """Attributes a step set (null: removed)."""

    id: bytes
    attributes: dict[str, Any]
    time: int
    depth: int


class Outdated(Struct, frozen=True):
    """Of a record that says when it was made, what was not applied, since something later has been said already. Topics and channels stand
    as ``topics.NAME`` and ``channels.NAME``."""

    id: bytes
    attributes: dict[str, Any]
    time: int


class Agreed(Struct, frozen=True):
    """What a step wrote down of what the person wants."""

    id: bytes
    consent: Consent
    time: int
    depth: int


class Membership(Struct, frozen=True):
    """The person entered (``on``) or left a segment. ``quiet``: by a definition's change, not in the person's life."""

    segment: str
    on: bool
    time: int
    quiet: bool


class Moved(Struct, frozen=True, omit_defaults=True):
    """A run moved: ``what`` happened to it at ``step`` ("" before the first), with ``why`` in plain words.

    ``what``: queued (before the door), entered, arrived, waiting, passed, skipped, planned, branched, done, held_out, exited, merged,
    stopped, refused (no entry), converted, parked (a fault or an endless loop), retried, carried (to another
    step or version by a publish), stays (on its version), returned (where it stood before a merge that was undone).
    ``key``: what tells the run from others of its journey, "" where there is one at a time.
    ``control``: the person was in the control group when the run began; said of entered and converted. Of converted also ``value``, what it
    is worth in millionths of ``currency`` ("": not told), and ``credited``: (step, public id) of the messages it is credited to;
    ``goal``: which. ``drawn``: steps that drew this run to go on or be held out, each where it drew: of branched the step itself, the first
    time; of converted all of them. A run that was held out stands at the last.
    """

    run: bytes
    journey: str
    version: int
    step: str
    what: str
    time: int
    why: str = ""
    control: bool = False
    key: str = ""
    value: int = 0
    currency: str = ""
    credited: list[tuple[str, str]] = []
    goal: bytes = b""
    drawn: list[str] = []


class Repeats(Struct, frozen=True):
    """Which delivery a message is sent again for (``of``: its public id) and who asked. ``refuse``: why it is not sent after all ("":
    nothing stands in its way yet)."""

    of: str
    by: str
    priority: int
    refuse: str = ""


class Planned(Struct, frozen=True):
    """A message to hand over. ``id``: 16 bytes, unguessable. ``due``, ``expires`` (0: never) in microseconds.

    ``event``: (time, record id) of the run's trigger in the person's history, or None. ``values``: what ``journey.x`` reads.
    ``again``: it is sent again for one that did not arrive. ``definitions``: the snapshot its content is of (0: what is in force).
    """

    id: bytes
    run: bytes
    journey: str
    version: int
    step: str
    template: str
    channel: str
    due: int
    expires: int
    event: tuple[int, bytes] | None = None
    values: dict[str, Any] = {}
    sure: bool = False
    again: Repeats | None = None
    definitions: int = 0


class Called(Struct, frozen=True):
    """Something to ask of the world outside, whose answer the run waits for. ``id``: 16 bytes, unguessable, of this visit of this step.

    ``kind``: who can make it; ``request``: what for, plain data. ``until``: when the run goes on without. ``sure``: may be made twice.
    ``definitions``: the snapshot whose functions are meant (0: what is in force).
    """

    id: bytes
    run: bytes
    journey: str
    version: int
    step: str
    kind: str
    request: dict[str, Any]
    due: int
    until: int
    sure: bool
    definitions: int = 0


class Spread(Struct, frozen=True):
    """Something the person did that may let the members of a group into journeys. ``id``: the event's. ``depth`` and ``way``: of the
    chain of causes that led to it."""

    type: str
    key: str
    event: str
    properties: dict[str, Any]
    time: int
    id: bytes
    depth: int = 0
    way: list[str] = []


RUN_ENDED: Final = "the run ended: "
"""How the reason begins where a run's end cancels; what is undone with a merge is found by it."""


class Cancelled(Struct, frozen=True):
    """The deliveries of the run not yet claimed are not sent. ``run`` None: of the whole person, who unsubscribed, but those of templates
    in ``but``, which ask no consent."""

    run: bytes | None
    reason: str
    time: int
    but: tuple[str, ...] = ()


class Rejected(Struct, frozen=True):
    """The record could not be applied; it goes to the rejected list with this reason."""

    reason: str


Effect: TypeAlias = (
    Happened | Changed | Outdated | Agreed | Membership | Moved | Planned | Called | Cancelled | Spread | Rejected
)
