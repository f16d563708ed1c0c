"""The order in which segments are worked out: one that another names comes before it."""

from collections.abc import Iterable

from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.segments.document import Segment


def in_order(segments: Iterable[Segment]) -> list[Segment]:
    """Sort so that each comes after those its rule names; raises Invalid for a circle or an unknown name."""
    known = {segment.id: segment for segment in segments}
    done: dict[str, Segment] = {}
    for name in sorted(known):
        _place(name, known, done, [])
    return list(done.values())


def _place(name: str, known: dict[str, Segment], done: dict[str, Segment], way: list[str]) -> None:
    if name in done:
        return
    if name in way:
        circle = " → ".join([*way[way.index(name) :], name])
        raise Invalid(
            [
                Problem(
                    f"segments name each other in a circle: {circle}",
                    "break it at one of them",
                    ("segments", name, "rule"),
                )
            ]
        )
    segment = known[name]
    if segment.compiled is not None:
        for other in sorted(segment.compiled.segments):
            if other not in known:
                hint = did_you_mean(other, list(known))
                raise Invalid([Problem(f'there is no segment "{other}"', hint, ("segments", name, "rule"))])
            _place(other, known, done, [*way, name])
    done[name] = segment
