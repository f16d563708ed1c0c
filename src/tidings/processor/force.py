"""Which definitions are in force in each held partition, compiled once for all of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import structlog

from tidings.database.pool import Connection
from tidings.engine import Definitions, Workspace
from tidings.kernel.times import DAY, parse_duration
from tidings.people.document import Person

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
        self._passed: dict[tuple[int, int], list[tuple[int, int]]] = {}
        """Where not everybody is built: (number, since) of what came into force since, the one in force last."""
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
            self._passed[partition, workspace] = []
            await self.put(connection, partition, workspace, number, since)
        for partition, workspace, number, since in await connection.fetch(
            "SELECT partition, workspace, number, since FROM came_in_force WHERE partition = ANY($1::smallint[]) "
            "ORDER BY partition, workspace, number DESC",
            list(partitions),
        ):
            passed = self._passed[partition, workspace]
            if number < passed[0][0]:
                await self.compiled(connection, workspace, number)
                passed.insert(0, (number, since))

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
        self._passed.setdefault((partition, workspace), []).append((number, since))
        self._tidy()

    def _tidy(self) -> None:
        used = {(workspace, number) for (_, workspace), passed in self._passed.items() for number, _ in passed}
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

    def passed(self, partition: int, person: Person) -> list[tuple[Definitions, int, int]]:
        """Give the definitions that a person must be brought up to before those in force, because they changed a journey the person is
        in: each with the times from when until when it was in force."""
        found = []
        passed = self._passed.get((partition, person.workspace), ())
        journeys = [run.journey for run in person.runs if run.ended is None]
        before: Definitions | None = None
        for (number, since), (_, until) in pairwise(passed):
            definitions = self._compiled.get((person.workspace, number))
            if definitions is None:
                continue  # they could not be read, and were never in force
            if number > person.lived and any(_changed(before, definitions, journey) for journey in journeys):
                found.append((definitions, since, until - 1))
            before = definitions
        return found

    def built(self, partition: int, workspace: int) -> int:
        """Give the definitions for which every person of the partition has been built."""
        return self._built.get((partition, workspace), 0)

    def finished(self, partition: int, workspace: int, number: int) -> None:
        """Say that everybody is built for these."""
        self._built[partition, workspace] = max(number, self._built.get((partition, workspace), 0))
        passed = self._passed.get((partition, workspace), [])
        while len(passed) > 1 and passed[1][0] <= number:
            passed.pop(0)
        self._tidy()

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


def _changed(before: Definitions | None, after: Definitions, journey: str) -> bool:
    old = before.journeys.get(journey) if before is not None else None
    new = after.journeys.get(journey)
    if old is None or new is None:
        return True
    return (old.number, old.status) != (new.number, new.status)
