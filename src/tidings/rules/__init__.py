"""The rule language: one tree, one text; does it hold, when could time alone change that, and why. Pure."""

from tidings.rules.check import CLAUSES, DEPTH, VALUES
from tidings.rules.compile import Compiled, compile, explain_where
from tidings.rules.counters import Counter
from tidings.rules.derived import EVERY, NO_DERIVED, Derived, Source, clauses
from tidings.rules.errors import RuleError
from tidings.rules.explain import Explanation, Held
from tidings.rules.last import Last, Spell, last_held, stretches, with_last
from tidings.rules.parse import parse, parse_where
from tidings.rules.plain import from_json, to_json
from tidings.rules.reach import looks_back
from tidings.rules.show import show
from tidings.rules.sketch import from_sketch, segments_of, words_of
from tidings.rules.tokens import LENGTH
from tidings.rules.tree import Rule
from tidings.rules.view import Membership, View
from tidings.rules.where import compile_where

__all__ = [
    "CLAUSES",
    "DEPTH",
    "EVERY",
    "LENGTH",
    "NO_DERIVED",
    "VALUES",
    "Compiled",
    "Counter",
    "Derived",
    "Explanation",
    "Held",
    "Last",
    "Membership",
    "Rule",
    "RuleError",
    "Source",
    "Spell",
    "View",
    "clauses",
    "compile",
    "compile_where",
    "explain_where",
    "from_json",
    "from_sketch",
    "last_held",
    "looks_back",
    "parse",
    "parse_where",
    "segments_of",
    "show",
    "stretches",
    "to_json",
    "with_last",
    "words_of",
]
