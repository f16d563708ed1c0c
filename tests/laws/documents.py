"""Generated journeys with all that a document may hold: steps and triggers of every kind, any field of their forms, odd texts."""

import copy
from typing import Any, Final

from hypothesis import strategies as st

from tests.laws.flights import is_sound, lists_of
from tests.laws.stories import workspaces
from tidings import journeys
from tidings.journeys.form import Field, Form
from tidings.journeys.schema import forms
from tidings.journeys.step import COMMON_FORM

TEXTS: Final = st.sampled_from(
    [
        "Plain",
        "two words",
        'say "hello"',
        "it's: odd # text",
        "yes",
        "1:30",
        "0123",
        "Zwei\nZeilen",
        "eine\n\n# keine",
        "ünï 𝄞",
        "{{ customer.first_name }}",
        "a text that is so long that no line of a file has room for it beside all that stands there already, and more",
    ]
)
NAMES: Final = st.sampled_from(["tone", "two words", "10", "2", "0", "yes", "X-Team", "__proto__", "ü"])
VALUES: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.integers(-3, 3)
    | st.floats(-1e15, 1e15)
    | st.sampled_from([1.0, -0.0, 0.1, 1e-7, 50.0])
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
BY_ASK: Final[dict[str, st.SearchStrategy[Any]]] = {
    "text": TEXTS,
    "lines": TEXTS,
    "name": st.sampled_from(["a", "b-1", "Cc_2"]),
    "rule": st.sampled_from(
        ['plan = "pro"', "seats > 10", 'did "Paid" at least 2 times within 7 days', "email is present"]
    ),
    "where": st.sampled_from(['plan = "trial"', "total > 50.5"]),
    "duration": st.sampled_from(["1 day", "36 hours", "2 weeks"]),
    "number": st.sampled_from([1, 2.5, 30.0, 500]),
    "truth": st.just(True),
    "clock": st.sampled_from(["09:00", "23:59"]),
    "date": st.sampled_from(["2026-12-24"]),
    "offset": st.sampled_from(["3 days before", "1 hour after"]),
    "rate": st.sampled_from(["100 per hour", "60 per minute"]),
    "times": st.sampled_from(["2 times", "5 times"]),
    "schedule": st.sampled_from(["every monday at 09:00", "FREQ=MONTHLY;BYMONTHDAY=1"]),
    "zone": st.sampled_from(["person", "Europe/Berlin"]),
    "values": st.dictionaries(NAMES, VALUES, min_size=1, max_size=4),
    "liquid": TEXTS,
    "secret": st.just("TIDINGS_SECRET_BILLING"),
    "url": st.just("https://api.example.com/score?a=1"),
    "topic": st.sampled_from(["product-news", "all"]),
    "segment": st.just("hand"),
    "event": st.sampled_from(["Paid", "Order Completed", "yes"]),
    "attribute": st.sampled_from(["plan", "address.city"]),
}
TRIES: Final = 3
"""How often another value is tried for a field with which the document can't be read."""


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A journey as it is written, to the byte: one of the laws', with steps of any kind put in and any field filled."""
    bodies = draw(workspaces()).body["journeys"]
    document = journeys.write(journeys.read(bodies[draw(st.sampled_from(sorted(bodies)))]["document"]))
    made = forms()
    for number in range(draw(st.integers(0, 5))):
        among = draw(st.sampled_from(lists_of(document["steps"])))
        kind = draw(st.sampled_from(sorted(made["steps"])))
        place = draw(st.integers(0, len(among)))
        step = draw(steps_of(kind, f"new{number}"))
        among.insert(place, step)
        if not is_sound(document):
            del among[place]
    kind = draw(st.sampled_from(sorted(made["triggers"])))
    trigger = {each.key: draw(value_of(each)) for each in made["triggers"][kind].fields if each.required}
    if is_sound({**document, "trigger": trigger}):
        document["trigger"] = trigger
        draw(filled(document, document["trigger"], made["triggers"][kind].fields))
    draw(
        filled(document, document, tuple(each for each in made["journey"].fields if each.ask not in ("steps", "name")))
    )
    for among in lists_of(document["steps"]):
        for step in among:
            form = next(form for kind, form in made["steps"].items() if kind in step)
            draw(filled(document, step, (*COMMON_FORM[1:], *form.fields)))
    return journeys.write(journeys.read(document))


@st.composite
def steps_of(draw: st.DrawFn, kind: str, id: str) -> dict[str, Any]:
    """A step of a kind with all it needs; each of its ways begins with a step of its own, or is empty."""
    form: Form = forms()["steps"][kind]
    step: dict[str, Any] = {"id": id}
    if kind in ("branch", "split"):
        one, two = ([{"id": f"{id}-{n}", "wait": "1 day"}] if draw(st.booleans()) else [] for n in (1, 2))
        first: dict[str, Any] = {"share": 50, "steps": one} if kind == "split" else {"when": "seats > 10", "steps": one}
        seconds: list[Any] = [{"holdout": 10.0}, {"share": 2.5, "name": "b", "steps": two}]
        if kind == "branch":
            seconds = [{"otherwise": two}, {"when": 'plan = "pro"', "steps": two}]
        return {**step, kind: [first, draw(st.sampled_from(seconds))]}
    for each in form.fields:
        if each.required:
            step[each.key] = draw(value_of(each))
    return step


@st.composite
def value_of(draw: st.DrawFn, field: Field) -> Any:
    """Something that may stand in a field, as far as its form says."""
    if field.ask == "fields":
        chosen = [each for each in field.fields if each.required or draw(st.booleans())]
        return {each.key: draw(value_of(each)) for each in chosen if each.ask != "steps"}
    ways = [BY_ASK[field.ask]] if field.ask in BY_ASK else []
    ways += [st.sampled_from(field.choices)] if field.choices else []
    ways += [st.just(field.example)] if field.example is not None and not field.many else []
    ways += [VALUES] if int in field.also else []
    one = st.one_of(ways)
    if field.many:
        one = (
            st.just(field.example) if field.example is not None else st.lists(one, min_size=1, max_size=3, unique=True)
        )
    plain = [each for each in field.also if isinstance(each, str | bool)]
    return draw(st.one_of(one, st.sampled_from(plain)) if plain else one)


@st.composite
def filled(draw: st.DrawFn, document: dict[str, Any], own: dict[str, Any], fields: tuple[Field, ...]) -> None:
    """Fill fields that are empty, where the document can be read with what comes in."""
    for field in fields:
        if field.key in own or (field.ask == "fields" and field.many) or draw(st.integers(0, 2)):
            continue
        for _ in range(TRIES):
            own[field.key] = copy.deepcopy(draw(value_of(field)))
            if is_sound(document):
                break
            del own[field.key]
