"""The demo's people do what its journeys wait for, and its project asks for nothing they never do."""

from tidings import journeys
from tidings.cli.demo import project
from tidings.demo.stream import PEOPLE, acts, email
from tidings.journeys.document import conditions
from tidings.project.check import check


def test_the_same_seed_is_the_same_story_in_the_order_of_time() -> None:
    script = list(acts(20, seed=3))
    assert script == list(acts(20, seed=3))
    assert script != list(acts(20, seed=4))
    assert [act.at for act in script] == sorted(act.at for act in script)
    assert len({act.arguments["user_id"] for act in script if act.call == "identify"}) == 20


def test_people_come_for_a_day_and_whoever_is_not_there_yet_costs_nothing() -> None:
    script = acts(PEOPLE)
    first = next(script)
    later = next(act for act in script if act.at > 3600)
    assert (first.at, later.at - first.at < 3605) == (0.0, True)
    assert PEOPLE * 4 > 20 * 3600


def test_addresses_are_unlike_and_can_be_foretold() -> None:
    found = [act.arguments["traits"]["email"] for act in acts(200, 5) if "email" in act.arguments.get("traits", {})]
    assert len(set(found)) == 200
    assert found[0] == email(5, 0)
    assert all(address.isascii() for address in found)


def test_every_event_that_a_journey_or_segment_names_happens() -> None:
    demo = project()
    assert check(demo) == []
    done = {act.arguments["event"] for act in acts(60) if act.call == "track"}
    named: set[str] = set()
    for document in demo.journeys.values():
        journey = journeys.read(document)
        named |= {event for _, event in journey.trigger.events()}
        named |= {event for condition in conditions(journey) for _, event in condition.events}
    assert named <= done


def test_the_public_key_only_looks_around() -> None:
    assert {act.call for act in acts(30) if act.side == "browser"} == {"page"}
    assert all("user_id" not in act.arguments for act in acts(30) if act.side == "browser")


def test_nobody_is_tracked_before_they_signed_up() -> None:
    known: set[str] = set()
    for act in acts(40):
        if act.call == "identify":
            known.add(act.arguments["user_id"])
        elif act.side == "server":
            assert act.arguments["user_id"] in known
