"""Histories that no journey test of an example tells: what is published with people inside, brought back, and what befalls runs between."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.golden.history import Golden, Recorder, begun, written
from tidings.kernel.ids import digest
from tidings.kernel.records import SECRET, SYSTEM, Absorb, Body, Event, Record, Retry
from tidings.people.document import encode
from tidings.project.body import Choices, make_body
from tidings.project.folder import Project, Source
from tidings.simulate.actor import Actor
from tidings.simulate.outside import NO_STUBS, Stubs

START: Final = 1_767_258_000_000_000
"""2026-01-01 09:00 UTC."""
HOUR: Final = 3_600_000_000
DAY: Final = 24 * HOUR
SETTINGS: Final[dict[str, Any]] = {
    "workspace": "golden",
    "sender": "team",
    "senders": {"team": {"email": "team@brightboard.example", "name": "Brightboard"}},
    "channels": {"email": {"provider": "mailbox"}},
}
MAIL: Final = Source(
    "---\nchannel: email\nsubject: {{ event.of | default: 'Hello' }}\n---\nHi. [Out]({% unsubscribe_url %})\n",
    "markdown",
)


class Scene:
    """A journey ``onboarding`` that begins with *Signed Up*, its people, and what comes of them."""

    def __init__(self, about: str, steps: list[Any], stubs: Stubs = NO_STUBS, **more: Any) -> None:
        self.about, self.stubs, self.more = about, stubs, more
        self.body = self.first = make_body(self._project(steps), {})
        self.world, self.now, self.count = Recorder(self.body, stubs), START, 0
        self.people: dict[str, Actor] = {}
        self.began: list[Any] = []

    def come(self, *names: str, **attributes: Any) -> None:
        """Let people sign up, the first time they are heard of."""
        for name in names:
            identifiers = (("id", name), ("email", f"{name}@example.com"))
            actor = self.world.let_in(attributes, self.now, identifiers)
            self.people[name] = actor
            self.began.append(begun(actor, self.now))
            self.give(name, Event("Signed Up", {"of": name}))

    def give(self, name: str, body: Body) -> None:
        """Let something happen to somebody now."""
        self.count += 1
        actor = self.people[name]
        source, trust = (0, SYSTEM) if isinstance(body, Retry | Absorb) else (1, SECRET)
        id, own = digest("scene", self.count), actor.person
        who = tuple(own.identifiers)
        self.world.hand(actor, Record(id, own.workspace, source, trust, who, self.now, self.now, body), self.now)

    def absorb(self, name: str, other: str) -> None:
        """``other`` turns out to be ``name``."""
        for each in (other, name):
            self.people[each].rest(self.now - 1)
        gone = self.people.pop(other).person
        self.give(name, Absorb(gone.id, self.people[name].person.id, encode(gone)))

    def later(self, time: int) -> None:
        """Let time go on."""
        self.now += time
        self.world.rest(self.now - 1)

    def publish(self, steps: list[Any], choices: Choices | None = None) -> None:
        """Put other steps in force, with what was chosen for those inside."""
        before, number = self.world.definitions.body, self.world.definitions.number
        body = make_body(self._project(steps), before, choices or {})
        old, entry = before["journeys"]["onboarding"], body["journeys"]["onboarding"]
        published = {"1": 1, **old.get("published", {}), str(entry["version"]): number + 1}
        entry |= {"published": published, "held": sorted({*old.get("held", ()), old["version"]})}
        self.world.publish(self.now, body)

    def told(self, engine: str) -> Golden:
        """What is written down of it, a month later."""
        until = self.now + 30 * DAY
        self.world.rest(until)
        return written(engine, self.about, self.world, self.began, until, self.first, self.stubs)

    def _project(self, steps: list[Any]) -> Project:
        journey = {"journey": "onboarding", "trigger": {"event": "Signed Up"}, **self.more, "steps": steps}
        names = ("hello", "more", "last", "other")
        return Project(settings=SETTINGS, journeys={"onboarding": journey}, templates=dict.fromkeys(names, MAIL))


def _chosen() -> Scene:
    scene = Scene(
        "Each choice of a publisher for those at a step, and what becomes of those without one",
        _forked("1 day"),
    )
    scene.come(*(f"{step}-1" for step in WAYS), way="x")
    for step in WAYS:
        scene.come(step, way=step)
    scene.later(6 * HOUR)
    choices = {"moves": "move other", "finishes": "finish", "leaves": "leave", "retimes": "retime", "keeps": "keep"}
    scene.publish(_forked("3 days", gone=("vanishes", "moves")), {"onboarding": choices})
    scene.later(2 * DAY)
    scene.come("late", way="keeps")
    return scene


def _forked(wait: str, gone: tuple[str, ...] = ()) -> list[Any]:
    ways = [
        {"when": f'way = "{step}"', "steps": [{"id": step, "wait": wait}, {"id": f"{step}-more", "send": "more"}]}
        for step in WAYS
        if step not in gone
    ]
    return [
        {"id": "hello", "send": "hello"},
        {"id": "fork", "branch": [*ways, {"otherwise": [{"id": "rest", "wait": "2 days"}]}]},
        {"id": "other", "wait": "5 hours"},
        {"id": "last", "send": "last"},
    ]


def _back() -> Scene:
    """Three versions, people on each, and the first one brought back."""
    first = [{"id": "settle", "wait": "2 days"}, {"id": "more", "send": "more"}]
    second = [*first, {"id": "after", "wait": "1 day"}, {"id": "last", "send": "last"}]
    scene = Scene("Published twice and brought back, with people of every version inside", first, reenter="always")
    scene.come("ann", "ben")
    scene.later(DAY)
    scene.publish(second, {"onboarding": {"settle": "finish"}})
    scene.come("cem")
    scene.later(DAY + HOUR)
    scene.publish([{"id": "settle", "wait": "4 days"}, *second[1:]], {"onboarding": {"settle": "keep"}})
    scene.come("dot")
    scene.later(HOUR)
    scene.publish(first, {"onboarding": {"settle": "retime", "after": "move more"}})
    scene.give("ann", Event("Signed Up", {"of": "ann"}))
    return scene


def _merged() -> Scene:
    steps = [
        {"id": "hello", "send": "hello"},
        {"id": "paid", "wait_until": 'did "Paid" since entry', "at_most": "3 days"},
        {"id": "last", "send": "last"},
    ]
    scene = Scene("Two who are one, both inside, joined before and after a publish", steps)
    scene.come("ann", "ben", plan="pro")
    scene.later(DAY)
    scene.come("ann-phone", "ben-phone", "cem", plan="free")
    scene.give("ben-phone", Event("Paid", {}))
    scene.later(HOUR)
    scene.absorb("ann", "ann-phone")
    scene.publish([*steps[:2], {"id": "other", "send": "other"}, steps[2]])
    scene.absorb("ben", "ben-phone")
    scene.absorb("cem", "ann")
    return scene


def _parked() -> Scene:
    def steps(wait: str) -> list[Any]:
        call = {"id": "score", "webhook": "https://api.brightboard.example/score", "as": "score", "on_error": "park"}
        return [{"id": "settle", "wait": wait}, call, {"id": "last", "send": "last"}]

    stubs = Stubs(failures={"score": "HTTP 500"})
    scene = Scene("Runs that a fault stopped, through publishes, asked to try again", steps("1 day"), stubs)
    scene.come("ann", "ben")
    scene.later(DAY + HOUR)
    scene.give("ann", Retry("onboarding"))
    scene.later(HOUR)
    scene.publish(steps("2 days"))
    scene.later(HOUR)
    scene.publish(
        [{"id": "settle", "wait": "2 days"}, {"id": "last", "send": "last"}], {"onboarding": {"score": "move last"}}
    )
    return scene


def _raised() -> Scene:
    """Whoever is inside leaves by the new exit; a goal that was edited is counted for them from history, not here."""
    steps = [{"id": "settle", "wait": "3 days"}, {"id": "last", "send": "last"}]
    goal = {"event": "Paid", "within": "5 days", "value": "total", "currency": "EUR"}
    scene = Scene("An exit and a goal that are published with people inside", steps, goal=goal)
    scene.come("ann", "ben", "cem")
    scene.give("ann", Event("Paid", {"total": 20}))
    scene.later(DAY)
    scene.more = {"goal": {**goal, "event": "Renewed"}, "exit": 'did "Cancelled" since entry'}
    scene.publish(steps)
    scene.give("ben", Event("Cancelled", {}))
    scene.give("cem", Event("Renewed", {"total": 5.5}))
    return scene


WAYS: Final = ("vanishes", "moves", "finishes", "leaves", "retimes", "keeps", "stays")
SCENES: Final[dict[str, Callable[[], Scene]]] = {
    "publish-choices": _chosen,
    "publish-back": _back,
    "publish-merges": _merged,
    "publish-parked": _parked,
    "publish-goal": _raised,
}


def goldens(engine: str) -> Iterator[tuple[str, Golden]]:
    """Play each; gives its name and what is written down of it."""
    for name, scene in SCENES.items():
        yield name, scene().told(engine)
