"""How a plain function answers at a path of the management API: from a permitted `Call` to what JSON can say."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, NamedTuple

from tidings.api.problem import Refusal
from tidings.database.access import Workspace
from tidings.database.pool import Pool

__all__ = ["Call", "Handler", "Refusal", "Routes"]


class Call(NamedTuple):
    """One permitted call: the path's ``arguments``, the ``query``, the ``body`` of a POST (an object, perhaps empty), the ``source``
    whose key it is (0: a browser), the ``actor`` as others read who it was."""

    pool: Pool
    workspace: Workspace
    arguments: Sequence[str]
    query: dict[str, str]
    body: dict[str, Any]
    source: int = 0
    actor: str = ""

    def number(self, name: str, default: int, most: int) -> int:
        """Read a number of the query."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:20]) <= most:
            raise Refusal(400, f"`{name}` is not a whole number from 1 to {most}")
        return int(text)


Handler = Callable[[Call], Awaitable[Any]]
Route = tuple[str, tuple[str, ...], str, Handler]


class Routes:
    """Paths under ``/api/`` with the permission they take and what answers there; ``*`` stands for an argument."""

    def __init__(self) -> None:
        self._all: list[Route] = []

    def __call__(self, method: str, path: str, permission: str) -> Callable[[Handler], Handler]:
        """Have a function answer at a path."""

        def add(handler: Handler) -> Handler:
            self._all.append((method, tuple(path.split("/")), permission, handler))
            return handler

        return add

    def all(self) -> Iterator[Route]:
        """Give method, path, permission and function of each."""
        return iter(self._all)
