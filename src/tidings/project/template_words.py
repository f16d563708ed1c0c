"""Rules that name a person's attribute as templates do, ``customer.email``: they read an object of that name, which is rarely there."""

from collections.abc import Iterator

from tidings.kernel.problems import Problem
from tidings.rules import Rule
from tidings.rules.tree import Path, parts_of


def warnings(rule: Rule, where: tuple[str | int, ...]) -> Iterator[Problem]:
    """Give a warning for each such name. ``where``: the rule's path in its document."""
    for path in dict.fromkeys(_named(rule)):
        message = f"`{'.'.join(path)}` is how templates name it; a rule reads an object called `{path[0]}` by it"
        yield Problem(message, f"write `{'.'.join(path[1:])}`", where, warning=True)


def _named(rule: Rule) -> Iterator[Path]:
    path: Path = getattr(rule, "path", ())
    if len(path) > 1 and path[0] == "customer":
        yield path
    for part in parts_of(rule):
        yield from _named(part)
