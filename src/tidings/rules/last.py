"""When did a rule last hold: the rule asked of a life backward, stretch by stretch.

Theory. A life is a row of stretches in which nothing but time passes, so within one a rule's answer is a function of time alone, and
`changes_at` says where it may flip. From the newest stretch back, the first in which the rule held at all is the last; the instant is where
it stopped in there, or where the stretch ended. One evaluator: a rule is asked of a past moment in no other way than it is asked now.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from tidings.rules import tree
from tidings.rules.compile import Compiled
from tidings.rules.explain import Explanation, Held
from tidings.rules.tree import Rule
from tidings.rules.view import View


class Spell(NamedTuple):
    """A stretch of a life, from ``begins`` on until the next begins: who the person was, and what was known of them."""

    begins: int
    view: View


Last: TypeAlias = Callable[[Rule], Held | None]
"""Answers when a rule that does not hold last held; None where that can't be asked."""


def last_held(compiled: Compiled, spells: Iterable[Spell], now: int) -> int | None:
    """Give from when on a rule held no more, None where it held in none of the spells; ``spells``: the newest first, up to ``now``."""
    return next((min(end, now) for _, _, end in stretches(compiled, spells, now)), None)


def stretches(compiled: Compiled, spells: Iterable[Spell], now: int) -> Iterator[tuple[Spell, int, int]]:
    """Give each stretch in which a rule holds, the newest first: in which spell it lies, from when on and until when (exclusive)."""
    end = now + 1
    for spell in spells:
        found, at = list[tuple[int, int]](), spell.begins
        while at < end:
            holds, flips = compiled.answers(spell.view, at)
            then = end if flips is None else min(flips, end)
            if holds:
                found.append((at, then))
            at = then
        for begins, until in reversed(found):
            yield spell, begins, until
        end = min(end, spell.begins)


def with_last(rule: Rule, explanation: Explanation, last: Last, *, since: bool = True) -> Explanation:
    """Complete the explanation of a rule that should hold: each clause that does not says when it last did and, with ``since``, each that
    looks at a value since when it does. (Times that count, memberships and groups tell their own.)"""
    parts = explanation.parts
    if isinstance(rule, tree.All | tree.Any):
        parts = tuple(with_last(part, each, last, since=since) for part, each in zip(rule.of, parts, strict=True))
    if not explanation.holds:
        return replace(explanation, parts=parts, last=last(rule))
    other = rule.rule if isinstance(rule, tree.Not) else tree.Not(rule)
    looks = explanation.parts[0] if isinstance(rule, tree.Not) else explanation
    return replace(explanation, parts=parts, last=last(other) if since and looks.about == "value" else None)
