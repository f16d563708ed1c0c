"""What is in force in each workspace, as sending needs it: settings read once, templates compiled once."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, Final

import msgspec
import structlog
from msgspec import Struct

from tidings.channels import Configured, configure
from tidings.channels.means import means_for
from tidings.channels.provider import Means
from tidings.channels.secrets import FIRST, Owner
from tidings.content import brand
from tidings.content.pictures import addresses
from tidings.database.pool import Connection
from tidings.delivery.looks import Looks, looks
from tidings.delivery.policy import Limit, parse_limits, parse_pace, parse_rates
from tidings.delivery.stop import Stop
from tidings.journeys import pauses
from tidings.journeys.pauses import Release
from tidings.kernel.problems import Invalid
from tidings.kernel.times import Duration
from tidings.people.control import share_of

logger = structlog.get_logger(__name__)
_KEPT: Final = 64
"""Older snapshots kept in memory beside those asked for at once, the last used: what former versions pin is needed for weeks."""


_NEWEST: Final = f"""
SELECT id, name, secret, coalesce((SELECT max(number) FROM definitions d WHERE d.workspace = w.id), 0),
       {FIRST},
       (SELECT json_object_agg(s.name, s.sealed) FROM secrets s WHERE s.workspace = w.id),
       (SELECT json_agg(json_build_array(s.stopped_at, s.resumed_at, s.held)) FROM (
            SELECT stopped_at, resumed_at, held FROM sending_stops
            WHERE workspace = w.id AND resumed_at IS NOT NULL ORDER BY stopped_at DESC LIMIT 20) AS s)
FROM workspaces w
"""


class Content(Struct, frozen=True):
    """What is read of a snapshot that is not the newest: all else is as it is now."""

    templates: dict[str, Any] = {}
    layouts: dict[str, Any] = {}
    snippets: dict[str, Any] = {}
    assets: dict[str, Any] = {}
    actions: dict[str, Any] = {}


class Topic(Struct, frozen=True):
    """What a person may unsubscribe from. ``default``: whether somebody who said nothing is subscribed."""

    id: str
    name: str
    description: str = ""
    default: bool = True


class Snapshot:
    """One numbered set of definitions of a workspace. ``number`` 0: there are none yet. ``pictures``: where they are loaded from."""

    def __init__(
        self, workspace: int, name: str, secret: bytes, number: int, body: Mapping[str, Any], pictures: str = ""
    ) -> None:
        self.workspace, self.name, self.secret, self.number, self.body = workspace, name, secret, number, body
        self.settings: Mapping[str, Any] = body.get("settings") or {}
        self.pictures = pictures
        self.assets: Mapping[str, str] = addresses(body.get("assets") or {}, pictures)
        """The addresses of pictures by name."""
        self._pauses: dict[str, tuple[pauses.Pause, ...]] = {}
        self.stops: tuple[Stop, ...] = ()
        """Stops of all sending that have ended, the oldest first; of the newest snapshot only."""
        self.made: dict[str, Any] = {}
        """Compiled templates, kept by who compiles them."""
        self.topics_of: dict[str, str | None] = {}
        """Topics of templates, kept by who reads them; None: marketing it is not."""

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        """Frequency caps."""
        found: tuple[Limit, ...] = self._read("limits", parse_limits, ())
        return found

    @cached_property
    def rates(self) -> Mapping[str, Duration]:
        """Channel -> microseconds between two messages."""
        found: Mapping[str, Duration] = self._read("rates", parse_rates, {})
        return found

    @cached_property
    def control(self) -> float:
        """The share of people who get no marketing."""
        try:
            return share_of(self.settings)
        except ValueError as error:
            logger.error(
                "settings in force are faulty", workspace=self.workspace, setting="control_group", problems=str(error)
            )
            return 0.0

    @cached_property
    def paces(self) -> Mapping[str, Duration]:
        """Journey -> microseconds between two of its messages, of those that have such a limit."""
        limits = {id: (entry.get("document") or {}).get("limits") or {} for id, entry in self._journeys.items()}
        found = {id: parse_pace(own["send"]) for id, own in limits.items() if "send" in own}
        return {id: pace for id, pace in found.items() if pace is not None}

    @cached_property
    def priorities(self) -> Mapping[str, int]:
        """Journey -> its priority, of those that say one."""
        found = {id: (entry.get("document") or {}).get("priority", 0) for id, entry in self._journeys.items()}
        return {id: priority for id, priority in found.items() if priority}

    def before(self, journey: str) -> tuple[str, ...]:
        """Give the journeys whose messages come first where a cap does not let all of them out; without priorities there are none."""
        own = self.priorities.get(journey, 0)
        return tuple(id for id in self._journeys if self.priorities.get(id, 0) > own) if self.priorities else ()

    @property
    def _journeys(self) -> Mapping[str, Any]:
        return self.body.get("journeys") or {}

    @cached_property
    def channels(self) -> Mapping[str, Configured]:
        """Channels with the provider chosen for each; one that is set up wrongly is left out, and said in the log."""
        found: Mapping[str, Configured] = self._read("channels", configure, {})
        return found

    @cached_property
    def topics(self) -> Mapping[str, Topic]:
        """Topics by id, in the order written."""
        return {id: _topic(id, table) for id, table in (self.settings.get("topics") or {}).items()}

    @cached_property
    def brand(self) -> Mapping[str, str]:
        """What templates read as `brand`."""
        return brand.values(self.settings.get("brand") or {}, self.name, self.assets)

    @cached_property
    def looks(self) -> Looks:
        """How the pages behind its messages' links look."""
        return looks(self.settings.get("brand") or {}, self.brand, self.pictures)

    def status(self, journey: str) -> str:
        """Give a journey's status: live, paused, closed or stopped; "" where there is none of that name."""
        return str((self.body.get("journeys") or {}).get(journey, {}).get("status", ""))

    def release(self, journey: str, due: int) -> Release:
        """Say what becomes of a message of a journey in whose pauses it may have become due."""
        if journey not in self._pauses:
            self._pauses[journey] = pauses.read(self._journeys.get(journey, {}))
        return pauses.release(self._pauses[journey], due)

    def released(self, journey: str, due: int) -> Duration:
        """Give the microseconds between two messages at which the newest pause lets one go that was due then; 0: without a rate."""
        every: Duration = self._journeys.get(journey, {}).get("release_every", 0)
        return every if every and self.release(journey, due).newest else 0

    def in_shadow(self, journey: str) -> bool:
        """Whether a journey does everything but hand its messages over."""
        return bool((self.body.get("journeys") or {}).get(journey, {}).get("shadow"))

    def sends(self, journey: str) -> bool:
        """Whether a journey hands its messages over now."""
        return self.status(journey) in ("live", "closed") and not self.in_shadow(journey)

    def template(self, name: str) -> Mapping[str, Any] | None:
        """Give a template's entry: version and text."""
        found: Mapping[str, Any] | None = (self.body.get("templates") or {}).get(name)
        return found

    def _read(self, key: str, read: Callable[[Mapping[str, Any]], Any], nothing: Any) -> Any:
        table = self.settings.get(key) or {}
        try:
            return read(table)
        except Invalid as invalid:
            logger.error("settings in force are faulty", workspace=self.workspace, setting=key, problems=str(invalid))
        if not isinstance(nothing, dict):
            return nothing
        good = dict[str, Any]()
        for name, value in table.items():
            try:
                good |= read({name: value})
            except Invalid:
                continue
        return good


