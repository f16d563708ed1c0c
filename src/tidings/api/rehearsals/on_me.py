"""Test on me: a journey lived in minutes by somebody who does not exist, whose mail comes to whoever asks.

The answer is a stream, and it is what drives the test: each line is told as it happens, a wait lasts seconds, and whoever closes the stream
ends it. Nothing is written but that it was asked for. Mail leaves by one call, `_Post.send`, to one address, the account's, which is read
from the session once; what the journey or its templates say of recipients is never asked.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Struct, field

from tidings.api.here import Here
from tidings.api.problem import Refusal
from tidings.api.rehearsals.sides import SideMeant, sides_of
from tidings.api.rehearsals.walk import LONGEST, WalkLine, line_shown
from tidings.channels import Configured
from tidings.channels.email.address import Unusable, check_address
from tidings.channels.means import means_of_workspace
from tidings.channels.provider import Accepted, Means
from tidings.delivery import compose, pretend, stopping
from tidings.delivery.clock import wall_clock
from tidings.delivery.workspaces import Snapshot
from tidings.engine import Workspace
from tidings.journeys import read as read_journey
from tidings.journeys.document import templates as templates_of
from tidings.kernel.effects import Moved
from tidings.kernel.times import DAY, show_iso
from tidings.people import catalog
from tidings.project import naming
from tidings.project.body import documents_of
from tidings.project.naming import Key
from tidings.project.seen import OWN
from tidings.rules.reach import GROUP_TYPES
from tidings.settings import Settings
from tidings.simulate import typed
from tidings.simulate.outside import NO_STUBS, Stubs
from tidings.simulate.paced import Cast, Ended, Pause, Told, lived
from tidings.simulate.post import Letter
from tidings.simulate.story import happenings
from tidings.teams import audit

MAILS: Final = 50
"""Mails of one test; the next are shown and not sent."""
LASTS: Final = 600.0
"""Seconds a test goes on, at most."""
_BEAT: Final = 1.0
"""Seconds between two signs of life, by which a closed stream is noticed."""
_running: set[int] = set()
"""Accounts of which a test runs in this process."""


class TestWanted(Struct):
    """What to test. ``attributes``: of whoever lives it, beside the address; ``data``: what starts it, read as `event.x`; ``groups``: type
    to attributes of one they belong to. ``given``: what else happens to them, as for a walk. ``seconds``: how long each wait lasts.
    ``answers``, ``failures``: of the outside world, by step: nothing is called."""

    side: SideMeant = field(default_factory=SideMeant)
    attributes: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    given: Annotated[list[dict[str, Any]], msgspec.Meta(max_length=200)] = field(default_factory=list)
    seconds: Annotated[float, msgspec.Meta(ge=0, le=60)] = 3
    answers: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


class TestBeginning(Struct):
    """What a test would begin with: ``to`` whom its mail goes, and examples from the catalog for what the journey and its messages read."""

    to: str
    attributes: dict[str, Any]
    data: dict[str, Any]
    groups: dict[str, dict[str, Any]]


class TestNews(Struct):
    """One line of the stream. ``line``: something happened. ``wait``: the clock goes on from one time to another, which takes ``seconds``.
    ``mail``: what became of the message told before: `sent` to whoever asked, `shown` (no mail, or too many), `failed` with ``says``.
    ``end``: it is over, ``says`` how. ``beat``: it still goes on."""

    kind: Literal["line", "wait", "mail", "end", "beat"]
    line: WalkLine | None = None
    from_: str = field(default="", name="from")
    until: str = ""
    seconds: float = 0
    fate: str = ""
    says: str = ""


async def beginning(here: Here, journey: str, side: SideMeant) -> TestBeginning:
    """Give what a test would begin with."""
    to = _address(here)
    ((_, body, _),) = await sides_of(here, journey, side, None)
    async with here.pool.acquire() as connection:
        seen = await catalog.read(connection, here.workspace.id)
    examples = {(line.kind, line.name, line.property): _example(line) for line in seen}
    begun = TestBeginning(to, {}, {}, {})
    for kind, name, property in _read_by(body, journey):
        value = examples.get((kind, name, property), "")
        if kind == "person" and property not in OWN:
            begun.attributes[property] = value
        elif kind in GROUP_TYPES:
            begun.groups.setdefault(kind, {})[property] = value
        elif kind in ("track", "page", "screen") and property and (kind, name) == _start(body, journey):
            begun.data[property] = value
    own = Workspace(here.workspace.id, here.workspace.secret)
    begun.attributes = await asyncio.to_thread(_welcome, body, journey, own, begun)
    return begun


def _example(line: catalog.Seen) -> Any:
    """Give it as somebody would type it on a line of its own."""
    found = catalog.example(line)
    return line.example if isinstance(found, dict | list) else found


def _welcome(body: Mapping[str, Any], journey: str, own: Workspace, begun: TestBeginning) -> dict[str, Any]:
    """Leave empty what would keep them out (an exit rule that holds already, say): one of the examples, else all of them."""
    known = begun.attributes
    for left in ([], *([name] for name in known), list(known)):
        tried = {name: "" if name in left else value for name, value in known.items()}
        if _enters(body, journey, own, begun, tried):
            return tried
    return known


def _enters(
    body: Mapping[str, Any], journey: str, own: Workspace, begun: TestBeginning, attributes: Mapping[str, Any]
) -> bool:
    given = {name: value for name, value in attributes.items() if value != ""}
    cast = Cast({**given, "email": begun.to}, (("id", "test"), ("email", begun.to)), begun.data, begun.groups)
    for news in lived(body, journey, own, cast, (), time.time_ns() // 1000, NO_STUBS):
        if isinstance(news, Told) and isinstance(moved := news.line.cause, Moved) and moved.journey == journey:
            return moved.what == "entered"
    return False


async def tested(here: Here, journey: str, data: TestWanted, settings: Settings) -> AsyncIterator[bytes]:
    """Begin a test, and give its stream. Raises `Refusal` where it can't begin."""
    to = _address(here)
    assert here.account is not None
    account = here.account.id
    ((_, body, _),) = await sides_of(here, journey, data.side, None)
    start = time.time_ns() // 1000
    given = happenings(data.given, "somebody", start)
    if any(each.at > start + LONGEST for each in given):
        raise Refusal(400, f"A test lasts at most {LONGEST // DAY} days of the journey's time.")
    own = Workspace(here.workspace.id, here.workspace.secret)
    cast = Cast({**data.attributes, "email": to}, (("id", "test"), ("email", to)), data.data, data.groups)
    stubs = typed.check(Stubs(data.answers, data.failures), journey, [body])
    goes = lived(body, journey, own, cast, given, start, stubs)
    async with here.pool.acquire() as connection:
        if await stopping.standing(connection, here.workspace.id) is not None:
            raise Refusal(409, "All sending is stopped, tests too.", code="stopped")
        means = await means_of_workspace(connection, here.workspace.id, settings)
    if account in _running:
        raise Refusal(429, "A test of yours is running.", "Cancel it, or let it end.", code="busy")
    async with here.pool.acquire() as connection:
        await audit.note(connection, here.workspace.id, here.actor, "tested", "journey", journey, after={"to": to})
    snapshot = Snapshot(here.workspace.id, here.workspace.name, here.workspace.secret, 1, body, settings.pictures)
    post = _Post(here, to, snapshot, snapshot.channels.get("email"), replace(means, pool=here.pool))
    return _stream(account, goes, post, start, data.seconds)


