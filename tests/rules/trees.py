"""Random rules, people and histories: few names and values, so that they meet."""

from typing import Any

from hypothesis import strategies as st

from tidings.kernel.times import DAY, HOUR, SECOND, parse_iso
from tidings.rules import tree
from tidings.rules.tree import Rule

NOW = parse_iso("2026-03-01T12:00:00Z") or 0

names = st.sampled_from(["a", "b", "plan", "company", "since", "opened"])
odd_names = st.one_of(
    names,
    st.sampled_from(
        ["in", "now", "where", "true", "$os", "a-b", "größe", "two words", "dot.dot", 'quo"te', "tick`", "back\\slash"]
    ),
    st.text(min_size=1, max_size=5).filter(lambda text: not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)),
)
texts = st.text(max_size=8).filter(lambda text: not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text))
close_values: st.SearchStrategy[Any] = st.sampled_from(
    [
        *("pro", "Pro", "", "p", "5", "5.0", "05", " 5", "-1", "1e3", "10", "9", "nan", "inf", "1_0", "true"),
        *(5, 5.0, -1, 1000, 0, 1, 10, 9.5, True, False),
        *(
            "2026-02-28",
            "2026-02-28T00:00:00Z",
            "2026-02-28T01:00:00+01:00",
            "2026-03-02",
            1772236800,
            "1772236800",
            1772236800.0,
        ),
        *("2024-02-29", "2020-03-01", "2025-03-02T23:59:59Z", "1899-01-01", "2026-13-01"),
    ]
)
any_values = st.one_of(
    close_values,
    texts,
    st.booleans(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)
seen_values = st.one_of(
    close_values,
    st.none(),
    st.sampled_from([float("nan"), float("inf"), 10**30, {"a": 5, "b": {"a": "pro"}}, {"since": "2026-02-28"}]),
    st.lists(close_values, max_size=3),
)
seconds = st.one_of(
    st.sampled_from([SECOND, HOUR, DAY, 3 * DAY, 30 * DAY, 365 * DAY]),
    st.integers(1, 10_000_000).map(lambda n: n * SECOND),
)
instants = st.one_of(
    st.sampled_from([NOW, NOW - DAY, NOW + DAY, NOW - 3 * DAY, NOW - 1, NOW + 1]),
    st.integers(NOW - 40 * DAY, NOW + 10 * DAY),
    st.integers(-40, 10).map(lambda n: NOW + n * DAY),
)
patterns = st.sampled_from(["^p", "[0-9]+$", "(?i)PRO", "", "a|b"])


def paths(name: st.SearchStrategy[str], roots: tuple[str, ...] = ()) -> st.SearchStrategy[tuple[str, ...]]:
    """Dotted paths; with ``roots`` some begin there."""
    plain = st.lists(name, min_size=1, max_size=3).map(tuple)
    if not roots:
        return plain
    return st.one_of(plain, st.tuples(st.sampled_from(roots), name))


def abouts(
    path: st.SearchStrategy[Any], value: st.SearchStrategy[Any], text: st.SearchStrategy[str], moving: bool
) -> Any:
    """Clauses about an attribute; ``moving``: also those that time changes."""
    fixed = st.builds(tree.At, instants)
    moments: Any = fixed
    if moving:
        moments = st.one_of(fixed, st.builds(tree.FromNow, st.one_of(st.just(0), seconds, seconds.map(lambda d: -d))))
    order = st.sampled_from(["<", "<=", ">", ">="])
    clauses = [
        st.builds(tree.Compare, path, st.sampled_from(["=", "!="]), value),
        st.builds(tree.Compare, path, order, value.filter(lambda v: not isinstance(v, bool))),
        st.builds(tree.OneOf, path, st.lists(value, min_size=1, max_size=3).map(tuple)),
        st.builds(tree.Contains, path, value),
        st.builds(tree.StartsWith, path, text),
        st.builds(tree.EndsWith, path, text),
        st.builds(tree.Matches, path, patterns),
        st.builds(tree.Present, path),
        st.builds(tree.Missing, path),
        st.builds(tree.Before, path, moments),
        st.builds(tree.After, path, moments),
        st.builds(tree.Anniversary, path, moments),
    ]
    if moving:
        clauses.append(st.builds(tree.Near, path, seconds, st.sampled_from(["ago", "from now"])))
    return st.one_of(clauses)


def joined(leaves: Any, most: int) -> Any:
    """Leaves under and, or, not."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda of: tree.All(tuple(of))),
            st.lists(inner, min_size=2, max_size=3).map(lambda of: tree.Any(tuple(of))),
            inner.map(tree.Not),
        ),
        max_leaves=most,
    )


close_texts = close_values.filter(lambda v: isinstance(v, str))
two_events = st.sampled_from(["A", "B"])


def rules(
    name: st.SearchStrategy[str] = names,
    value: st.SearchStrategy[Any] = close_values,
    text: st.SearchStrategy[str] = close_texts,
    event: st.SearchStrategy[str] = two_events,
    most: int = 5,
) -> st.SearchStrategy[Rule]:
    """Rules over a person."""
    where = st.one_of(st.none(), joined(abouts(paths(name), value, text, False), 3))
    group_where = st.one_of(st.none(), joined(abouts(paths(name, ("relation",)), value, text, True), 3))
    window = st.one_of(
        st.none(),
        st.builds(tree.Within, seconds),
        st.builds(tree.Since, instants),
        st.tuples(instants, instants).filter(lambda p: p[0] != p[1]).map(lambda p: tree.Between(min(p), max(p))),
        st.just(tree.SinceEntry()),
    )
    count = st.tuples(st.sampled_from(["at least", "at most", "exactly"]), st.integers(0, 4)).map(
        lambda c: (c[0], max(1, c[1]) if c[0] == "at least" else c[1])
    )
    did = st.builds(
        lambda event, kind, c, window, where: tree.Did(event, kind, c[0], c[1], window, where),
        event,
        st.sampled_from(["track", "page", "screen"]),
        count,
        window,
        where,
    )
    message = st.builds(
        lambda verb, channel, template, c, window, where: tree.Message(
            verb, channel, template, c[0], c[1], window, where
        ),
        st.sampled_from(["received", "opened", "clicked", "converted"]),
        st.one_of(st.sampled_from(["email", "sms"]), name),
        st.one_of(st.none(), text),
        count,
        window,
        where,
    )
    leaves = st.one_of(
        abouts(paths(name, ("event", "journey", "company")), value, text, True),
        did,
        message,
        st.builds(tree.InSegment, text),
        st.builds(tree.InGroup, st.one_of(st.sampled_from(["company", "team"]), name), group_where),
    )
    return joined(leaves, most)


odd_rules = rules(odd_names, any_values, texts, texts.filter(bool), most=8)
"""Rules with whatever may stand in names and texts."""
