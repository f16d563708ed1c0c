"""Journey tests: the page's examples, what a failing one says, and faults of writing with their places."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT
from tests.docs.reading import blocks
from tidings.cli.demo import project as demo_project
from tidings.kernel.problems import Invalid
from tidings.kernel.records import Body, Event
from tidings.kernel.times import parse_duration
from tidings.project.read_yaml import read_yaml
from tidings.project.stories import Stage, read
from tidings.simulate.actor import Actor
from tidings.simulate.expected import EXPECTED, after
from tidings.simulate.given import GIVEN
from tidings.simulate.story import FIELDS, stories
from tidings.simulate.world import World

PAGE = ROOT / "docs/reference/journey-tests.md"


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage(demo_project())


def story(stage: Stage, **changed: Any) -> list[str]:
    """Play a story of the demo's onboarding, and give its faults."""
    data: dict[str, Any] = {
        "test": "t",
        "people": {"ada": {"email": "ada@example.com", "plan": "trial"}},
        "given": [{"event": "Signed Up", "with": {"plan": "trial"}}],
        "expect": [],
        "other_messages": "allowed",
        **changed,
    }
    (told,) = stories(data)
    return [fault.text for fault in stage.play(told).faults]


def test_the_page_names_every_field_and_its_example_can_be_read() -> None:
    data, _ = read_yaml(blocks(PAGE, "yaml")[0].text)
    assert len(stories(data)) == 1
    text = PAGE.read_text("utf-8")
    for name in (*FIELDS, *GIVEN, *EXPECTED):
        assert f"`{name}`" in text or f"`{name}: " in text, name


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ({"message": "tips-short"}, "at the start: `tips-short` was not sent; it was never planned"),
        ({"message": "welcom"}, "there is no template `welcom`: did you mean `welcome`?"),
        ({"leaves": "onbording"}, "there is no journey `onbording`: did you mean `onboarding`?"),
        ({"step": "setle"}, "there is no step `setle`: did you mean `settle`?"),
        ({"segment": "trails", "in": False}, "there is no segment `trails`: did you mean `trials`?"),
        (
            {"at": "1 minute", "message": "welcome"},
            "at 1 minute: `welcome` was not sent; it was sent at the start",
        ),
        ({"message": "welcome", "subject": "Hi"}, "at the start: `welcome` has the subject"),
        ({"message": "welcome", "contains": "Hej"}, 'at the start: `welcome` does not contain "Hej"'),
        ({"leaves": "onboarding"}, "at the start: they have not left onboarding, but at 35 seconds (reached the end)"),
        ({"enters": "cart"}, "at the start: they have not entered cart, nor at any time"),
        (
            {"at": "10 seconds", "step": "settle"},
            "at 10 seconds: they do not stand at settle, but at first-project of onboarding",
        ),
        ({"at": "1 day", "attributes": {"onboarded": False}}, "at 1 day: onboarded is true, not false"),
        ({"at": "1 day", "segment": "paying"}, "at 1 day: they are not in segment paying"),
        ({"at": "1 day", "segment": "trials", "in": False}, "at 1 day: they are in segment trials"),
        ({"reaches": "onboarding"}, "at the start: they have not reached the goal of onboarding, nor at any time"),
    ],
)
def test_what_does_not_come_out_is_said(stage: Stage, expected: dict[str, Any], said: str) -> None:
    (fault,) = story(stage, expect=[expected])
    assert fault.startswith(said)


@pytest.mark.parametrize(
    ("expected", "about", "said"),
    [
        ({"message": "welcome"}, "onboarding", 'no  plan = "trial" (it is "free")'),
        ({"step": "settle"}, "onboarding", 'no  plan = "trial" (it is "free")'),
        ({"at": "1 day", "segment": "trials"}, "segment trials", 'no  plan = "trial" (it is "free")'),
    ],
)
def test_why_it_did_not_come_out_is_said_with_the_rule_and_what_it_saw(
    stage: Stage, expected: dict[str, Any], about: str, said: str
) -> None:
    (told,) = stories(
        {
            "test": "t",
            "people": {"ada": {"email": "ada@example.com", "plan": "free"}},
            "given": [{"event": "Signed Up", "with": {"plan": "free"}}],
            "expect": [expected],
        }
    )
    played = stage.play(told)
    assert [about for _, about in played.reasons] == [about]
    assert any(said in reason for reason in played.reasons["ada", about]), played.reasons


def test_a_message_nobody_expected_is_a_fault(stage: Stage) -> None:
    faults = story(stage, expect=[{"message": "welcome"}], other_messages="")
    assert [fault.partition(": ")[2].partition(" ")[0] for fault in faults] == ["`need-a-hand`", "`tips-story`"]