async def _stream(
    account: int, goes: Iterator[Pause | Told | Ended], post: "_Post", start: int, seconds: float
) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    ends, let_in = loop.time() + LASTS, False
    _running.add(account)
    try:
        while (news := await asyncio.to_thread(next, goes, None)) is not None:
            match news:
                case Pause():
                    moved = TestNews("wait", from_=show_iso(news.now), until=show_iso(news.until), seconds=seconds)
                    yield _line(moved)
                    until = min(loop.time() + seconds, ends)
                    while (left := until - loop.time()) > 0:
                        await asyncio.sleep(min(left, _BEAT))
                        yield _line(TestNews("beat"))
                case Told():
                    let_in |= isinstance(cause := news.line.cause, Moved) and cause.what == "entered"
                    yield _line(TestNews("line", line_shown(news.line, start)))
                    if isinstance(news.line.cause, Letter) and news.line.cause.fate == "sent":
                        yield _line(await post.send(news.line.cause, news))
                case Ended():
                    yield _line(TestNews("end", says=_end(news, post, let_in)))
            if loop.time() >= ends:
                yield _line(TestNews("end", says=f"It ends here: a test lasts {LASTS / 60:.0f} minutes at most."))
                return
    finally:
        _running.discard(account)


class _Post:
    """Sends what a test says, to the one address there is."""

    def __init__(self, here: Here, to: str, snapshot: Snapshot, configured: Configured | None, means: Means) -> None:
        self._here, self._to, self._snapshot, self._configured, self._means = here, to, snapshot, configured, means
        self.sent = 0

    async def send(self, letter: Letter, told: Told) -> TestNews:
        """Hand a message over, and tell what became of it."""
        planned = letter.planned
        if planned.channel != "email":
            return TestNews("mail", fate="shown", says=f"A test sends mail only; this {planned.channel} is shown here.")
        if self.sent >= MAILS:
            return TestNews("mail", fate="shown", says=f"A test sends {MAILS} mails at most.")
        if self._configured is None:
            return TestNews("mail", fate="shown", says="The workspace has no provider for email, so it is shown here.")
        async with self._here.pool.acquire() as connection:
            if await stopping.standing(connection, self._here.workspace.id) is not None:
                return TestNews("mail", fate="failed", says="All sending was stopped.")
        try:
            made = await asyncio.to_thread(
                pretend.trial,
                compose.message(self._snapshot, planned.template).compiled,
                told.person,
                self._snapshot,
                told.trigger,
                self._to,
                wall_clock(),
                planned,
                letter.time,
            )
        except (compose.Unready, Unusable) as error:
            return TestNews("mail", fate="failed", says=str(error))
        self.sent += 1
        outcome = await pretend.hand_over(self._configured, made, self._means)
        if not isinstance(outcome, Accepted):
            return TestNews("mail", fate="failed", says=f"The provider did not take it: {outcome.reason}")
        return TestNews("mail", fate="sent", says=self._to)


