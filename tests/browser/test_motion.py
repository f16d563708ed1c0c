"""How long things move, and what is shown while one waits, by the app's own sources."""

import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web" / "src"
TEXTS = {
    path.relative_to(WEB).as_posix(): path.read_text(encoding="utf-8")
    for path in WEB.rglob("*")
    if path.suffix in (".css", ".ts", ".tsx") and ".test." not in path.name
}
LONGEST = 200
STYLED = re.compile(r"(?:transition|animation)(?:-duration)?:([^;}\"]*)")
SPAN = re.compile(r"([\d.]+)(ms|s)\b")
GIVEN = re.compile(r"(?:duration|transitionDuration)(?:: |=\{)(\d+)")
STILL = "@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation-duration: 0.01ms !important; transition-duration: 0s"


def durations(text: str) -> list[float]:
    """In milliseconds: of style sheets, and of what components are given."""
    styled = [span for said in STYLED.findall(text) for span in SPAN.findall(said)]
    return [float(n) * (1000 if unit == "s" else 1) for n, unit in styled] + [float(n) for n in GIVEN.findall(text)]


def test_nothing_moves_for_longer_than_200_ms_and_nothing_for_whoever_asks_for_none() -> None:
    found = [(name, each) for name, text in TEXTS.items() for each in durations(text)]
    assert len(found) > 5
    assert [(name, each) for name, each in found if each > LONGEST] == []
    assert STILL in TEXTS["ui/tokens.css"]


def test_what_is_waited_for_is_a_skeleton_and_no_spinner() -> None:
    assert [name for name, text in TEXTS.items() if re.search(r"<Loader\b", text)] == []