@pytest.mark.parametrize(
    "entry",
    [
        {"set": 5},
        {"set": {1: 2}},
        {"set": {"seats": 1 << 64}},
        {"set": {"plan": "\ud800"}},
        {"event": "A", "with": 5},
        {"topics": ["tips"]},
        {"group": "acme", "relation": "boss"},
    ],
)
def test_what_no_record_can_say_is_told(stage: Stage, entry: dict[str, Any]) -> None:
    (fault,) = story(stage, given=[entry])
    assert fault.endswith("can't happen as it is written")


def test_a_call_of_the_api_lets_somebody_in_with_its_data() -> None:
    project = demo_project()
    trigger = {"trigger": {"api": True}, "steps": [{"id": "s", "set": {"due": "{{ event.total | plus: 1 }}"}}]}
    called = Stage(replace(project, journeys={**project.journeys, "invoice": {"journey": "invoice", **trigger}}))
    entry = {"enter": "invoice", "with": {"total": 9}}
    assert story(called, given=[entry], expect=[{"enters": "invoice"}, {"attributes": {"due": 10}}]) == []
    assert "did you mean `invoice`?" in story(called, given=[entry | {"enter": "invoyce"}])[0]
    (fault,) = story(called, given=[{"enter": "onboarding"}], expect=[{"enters": "onboarding"}])
    assert "they have not entered onboarding" in fault


def test_a_fault_of_the_engine_is_not_blamed_on_the_story(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = World.give

    def broken(world: World, actor: Actor, body: Body, now: int) -> None:
        if isinstance(body, Event):
            raise ValueError("broken")
        whole(world, actor, body, now)

    monkeypatch.setattr(World, "give", broken)
    with pytest.raises(ValueError, match="broken"):
        story(stage)


def test_engagement_counts_for_rules_and_needs_a_message(stage: Stage) -> None:
    assert story(stage, given=[{"opened": "welcome"}]) == ["they have got no `welcome` that could be opened"]
    body = {
        **stage.body,
        "segments": {"readers": {"segment": "readers", "rule": 'opened email "welcome"'}},
        "journeys": {
            "onboarding": {
                "version": 1,
                "status": "live",
                "document": {
                    "journey": "onboarding",
                    "trigger": {"event": "Signed Up"},
                    "steps": [{"id": "welcome", "send": "welcome"}],
                },
            }
        },
    }
    other = Stage(demo_project())
    other.body = body
    given = [
        {"event": "Signed Up", "with": {"plan": "trial"}},
        {"at": "1 hour", "opened": "welcome"},
    ]
    expect = [{"at": "59 minutes", "segment": "readers", "in": False}, {"at": "1 hour", "segment": "readers"}]
    assert story(other, given=given, expect=expect) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "test: t\npeople: {ada: {}}\nexpect:\n  - {mesage: welcome}\n",
            "4:14: this is not something to expect: `mesage`",
        ),
        (
            "test: t\npeople: {ada: {}}\ngiven:\n  - {who: ben, event: A}\nexpect: []\n",
            "4:11: there is nobody called `ben`",
        ),
        ("test: t\npeople: {ada: {}}\ngiven:\n  - {at: soon, event: A}\nexpect: []\n", "4:10: 'soon' is no moment"),
        ("test: t\npeople: {ada: {}, ben: {}}\nexpect:\n  - {message: a}\n", "4:5: it does not say who"),
        ("test: t\nexpect: []\n", "nobody is there"),
        ("test: t\npeople: {}\ngiven:\n  - event: A\nexpect: []\n", "2:9: nobody is there"),
        ("test: t\npeople: {ada: {}}\nexpected: []\n", "3:11: a test has no field `expected`"),
    ],
)
def test_faults_of_writing_have_their_places(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "tests" / "a.yaml"
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(Invalid) as caught:
        read(file, tmp_path)
    assert said in str(caught.value)


def test_the_pages_examples_come_out(stage: Stage) -> None:
    """The guide's story is about the demo; the reference's others are only read."""
    guide = blocks(ROOT / "docs/guides/rehearse.md", "yaml")[0]
    (told,) = stories(read_yaml(guide.text)[0])
    assert stage.play(told).faults == ()
    for block in blocks(PAGE, "yaml"):
        assert stories(read_yaml(block.text)[0])


def test_a_moment_is_said_as_it_is_written() -> None:
    for said, past in (("at the start", 0), ("at 90 minutes", 90 * 60), ("at 7 days 12 seconds", 7 * 86_400 + 12)):
        moment = after(past * 1_000_000 + 5, 0)
        assert moment == said.replace("90 minutes", "1 hour 30 minutes")
        assert said == "at the start" or parse_duration(moment.removeprefix("at ")) == past * 1_000_000
