"""Kinds of calls, found by walking their folder."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TypeAlias

import httpcore

from tidings.calls import kinds
from tidings.calls.call import Call, Outcome
from tidings.channels.provider import Means
from tidings.delivery.workspaces import Workspaces


@dataclass(frozen=True)
class Making:
    """What a call may use. ``connections``: the guarded way out. ``actions``: whether the operator lets functions of projects run."""

    means: Means
    connections: httpcore.AsyncConnectionPool
    workspaces: Workspaces
    actions: bool = False


Make: TypeAlias = Callable[[Call, Making], Awaitable[Outcome]]
"""Makes a call; raises nothing for what the other side does."""


@cache
def makers() -> dict[str, Make]:
    """Who makes calls, by kind: ``make`` of each file in ``kinds/``."""
    names = sorted(module.name for module in iter_modules(kinds.__path__))
    return {name: import_module(f"{kinds.__name__}.{name}").make for name in names}
