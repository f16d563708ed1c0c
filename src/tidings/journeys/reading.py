"""Reading a plain document field by field, gathering every fault with its path instead of stopping at the first."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tidings import rules
from tidings.journeys.condition import Condition
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.times import parse_duration

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Reader:
    """One mapping of the document, at ``path``. Each method answers a usable value, even where it notes a problem."""

    def __init__(
        self,
        data: Mapping[str, Any],
        path: tuple[str | int, ...],
        problems: list[Problem],
        inner: Callable[["Reader", str], Any] | None = None,
        derived: rules.Derived = rules.NO_DERIVED,
    ) -> None:
        self.data, self.path, self.problems, self.inner, self.derived = data, path, problems, inner, derived

    def at(self, *more: str | int, data: Any = None) -> "Reader":
        """Read deeper; what is no mapping is noted and read as empty."""
        if not isinstance(data, Mapping):
            self.problem("this is a mapping of fields", "write `key: value` lines below it", *more)
            data = {}
        return Reader(data, self.path + more, self.problems, self.inner, self.derived)

    def problem(self, message: str, hint: str = "", *more: str | int) -> None:
        """Note a fault at the field ``more``."""
        self.problems.append(Problem(message, hint, self.path + more))

    def only(self, fields: Iterable[str], what: str) -> None:
        """Refuse fields that are not among these."""
        known = list(fields)
        for key in self.data:
            if key not in known:
                self.problem(
                    f"{what} has no field `{key}`", did_you_mean(str(key), known) or f"it has: {', '.join(known)}", key
                )

    def text(self, key: str, default: str | None = None, example: str = "") -> str:
        """A text; without a default it must be there."""
        value = self.data.get(key, default)
        if isinstance(value, str) and (value.strip() or default == ""):
            return value
        self.problem(
            f"`{key}` is {'missing' if value is None else 'text'}",
            example and f"write for example `{key}: {example}`",
            key,
        )
        return ""

    def name(self, key: str, example: str) -> str:
        """A name that other things refer to: letters, digits, - and _."""
        value = self.text(key, example=example)
        if value and not NAME.fullmatch(value):
            self.problem(
                f"`{value}` can't be a name", f"use letters, digits, - and _, at most 64: `{key}: {example}`", key
            )
        return value

    def duration(self, key: str) -> int | None:
        """A duration such as ``3 days``, in microseconds; None when absent."""
        value = self.data.get(key)
        if value is None:
            return None
        try:
            if not isinstance(value, str):
                raise ValueError(f"{value!r} has no unit; write for example `3 days`")
            return parse_duration(value)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            self.problem(message, hint, key)
            return 0

    def minute(self, key: str) -> int | None:
        """A time of day such as ``09:00``, as minutes; None when absent or faulty (noted)."""
        value = self.data.get(key)
        if value is None:
            return None
        match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        if match:
            return int(match[1]) * 60 + int(match[2])
        self.problem(f"`{key}` is a time of day", f'write for example `{key}: "09:00"`', key)
        return None

    def offset(self, key: str) -> int:
        """So long before or after something, as ``3 days before``: microseconds, below zero before; 0 when absent."""
        value = self.data.get(key, "0 days after")
        words, _, side = value.rpartition(" ") if isinstance(value, str) else ("", "", "")
        try:
            if side in ("before", "after"):
                return parse_duration(words) * (-1 if side == "before" else 1)
        except ValueError:
            pass
        self.problem(f"`{key}` says how far off and on which side", f"write for example `{key}: 3 days before`", key)
        return 0

    def attribute(self, key: str, example: str, *, needed: bool = True) -> tuple[str, ...]:
        """The path of an attribute, such as ``address.city``; empty where it is absent and not ``needed``."""
        text = self.text(key, None if needed else "", example)
        path = tuple(text.split(".")) if text else ()
        if not all(part.strip() for part in path):
            self.problem(f"`{text}` names no attribute", f"write for example `{key}: {example}`", key)
        return path

    def condition(self, key: str, over_event: bool = False) -> Condition | None:
        """A rule over the person, or over an event's properties; None when absent or faulty (noted)."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.problem(f"`{key}` is a rule", f'write for example `{key}: plan = "pro"`', key)
            return None
        try:
            return Condition(rules.parse_where(value) if over_event else rules.parse(value), self.derived)
        except Invalid as error:
            self.problems += [
                Problem(p.message, p.hint, (*self.path, key), line=p.line, column=p.column) for p in error.problems
            ]
            return None

    def items(self, key: str, what: str) -> Sequence[Any]:
        """A list; empty where it is not one (noted)."""
        value = self.data.get(key)
        if isinstance(value, list | tuple):
            return value
        self.problem(f"`{key}` is a list of {what}", "begin each with `- `", key)
        return ()

    def steps(self, key: str) -> Any:
        """The inner list of steps at ``key``, read by whoever reads the outer ones."""
        assert self.inner is not None
        return self.inner(self, key)
