"""Group triggers over generated lives of several people: the world of stories agrees with a list of who is where."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.stories import START
from tidings.kernel.effects import Moved
from tidings.kernel.records import Event, Group, Ungroup
from tidings.kernel.times import MINUTE
from tidings.simulate.world import World

PEOPLE, KEYS = ("ann", "ben", "cat"), ("acme", "tiny")
JOURNEYS: dict[str, dict[str, Any]] = {
    "did": {"group": "company", "event": "Upgraded", "where": "n >= 1"},
    "some": {"group": "company", "event": "Upgraded", "members": 'in group company where relation.role = "admin"'},
    "changed": {"group": "company", "attribute": "plan", "to": ["team", None]},
    "large": {"group": "company", "attribute": "plan", "members": "company.seats > 1"},
}
STEPS = [{"id": "m", "track": "M"}]
BODY = {
    "journeys": {
        id: {
            "version": 1,
            "status": "live",
            "document": {"journey": id, "trigger": trigger, "reenter": "always", "steps": STEPS},
        }
        for id, trigger in JOURNEYS.items()
    }
}
INPUTS = st.tuples(
    st.sampled_from(PEOPLE),
    st.one_of(
        st.tuples(st.just("join"), st.sampled_from(KEYS), st.sampled_from(["admin", "member"])),
        st.tuples(st.just("leave"), st.sampled_from(KEYS), st.none()),
        st.tuples(st.just("event"), st.sampled_from([*KEYS, None]), st.integers(0, 2)),
        st.tuples(st.just("plan"), st.sampled_from(KEYS), st.sampled_from(["trial", "team", None])),
        st.tuples(st.just("seats"), st.sampled_from(KEYS), st.integers(1, 2)),
    ),
)


def expected(inputs: list[tuple[str, tuple[str, Any, Any]]]) -> list[tuple[int, str, str]]:
    found: list[tuple[int, str, str]] = []
    members: dict[str, dict[str, str]] = {key: {} for key in KEYS}
    joined: dict[str, list[str]] = {who: [] for who in PEOPLE}
    attributes: dict[str, dict[str, Any]] = {key: {} for key in KEYS}
    for minute, (who, (what, key, value)) in enumerate(inputs):
        if what == "join":
            members[key][who] = value
            joined[who] = [each for each in joined[who] if each != key] + [key]
        elif what == "leave":
            members[key].pop(who, None)
            joined[who] = [each for each in joined[who] if each != key]
        elif what == "event":
            about = key if key is not None else (joined[who] or [None])[-1]
            if about is None or who not in members[about]:
                continue
            for each, role in members[about].items():
                found += [(minute, each, "did")] if value >= 1 else []
                found += [(minute, each, "some")] if role == "admin" else []
        else:
            before = attributes[key].get(what)
            attributes[key][what] = value
            members[key].setdefault(who, "")
            joined[who] = [each for each in joined[who] if each != key] + [key]
            if what == "plan" and before != value:
                for each in members[key]:
                    found += [(minute, each, "changed")] if value != "trial" else []
                    found += [(minute, each, "large")] if attributes[key].get("seats", 0) > 1 else []
    return sorted(found)


@settings(max_examples=150, deadline=None)
@given(st.lists(INPUTS, min_size=1, max_size=14))
def test_what_befalls_groups_lets_in_whom_a_list_says(inputs: list[tuple[str, tuple[str, Any, Any]]]) -> None:
    world = World(BODY)
    cast = {who: world.let_in({}, START - MINUTE, (("id", who),)) for who in PEOPLE}
    for minute, (who, (what, key, value)) in enumerate(inputs):
        body: Any = Group("company", key or "", {}, {"role": value})
        if what == "leave":
            body = Ungroup("company", key)
        elif what == "event":
            body = Event("Upgraded", {"n": value} | ({"group_id": key} if key else {}))
        elif what != "join":
            body = Group("company", key, {what: value})
        world.give(cast[who], body, START + minute * MINUTE)
    names = {actor.person.id: who for who, actor in cast.items()}
    came = [
        ((line.cause.time - START) // MINUTE, names[line.person], line.cause.journey)
        for line in world.lines
        if isinstance(line.cause, Moved) and line.cause.what == "entered"
    ]
    assert sorted(came) == expected(inputs)


def test_members_share_what_their_group_is() -> None:
    body = {"segments": {"big": {"segment": "big", "name": "big", "rule": "company.seats > 10"}}}
    world = World(body)
    ann, ben = (world.let_in({}, START, (("id", who),)) for who in ("ann", "ben"))
    world.give(ann, Group("company", "acme"), START + MINUTE)
    world.give(ben, Group("company", "acme", {"seats": 40}), START + 2 * MINUTE)
    assert list(ann.person.segments) == list(ben.person.segments) == ["big"]


def test_a_loop_by_a_group_ends_after_one_round() -> None:
    document = {
        "journey": "j",
        "trigger": {"group": "company", "event": "Upgraded"},
        "reenter": "always",
        "steps": [{"id": "m", "track": "Upgraded"}],
    }
    world = World({"journeys": {"j": {"version": 1, "status": "live", "document": document}}})
    cast = [world.let_in({}, START - MINUTE, (("id", who),)) for who in PEOPLE]
    for actor in cast:
        world.give(actor, Group("company", "acme"), START)
    world.give(cast[0], Event("Upgraded", {}), START + MINUTE)
    assert [[run.parked for run in actor.person.runs] for actor in cast] == [
        ["an endless loop: j/m → all of the company → j → j/m"]
    ] * 3
