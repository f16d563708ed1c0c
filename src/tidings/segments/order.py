"""The order in which segments are worked out: one that another names comes before it."""

from collections.abc import Iterable

from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.segments.document import Segment


def in_order(segments: Iterable[Segment]) -> list[Segment]:
    """Sort so that each comes after those its rule names; raises Invalid with every circle and every unknown name."""
    known = {segment.id: segment for segment in segments}
    done: dict[str, Segment] = {}
    problems: list[Problem] = []
    for name in sorted(known):
        _place(name, known, done, [], problems)
    if problems:
        raise Invalid(problems)
    return list(done.values())


def _place(
    name: str, known: dict[str, Segment], done: dict[str, Segment], way: list[str], problems: list[Problem]
) -> None:
    if name in done:
        return
    path = ("segments", name, "rule")
    if name in way:
        circle = " → ".join([*way[way.index(name) :], name])
        problems.append(Problem(f"segments name each other in a circle: {circle}", "break it at one of them", path))
        return
    segment = known[name]
    for other in sorted(segment.compiled.segments) if segment.compiled is not None else ():
        if other in known:
            _place(other, known, done, [*way, name], problems)
        else:
            problems.append(Problem(f'there is no segment "{other}"', did_you_mean(other, list(known)), path))
    done[name] = segment
