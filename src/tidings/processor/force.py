"""Which definitions are in force in each held partition, compiled once for all of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog

from tidings.database.pool import Connection
from tidings.engine import Definitions, Workspace
from tidings.kernel.times import DAY, parse_duration

logger = structlog.get_logger(__name__)


class Unreadable(Exception):
    """Definitions that this program can't put in force; the text says which, and why."""


def compiled(workspace: Workspace, number: int, body: Mapping[str, Any]) -> tuple[Definitions, int]:
    """Compile a snapshot; gives it with how old an event may be and still start a journey, in microseconds. Raises `Unreadable`."""
    try:
        made = Definitions(workspace, number, body)
        settings = body.get("settings", {})
        parse_duration(settings.get("retention") or "1 day")
        return made, parse_duration(settings.get("start_age", "24 hours"))
    except Exception as error:
        raise Unreadable(f"definitions {number} of workspace {workspace.id} can't be read: {error}") from error


def readable(workspace: Workspace, number: int, body: Mapping[str, Any]) -> None:
    """Raise `Unreadable` where a worker could not put a snapshot in force, or not send what it says."""
    made, _ = compiled(workspace, number, body)
    for name in body.get("templates", {}):
        try:
            made.template(name)
        except Exception as error:
            raise Unreadable(f"the template {name} can't be read: {error}") from error


class Force:
    """``of`` answers for loaded partitions and workspaces only: `load` and `know` come first."""

    def __init__(self) -> None:
        self._number: dict[tuple[int, int], int] = {}
        self._built: dict[tuple[int, int], int] = {}
        self._since: dict[tuple[int, int], int] = {}
        self._compiled: dict[tuple[int, int], Definitions] = {}
        self._age: dict[tuple[int, int], int] = {}
        self._held: set[int] = set()
        self.workspaces: dict[int, Workspace] = {}

    async def load(self, connection: Connection, partitions: Sequence[int]) -> None:
        """Read what is in force in newly held partitions."""
        self._held.update(partitions)
        for partition, workspace, number, since, built in await connection.fetch(
            "SELECT partition, workspace, number, since, built FROM in_force WHERE partition = ANY($1::smallint[])",
            list(partitions),
        ):
            self._built[partition, workspace] = built
            await self.put(connection, partition, workspace, number, since)

    async def know(self, connection: Connection, workspaces: Iterable[int]) -> None:
        """Read workspaces not met before."""
        new = [workspace for workspace in workspaces if workspace not in self.workspaces]
        if new:
            for id, secret in await connection.fetch(
                "SELECT id, secret FROM workspaces WHERE id = ANY($1::smallint[])", new
            ):
                self.workspaces[id] = Workspace(id, secret)

    async def compiled(self, connection: Connection, workspace: int, number: int) -> Definitions:
        """Read and compile a snapshot. Raises `Unreadable`."""
        found = self._compiled.get((workspace, number))
        if found is None:
            await self.know(connection, [workspace])
            text = await connection.fetchval(
                "SELECT body FROM definitions WHERE workspace = $1 AND number = $2", workspace, number
            )
            if text is None or workspace not in self.workspaces:
                raise Unreadable(f"there are no definitions {number} of workspace {workspace}")
            found, age = compiled(self.workspaces[workspace], number, json.loads(text))
            self._compiled[workspace, number], self._age[workspace, number] = found, age
            logger.info("definitions compiled", workspace=workspace, number=number)
        return found

    async def put(self, connection: Connection, partition: int, workspace: int, number: int, since: int) -> None:
        """Say that a snapshot is in force in a partition, and since when."""
        await self.compiled(connection, workspace, number)
        self._since[partition, workspace] = since
        self._number[partition, workspace] = number
        self._built.setdefault((partition, workspace), 0)
        self._tidy()

    def _tidy(self) -> None:
        used = {(workspace, number) for (_, workspace), number in self._number.items()}
        for key in [key for key in self._compiled if key not in used and key[1] != 0]:
            del self._compiled[key]

    def of(self, partition: int, workspace: int) -> Definitions:
        """Give what is in force."""
        number = self._number.get((partition, workspace), 0)
        found = self._compiled.get((workspace, number))
        if found is None:
            found = self._compiled[workspace, 0] = Definitions(self.workspaces[workspace], 0, {})
        return found

    def number(self, partition: int, workspace: int) -> int:
        """Give the number in force, 0 before the first."""
        return self._number.get((partition, workspace), 0)

    def since(self, partition: int, workspace: int) -> int | None:
        """Give when what is in force came into force."""
        return self._since.get((partition, workspace))

    def built(self, partition: int, workspace: int) -> int:
        """Give the definitions for which every person of the partition has been built."""
        return self._built.get((partition, workspace), 0)

    def finished(self, partition: int, workspace: int, number: int) -> None:
        """Say that everybody is built for these."""
        self._built[partition, workspace] = max(number, self._built.get((partition, workspace), 0))

    def unbuilt(self, partitions: Iterable[int]) -> list[tuple[int, int, int]]:
        """Give (partition, workspace, number) where people are still to be built."""
        held = set(partitions)
        return [
            (partition, workspace, number)
            for (partition, workspace), number in sorted(self._number.items())
            if partition in held and self._built.get((partition, workspace), 0) < number
        ]

    def retentions(self, partition: int) -> dict[int, int]:
        """Give how long each workspace keeps history, in microseconds; those that keep it for ever are left out."""
        settings = {
            workspace: definitions.body.get("settings", {}).get("retention", "")
            for (held, workspace), number in self._number.items()
            if held == partition and (definitions := self._compiled.get((workspace, number))) is not None
        }
        return {workspace: parse_duration(text) for workspace, text in settings.items() if text}

    def age(self, partition: int, workspace: int) -> int:
        """Give how old an event may be and still start a journey, in microseconds."""
        return self._age.get((workspace, self._number.get((partition, workspace), 0)), DAY)
