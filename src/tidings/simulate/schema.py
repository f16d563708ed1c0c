"""The JSON Schema of a file of journey tests (draft 2020-12), for editors that complete and check.

It says which entries there are and what stands in each; whether it is right is for `stories` and for playing it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tidings.simulate.expected import EXPECTED
from tidings.simulate.given import GIVEN
from tidings.simulate.story import FIELDS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_ABOUT: Final[Mapping[str, str]] = {
    "test": "What it shows, in a sentence.",
    "journeys": "The journeys that are live in it, by id; left out, all.",
    "start": "When the clock begins; left out, Monday 2026-01-05 at 09:00 UTC.",
    "people": "Who is there at the start, by a name of your choice, with their attributes.",
    "given": "What happens.",
    "answers": "What a step that asks the outside world is answered, by step id.",
    "failures": "Why it is not answered, by step id.",
    "until": "When the clock stops.",
    "expect": "What must come of it.",
    "other_messages": "`allowed`: messages that are not expected do not fail the test.",
    "who": "Whom it is about; needed where there are several people.",
    "at": "A duration after the start, or a time; left out, the start.",
    "event": "They did it.",
    "page": "They saw the page.",
    "screen": "They saw the screen.",
    "enter": "The API lets them into the journey.",
    "set": "Their attributes change; null removes one.",
    "opened": "They open the newest such message.",
    "clicked": "They click in the newest such message.",
    "bounced": "The newest such message comes back.",
    "complained": "They complain about the newest such message.",
    "unsubscribed": "From everything; false subscribes again.",
    "topics": "They leave or join topics.",
    "channels": "They leave or join channels.",
    "segment": "A segment they are in, or with `in: false` are not in.",
    "device": "They can be pushed to, at this token.",
    "group": "They join a group.",
    "with": "Properties of the event, attributes of the group, or the data of the API's call.",
    "message": "It is sent at that moment.",
    "refused": "It is planned and not sent.",
    "enters": "A run of the journey begins.",
    "leaves": "A run of the journey is over.",
    "refuses": "The journey does not let the person in.",
    "reaches": "The goal of the journey is reached.",
    "step": "A run stands at the step then.",
    "attributes": "The person's attributes then.",
    "because": "A part of the reason.",
    "subject": "The whole subject.",
    "contains": "A text, or several, in subject or body.",
    "key": "Which of several runs side by side.",
}
_MAPPINGS: Final = ("people", "answers", "failures", "set", "topics", "channels", "attributes")
_SHAPES: Final[Mapping[str, Any]] = {
    **{field: {"type": "object"} for field in _MAPPINGS},
    "journeys": {"type": "array", "items": {"type": "string"}},
    "in": {"type": "boolean"},
    "other_messages": {"const": "allowed"},
}


def schema() -> dict[str, Any]:
    """Give the schema of ``tests/NAME.yaml``."""
    entries = {"given": _entries(GIVEN), "expect": _entries(EXPECTED)}
    story = _object(FIELDS, ("test", "people", "expect"))
    for key, entry in entries.items():
        story["properties"][key] = {**_about(key), "type": "array", "items": entry}
    several = {"type": "array", "description": "Several tests of one file.", "items": {"$ref": "#/$defs/test"}}
    file = {**_object(("tests",), ("tests",)), "properties": {"tests": several}}
    return {
        "$schema": DIALECT,
        "title": "Journey tests",
        "anyOf": [{"$ref": "#/$defs/test"}, file],
        "$defs": {"test": story},
    }


def _entries(kinds: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {"anyOf": [_object(("who", "at", key, *others), (key,)) for key, others in kinds.items()]}


def _object(fields: Sequence[str], required: Sequence[str]) -> dict[str, Any]:
    properties = {field: {**_about(field), **_SHAPES.get(field, {})} for field in fields}
    return {"type": "object", "properties": properties, "additionalProperties": False, "required": list(required)}


def _about(field: str) -> dict[str, str]:
    return {"description": _ABOUT[field]} if field in _ABOUT else {}
