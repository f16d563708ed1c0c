"""What still stands for something else: addresses of examples, and what messages read of a brand that nobody has said.

A recipe brings both along. Neither is a fault, and neither does what its author wants: they are warned of before anything is live.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from tidings.content import brand
from tidings.journeys.step import Step
from tidings.journeys.steps import webhook
from tidings.kernel.problems import Problem

_RESERVED: Final = ("example", "example.com", "example.org", "example.net")
"""Names that lead nowhere (RFC 2606)."""
_BLANK: Final = re.compile(r"X{4,}")
"""As in addresses that somebody else's page shows."""


def of_step(step: Step) -> Iterator[Problem]:
    """Warn of a webhook whose address is an example."""
    if not isinstance(step.kind, webhook.Kind):
        return
    address = str(step.kind.url.plain)
    if is_example(address):
        host = urlsplit(address).hostname or address
        yield Problem(f"the address at {host} is only an example", "put in your own, or remove the step", warning=True)


def is_example(address: str) -> bool:
    """Whether an address, which may have Liquid in it, leads nowhere by its name."""
    found = urlsplit(address.partition("{")[0])
    host = found.hostname or ""
    return any(host == name or host.endswith(f".{name}") for name in _RESERVED) or bool(_BLANK.search(found.path))


def of_brand(variables: Iterable[str], said: Mapping[str, Any]) -> Iterator[tuple[str, Problem]]:
    """(variable, warning) for each part of the brand that a message reads and nobody has said. ``said``: the table `[brand]`."""
    for name in _unsaid(variables, said):
        called = _CALLED.get(name, name)
        hint = f"say your {called} in the settings, under Brand"
        yield (
            f"brand.{name}",
            Problem(f"the brand has no {called} yet: messages that show it would fail", hint, warning=True),
        )


def lacking(variables: Iterable[str], said: Mapping[str, Any]) -> list[str]:
    """Name the parts of the brand that these variables read and nobody has said, in words."""
    return [_CALLED.get(name, name) for name in _unsaid(variables, said)]


def _unsaid(variables: Iterable[str], said: Mapping[str, Any]) -> list[str]:
    known = brand.values(said, "any", {})
    read = {path.partition(".")[2] for path in variables if path.startswith("brand.")}
    return sorted(name for name in read if name in brand.Brand.__struct_fields__ and name not in known)


_CALLED: Final = {"address": "postal address"}