def _address(here: Here) -> str:
    """The one address mail of a test goes to."""
    if here.account is None:
        raise Refusal(403, "A test is sent to whoever is signed in; a key has no address.", code="not_signed_in")
    try:
        check_address(here.account.email)
    except Unusable as error:
        raise Refusal(409, f"Mail can't be sent to your address: {error}.") from error
    return here.account.email


def _end(ended: Ended, post: _Post, let_in: bool) -> str:
    if not let_in:
        return "They were not let in, so nothing was sent to you. Change what is known of you, and test again."
    mails = f"{post.sent} {'mail was' if post.sent == 1 else 'mails were'} sent to you."
    if ended.more:
        return f"It ends here: too much happened. {mails}"
    if ended.inside:
        return (
            f"Nothing more comes by itself: they stand at {', '.join(f'`{step}`' for _, step in ended.inside)}. {mails}"
        )
    return f"The journey is over for them. {mails}"


def _line(news: TestNews) -> bytes:
    return msgspec.json.encode(news) + b"\n"


def _read_by(body: Mapping[str, Any], journey: str) -> list[Key]:
    """What a journey, its messages and the segments it names read of somebody, and of what starts it."""
    documents: dict[str, Any] = documents_of(body)
    found: dict[Key, None] = {}

    def heard(key: Key) -> str:
        if key not in found:
            found[key] = None
            if key[0] == "segment" and key[1] in documents["segments"]:
                naming.in_segment(documents["segments"][key[1]], heard)
        return key[2] or key[1]

    document = documents["journeys"][journey]
    naming.in_journey(document, heard)
    for _, name in templates_of(read_journey(document)):
        if name in documents["templates"]:
            naming.in_template(name, documents["templates"][name], heard, naming.starts_with(document))
    return list(found)


def _start(body: Mapping[str, Any], journey: str) -> naming.Event:
    return naming.starts_with(documents_of(body)["journeys"][journey])
