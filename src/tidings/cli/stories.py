"""``test``: the journey tests of a project, played on the virtual clock."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final
from xml.etree import ElementTree

from cyclopts import Parameter
from msgspec import Struct
from rich.markup import escape

from tidings.cli import show
from tidings.cli.asking import HERE, AsJson, Folder
from tidings.kernel.problems import Invalid, Problem
from tidings.project.check import check
from tidings.project.folder import KINDS, SETTINGS, read_readable
from tidings.project.stories import Stage, Test, files, lines, read
from tidings.simulate.play import Played

LOOK: Final = 0.3
"""Seconds between two looks for changed files."""


class Outcome(Struct, frozen=True):
    """What became of one test; ``seconds`` it took."""

    test: Test
    played: Played
    seconds: float


def play(
    path: Folder = HERE,
    *,
    only: Annotated[str, Parameter(help="Only tests whose file or sentence has this in it.")] = "",
    junit: Annotated[Path | None, Parameter(help="Write the results to this file too, as JUnit's XML.")] = None,
    watch: Annotated[
        bool, Parameter(negative="", help="Run them again whenever a file changes, until Ctrl-C.")
    ] = False,
    json: AsJson = False,
) -> int:
    """Play a project's journey tests (`tests/*.yaml`) on a virtual clock. Speaks to no installation and sends nothing."""
    if not watch:
        return _once(path, only, junit, json)
    while True:
        before = _stamps(path)
        try:
            _once(path, only, junit, json)
        except Invalid as invalid:
            show.show_problems(invalid.problems)
        show.say("\n[dim]watching; Ctrl-C ends it[/]")
        while _stamps(path) == before:
            time.sleep(LOOK)
        show.say("")


def _once(path: Path, only: str, junit: Path | None, json: bool) -> int:
    project = read_readable(path)
    faults = [problem for problem in check(project) if not problem.warning]
    if faults:
        if junit is not None:
            junit.write_bytes(as_junit([], faults))
        raise Invalid(faults)
    tests, problems = _tests(path)
    chosen = [each for each in tests if only in each.file or only in each.story.test]
    stage = Stage(project)
    outcomes = []
    for each in chosen:
        began = time.perf_counter()
        played = stage.play(each.story)
        outcome = Outcome(each, played, time.perf_counter() - began)
        outcomes.append(outcome)
        if not json:
            _show(outcome)
    show.show_problems(problems)
    if junit is not None:
        junit.write_bytes(as_junit(outcomes, problems))
    failed = sum(bool(outcome.played.faults) for outcome in outcomes)
    if json:
        show.show_json([_data(outcome) for outcome in outcomes])
    elif not tests and not problems:
        show.say(f"[dim]there are no tests; write {escape(str(path / 'tests'))}/NAME.yaml[/]")
    else:
        seconds = sum(outcome.seconds for outcome in outcomes)
        ended = f"[red]{failed} failed[/], " if failed else ""
        show.say(f"\n{ended}[green]{len(outcomes) - failed} passed[/] in {seconds:.2f} s")
    return show.REFUSED if failed or problems else show.DONE


def _tests(path: Path) -> tuple[list[Test], list[Problem]]:
    """Read every test there is; a file that can't be read does not keep the others from being played."""
    tests: list[Test] = []
    problems: list[Problem] = []
    for file in files(path):
        try:
            tests += read(file, path)
        except Invalid as invalid:
            problems += invalid.problems
    return tests, problems


def _show(outcome: Outcome) -> None:
    test, played = outcome.test, outcome.played
    mark = "[red]✗[/]" if played.faults else "[green]✓[/]"
    show.say(f"{mark} {escape(test.story.test)} [dim]{escape(test.file)}:{test.line}[/]")
    if played.faults:
        for line in lines(test, played):
            show.plain(f"    {line}" if line else "")
        show.say("")


def _data(outcome: Outcome) -> dict[str, object]:
    return {
        "test": outcome.test.story.test,
        "file": outcome.test.file,
        "line": outcome.test.line,
        "passed": not outcome.played.faults,
        "seconds": round(outcome.seconds, 4),
        "faults": [
            {"text": fault.text, "who": fault.who, "line": outcome.test.line_of(fault.path)}
            for fault in outcome.played.faults
        ],
        "trace": outcome.played.trace,
    }


def as_junit(outcomes: list[Outcome], problems: list[Problem]) -> bytes:
    """Give the results as JUnit's XML: a suite a file, and a case a test."""
    suites = ElementTree.Element("testsuites")
    for file in dict.fromkeys(outcome.test.file for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.test.file == file]
        failed = sum(bool(outcome.played.faults) for outcome in own)
        suite = ElementTree.SubElement(
            suites,
            "testsuite",
            {
                "name": file,
                "tests": str(len(own)),
                "failures": str(failed),
                "time": f"{sum(outcome.seconds for outcome in own):.3f}",
            },
        )
        for outcome in own:
            about = {"classname": file.removesuffix(".yaml").replace("/", "."), "name": outcome.test.story.test}
            about |= {"file": file, "line": str(outcome.test.line), "time": f"{outcome.seconds:.3f}"}
            case = ElementTree.SubElement(suite, "testcase", about)
            if outcome.played.faults:
                first = {"message": outcome.played.faults[0].text}
                ElementTree.SubElement(case, "failure", first).text = "\n".join(lines(outcome.test, outcome.played))
    for file in dict.fromkeys(problem.file for problem in problems):
        suite = ElementTree.SubElement(suites, "testsuite", {"name": file or "project", "tests": "1", "errors": "1"})
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": file or "project", "name": "reading", "file": file}
        )
        found = [str(problem) for problem in problems if problem.file == file]
        ElementTree.SubElement(case, "error", {"message": found[0]}).text = "\n".join(found)
    ElementTree.indent(suites)
    data: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return data


def _stamps(path: Path) -> dict[Path, int]:
    """When each file that the tests are made of was last written; what else lies in the folder (results, say) may change."""
    return dict(_walk(path))


def _walk(path: Path) -> Iterator[tuple[Path, int]]:
    inside = [file for kind in KINDS for file in (path / kind.folder).glob("*")]
    for file in (path / SETTINGS, *inside, *files(path)):
        try:
            if file.is_file():
                yield file, file.stat().st_mtime_ns
        except FileNotFoundError:
            continue
