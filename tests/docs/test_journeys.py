"""The page about journeys: each piece of YAML is read, printed as it stands there, and lived through by somebody."""

from textwrap import indent
from typing import Any, cast

import pytest

from tests.docs.pages import ROOT
from tests.docs.reading import Block, blocks
from tests.engine.test_examples import START
from tests.laws.real import Real
from tests.laws.stories import Input, Workspace, _Templates
from tidings import journeys
from tidings.journeys.document import FIELDS
from tidings.journeys.kinds import step_kinds, trigger_kinds
from tidings.journeys.step import COMMON, every
from tidings.kernel.effects import Called, Moved
from tidings.kernel.ids import digest
from tidings.kernel.records import SECRET, Admit, Answered, Befell, Body, Enter, Event, Group, Record
from tidings.kernel.times import DAY
from tidings.project.print_yaml import print_yaml
from tidings.project.read_yaml import read_yaml

PAGE = ROOT / "docs/reference/journeys.md"
BLOCKS = blocks(PAGE, "yaml")
PROPERTIES = {"plan": "trial", "seats": 19, "form_id": "demo-request", "cart_id": "A-17"}
ATTRIBUTES = {"plan": "pro", "address": {"city": "Oslo"}, "trial_ends_at": "2024-03-01", "birthday": "1996-02-29"}
SEGMENTS = {
    name: {"segment": name, "rule": rule}
    for name, rule in (("paying", 'plan in ("team", "business")'), ("stalled-trials", "stalled = true"))
} | {"beta-testers": {"segment": "beta-testers", "manual": True}}


def whole(block: Block) -> dict[str, Any]:
    """The block as a whole journey: what it lacks is added."""
    text = block.text if not block.text.startswith("- ") else "steps:\n" + indent(block.text, "  ")
    data, _ = read_yaml(text)
    return {
        "journey": "page",
        "trigger": {"event": "Signed Up"},
        "steps": [{"id": "only", "send": "only"}],
    } | data


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"line {block.line}")
def test_a_piece_is_printed_as_it_stands_there(block: Block) -> None:
    data = whole(block)
    written = journeys.write(journeys.read(data))
    assert journeys.write(journeys.read(written)) == written
    printed = print_yaml(written)
    expected = indent(block.text, "  ") if block.text.startswith("- ") else block.text
    assert expected in printed


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"line {block.line}")
def test_somebody_lives_through_it(block: Block) -> None:
    document = whole(block)
    read = journeys.read(document)
    body = {
        "segments": SEGMENTS,
        "journeys": {read.id: {"version": 1, "status": "live", "document": document}},
        "templates": _Templates(),
    }
    life = Real(Workspace(body, [], []), start=START)
    life.person.identifiers.append(("email", "ada@example.com"))
    life.give(Input(0, None, {}, 0, {"plan": "business", "email": "ada@example.com"}))
    life.give(Input(1, None, {}, 0, {"plan": "trial", "stalled": True}))
    for kind, name in read.trigger.events():
        life.step(record(Event(name, PROPERTIES, cast(Any, kind)), life.at(2)), life.at(2))
    life.give(Input(2, None, {}, 0, ATTRIBUTES))
    if type := read.trigger.group():
        life.step(record(Group(type, "acme", {}, {"role": "admin"}), life.at(2)), life.at(2))
        event = next((name for _, name in read.trigger.said()), "")
        befell = Befell(
            type, "acme", digest("page"), life.at(2), event, {"plan": "team"}, {"plan": "trial"}, {"plan": "team"}
        )
        life.step(record(befell, life.at(2)), life.at(2))
    if read.trigger.called():
        life.step(record(Enter(read.id, PROPERTIES), life.at(2)), life.at(2))
    for queued in [effect for effect in life.effects if isinstance(effect, Moved) and effect.what == "queued"]:
        life.step(record(Admit(queued.run), life.at(2)), life.at(2))
    answered = 0
    while len(calls := [effect for effect in life.effects if isinstance(effect, Called)]) > answered:
        answer = Answered(calls[answered].id, True, {"points": 60})
        answered += 1
        at = life.at(2 + answered)
        life.step(Record(digest("page", answered), 1, 1, SECRET, (("id", "u"),), at, at, answer), at)
    life.step(None, life.at(2) + 1500 * DAY)
    moves = [each for each in life.effects if isinstance(each, Moved) and each.what not in ("refused", "queued")]
    assert moves[0].what == "entered"
    assert moves[-1].what in ("done", "exited")
    inner = {step.id for arms in read.steps for branch in arms.kind.branches() for step in every(branch)}
    assert {step.id for step in every(read.steps)} - inner <= {move.step for move in moves}


def record(body: Body, now: int) -> Record:
    return Record(digest("page"), 1, 1, SECRET, (("id", "u"),), now, now, body)


def test_every_kind_and_every_field_is_on_the_page() -> None:
    shown = [whole(block) for block in BLOCKS]
    steps = [step for document in shown for step in walk(document["steps"])]
    for key, kind in step_kinds().items():
        assert any(key in step for step in steps), key
        for name in (field.key for field in kind.form.fields):
            assert any(key in step and name in step for step in steps), f"{key}: {name}"
        assert f"\n### {key}\n" in PAGE.read_text(encoding="utf-8")
    assert {key for step in steps for key in step} >= set(COMMON)
    assert {key for document in shown for key in document} >= set(FIELDS)
    triggers = {key for document in shown for key in document["trigger"]}
    assert triggers >= {*trigger_kinds(), "where", "kind"}


def walk(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps and the steps inside them, as plain data."""
    found = []
    for step in steps:
        found.append(step)
        for arms in (step.get("branch"), step.get("split"), step.get("wait_until")):
            for arm in arms if isinstance(arms, list) else ():
                found += walk(arm.get("steps", arm.get("otherwise", [])))
    return found
