"""What a rule reads, so that only what it depends on ever makes anyone ask it again."""

from typing import Final

from tidings.kernel.times import Duration
from tidings.rules import tree
from tidings.rules.tree import Path, Rule, parts_of

GROUP_TYPES: Final = frozenset({"company"})
"""Names that, before a dot, mean the person's group of that type, unless the caller says otherwise."""


def looks_back(rule: Rule) -> list[tuple[Duration, int]]:
    """Give how far back its windows reach: (how long before now, 0) or (0, from which moment on)."""
    found = []
    for each in Reach(rule, GROUP_TYPES).counting:
        match each.window:
            case tree.Within(duration=duration):
                found.append((duration, 0))
            case tree.Since(time=since) | tree.Between(start=since):
                found.append((0, since))
    return found


class Reach:
    """``counting``: the clauses that count events, as they stand; the rest are names."""

    def __init__(self, rule: Rule, group_types: frozenset[str]) -> None:
        self._group_types = group_types
        self.attributes: set[str] = set()
        self.segments: set[str] = set()
        self.groups: set[str] = set()
        self.group_attributes: set[tuple[str, str]] = set()
        self.counting: list[tree.Did | tree.Message] = []
        self.uses_event = self.uses_journey = False
        self._add(rule)

    def _add(self, rule: Rule) -> None:
        match rule:
            case tree.All() | tree.Any() | tree.Not():
                for part in parts_of(rule):
                    self._add(part)
            case tree.Did() | tree.Message():
                self.counting.append(rule)
            case tree.InSegment():
                self.segments.add(rule.segment)
            case tree.InGroup():
                self.groups.add(rule.type)
                if rule.where is not None:
                    self._add_group(rule.type, rule.where)
            case _:
                self._add_path(rule.path)

    def _add_path(self, path: Path) -> None:
        root, rest = path[0], path[1:]
        if rest and root == "event":
            self.uses_event = True
        elif rest and root == "journey":
            self.uses_journey = True
        else:
            self.attributes.add(root)
            if rest and root in self._group_types:
                self.groups.add(root)
                self._add_group_path(root, rest)

    def _add_group(self, type: str, rule: Rule) -> None:
        for part in parts_of(rule):
            self._add_group(type, part)
        if (path := getattr(rule, "path", None)) is not None:
            self._add_group_path(type, path)

    def _add_group_path(self, type: str, path: Path) -> None:
        if len(path) == 1 or path[0] != "relation":
            self.group_attributes.add((type, path[0]))
