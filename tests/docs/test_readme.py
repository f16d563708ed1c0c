"""The README: its targets are there, its journey is one, its answer is how the program answers."""

import re
import subprocess

from tests.docs.pages import ROOT
from tests.docs.reading import blocks
from tests.engine.test_examples import START
from tests.laws.real import Real
from tests.laws.stories import Input, Workspace, _Templates
from tidings import journeys
from tidings.engine.why import why
from tidings.kernel.effects import Moved
from tidings.project.print_yaml import print_yaml
from tidings.project.read_yaml import read_yaml

PAGE = ROOT / "README.md"


def test_the_two_commands_are_targets() -> None:
    (block,) = blocks(PAGE, "sh")
    targets = re.findall(r"^make (\w+)", block.text, re.MULTILINE)
    assert targets == ["run", "test"]
    for target in targets:
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_the_journey_is_one_and_the_program_explains_it_so() -> None:
    (block,) = blocks(PAGE, "yaml")
    document, _ = read_yaml(block.text)
    journey = journeys.read(document)
    assert print_yaml(journeys.write(journey)) == block.text
    body = {
        "segments": {"paying": {"segment": "paying", "rule": "paid = true"}},
        "journeys": {journey.id: {"version": 1, "status": "live", "document": document}},
        "templates": _Templates(),
    }
    life = Real(Workspace(body, [], []), start=START)
    life.give(Input(0, "Signed Up", {}, 0, {}))
    moves = [effect for effect in life.effects if isinstance(effect, Moved)]
    told = why(life.definitions, life.person, journey.id, life.at(1), moves, [])
    shown = blocks(PAGE, "console")[0].text
    for line in (told.answer, *told.reasons):
        assert timeless(line) in timeless(shown)


def timeless(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