def _topic(id: str, table: Mapping[str, Any]) -> Topic:
    return Topic(id, table.get("name") or id, table.get("description") or "", table.get("subscribed", True))


def _read(body: str, *, whole: bool) -> dict[str, Any]:
    if not whole:
        return msgspec.structs.asdict(msgspec.json.decode(body, type=Content))
    found: dict[str, Any] = msgspec.json.decode(body)
    return found


class Workspaces:
    """Every workspace's newest snapshot, and older ones on demand. ``pictures``: the address before `/a/…`, where they are loaded from."""

    def __init__(self, pictures: str) -> None:
        self.pictures = pictures
        self._newest: dict[int, int] = {}
        self._secrets: dict[int, tuple[str, bytes]] = {}
        self._owners: dict[int, Owner] = {}
        self._snapshots: OrderedDict[tuple[int, int], Snapshot] = OrderedDict()
        self.stems: set[tuple[int, bytes]] = set()
        """What templates have in common, by workspace and id, of those that are known to be stored."""

    async def refresh(self, connection: Connection, numbers: Iterable[tuple[int, int]] = ()) -> None:
        """Look what is newest, and read what is not in memory yet: that, and the (workspace, number) asked for."""
        stops: dict[int, tuple[Stop, ...]] = {}
        newest: dict[int, int] = {}
        for id, name, secret, number, first, sealed, ended in await connection.fetch(_NEWEST):
            stops[id] = tuple(sorted(Stop(*stop) for stop in msgspec.json.decode(ended))) if ended else ()
            self._owners[id] = Owner(id, name, first, msgspec.json.decode(sealed) if sealed else {})
            self._secrets[id] = (name, secret)
            newest[id] = number
        wanted = {*newest.items(), *((w, n) for w, n in numbers if n and w in newest)}
        missing = sorted(key for key in wanted if key not in self._snapshots)
        if missing:
            found = await connection.fetch(
                "SELECT d.workspace, d.number, d.body FROM unnest($1::int[], $2::int[]) AS k(w, n) "
                "JOIN definitions d ON d.workspace = k.w AND d.number = k.n",
                [workspace for workspace, _ in missing],
                [number for _, number in missing],
            )
            bodies = {(w, n): _read(body, whole=n == newest[w]) for w, n, body in found}
            for key in missing:
                if key in bodies or key[1] == 0:
                    self._snapshots[key] = Snapshot(
                        key[0], *self._secrets[key[0]], key[1], bodies.get(key, {}), self.pictures
                    )
        self._newest |= newest
        for key in wanted & self._snapshots.keys():
            self._snapshots.move_to_end(key)
        for old in list(self._snapshots)[: max(0, len(self._snapshots) - len(wanted) - _KEPT)]:
            del self._snapshots[old]
        for id, ended in stops.items():
            if (snapshot := self._snapshots.get((id, newest[id]))) is not None:
                snapshot.stops = ended

    def newest(self, workspace: int) -> Snapshot | None:
        """Give what is in force now; None where there is no such workspace."""
        number = self._newest.get(workspace)
        return None if number is None else self._snapshots[(workspace, number)]

    def at(self, workspace: int, number: int) -> Snapshot | None:
        """Give the numbered snapshot, or the newest where it is 0 or gone."""
        return self._snapshots.get((workspace, number)) or self.newest(workspace)

    def means(self, workspace: int, means: Means) -> Means:
        """Give what providers of a workspace may use: its own secrets alone."""
        return means_for(means, self._owners.get(workspace) or Owner(workspace, "", False, {}))

    def stored(self, workspace: int, names: Iterable[str]) -> tuple[str | None, ...]:
        """Give secrets as they are stored, to see whether one was replaced."""
        owner = self._owners.get(workspace)
        return tuple(owner.sealed.get(name) if owner else None for name in names)

    def secret(self, workspace: int) -> bytes | None:
        """Give the workspace's secret."""
        found = self._secrets.get(workspace)
        return found[1] if found else None
