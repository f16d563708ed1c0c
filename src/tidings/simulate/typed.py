"""What functions say they take and return, held against what they are given and answered in a rehearsal: as it is held live."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from tidings import actions
from tidings.journeys.document import readable
from tidings.journeys.step import Step, every
from tidings.kernel.effects import Called
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.records import Answered
from tidings.simulate.outside import Outside, Stubs
from tidings.simulate.side import concerning


def typed(outside: Outside, body: Mapping[str, Any]) -> Outside:
    """Let calls fail as they do live, where what a function is given or returns is of another type than it says.
    ``body``: of a snapshot, with the functions."""
    sources: Mapping[str, str] = body.get("actions") or {}
    if not sources:
        return outside

    def answer(called: Called) -> tuple[int, Answered] | None:
        function = _function(sources, called.request) if called.kind == "run" else None
        if function is not None and (wrong := function.refuses(called.request["with"])):
            return called.due, Answered(called.id, False, None, wrong)
        found = outside(called)
        if function is not None and found is not None and found[1].ok and (wrong := function.breaks(found[1].value)):
            return found[0], Answered(called.id, False, None, wrong)
        return found

    return answer


def check(stubs: Stubs, journey: str, bodies: Iterable[Mapping[str, Any]]) -> Stubs:
    """Give declared answers back that fit the sides of a rehearsal (bodies of snapshots); raises Invalid."""
    played = [concerning(body, journey) for body in bodies]
    known = sorted({step.id for body in played for step in _steps(body)})
    problems = [
        Problem(f"there is no step `{name}`", did_you_mean(name, known), (place, name))
        for place, given in (("answers", stubs.answers), ("failures", stubs.failures))
        for name in given
        if name not in known
    ]
    problems += [Problem(wrong, "", ("answers", step)) for step, wrong in misfits(stubs.answers, played)]
    if problems:
        raise Invalid(problems)
    return stubs


def misfits(answers: Mapping[str, Any], bodies: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(step, what is wrong) for each declared answer that the function of its step never returns, as these snapshots have it."""
    found: dict[tuple[str, str], None] = {}
    for body in bodies:
        sources = body.get("actions") or {}
        for step in _steps(body) if sources and answers else ():
            action = dict(step.kind.names()).get("action", "")
            function = _function(sources, actions.place(action)) if action and step.id in answers else None
            if function is not None and (wrong := function.breaks(answers[step.id])):
                found[step.id, wrong] = None
    yield from found


def _steps(body: Mapping[str, Any]) -> list[Step]:
    entries = (body.get("journeys") or {}).values()
    return [step for entry in entries for step in every(readable(entry["document"]).journey.steps)]


def _function(sources: Mapping[str, str], named: Mapping[str, Any]) -> actions.Function | None:
    """Give the function that ``file`` and ``function`` name; None where it can't be read, which is told elsewhere."""
    return _functions(sources.get(named["file"], "")).get(named["function"])


@lru_cache(256)
def _functions(source: str) -> Mapping[str, actions.Function]:
    try:
        return actions.functions(source, "")
    except Invalid:
        return {}
