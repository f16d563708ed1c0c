"""The JSON Schema of a journey (draft 2020-12), made from the forms of its steps and triggers, for editors that complete and check.

It says what a document may look like; whether it is right (rules that parse, templates that exist) is for `read` and `check`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tidings.journeys.document import FORM
from tidings.journeys.form import Field, Form
from tidings.journeys.kinds import step_kinds, trigger_kinds
from tidings.journeys.step import COMMON_FORM

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Final[Mapping[str, Any]] = {"type": "string"}
_SHAPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "name": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"},
    "number": {"type": "number"},
    "truth": {"type": "boolean"},
    "clock": {"type": "string", "pattern": "^([01]?[0-9]|2[0-4]):[0-5][0-9]$"},
    "values": {"type": "object"},
    "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}},
}


def schema() -> dict[str, Any]:
    """Give the schema of ``journeys/NAME.yaml``."""
    steps, triggers = step_kinds(), trigger_kinds()
    body = _fields(field for field in FORM.fields if field.key != "trigger")
    body["properties"]["trigger"] = {
        "description": "What starts a run.",
        "anyOf": [{"$ref": f"#/$defs/trigger_{key}"} for key in sorted(triggers)],
    }
    return {
        "$schema": DIALECT,
        "title": FORM.title,
        "description": FORM.about,
        **body,
        "required": ["trigger", "steps"],
        "$defs": {
            "step": {"anyOf": [{"$ref": f"#/$defs/step_{key}"} for key in sorted(steps)]},
            **{f"step_{key}": _kind(kind.form, COMMON_FORM) for key, kind in sorted(steps.items())},
            **{f"trigger_{key}": _kind(kind.form, ()) for key, kind in sorted(triggers.items())},
        },
    }


def forms() -> dict[str, Any]:
    """Give everything a canvas draws its panels from: the journey's own form, what every step has, and each kind's by its key."""
    return {
        "journey": FORM,
        "common": COMMON_FORM,
        "steps": {key: kind.form for key, kind in sorted(step_kinds().items())},
        "triggers": {key: kind.form for key, kind in sorted(trigger_kinds().items())},
    }


def _kind(form: Form, common: Iterable[Field]) -> dict[str, Any]:
    return {"title": form.title, "description": form.about, **_fields([*common, *form.fields])}


def _fields(fields: Iterable[Field]) -> dict[str, Any]:
    listed = list(fields)
    made: dict[str, Any] = {
        "type": "object",
        "properties": {field.key: _field(field) for field in listed},
        "additionalProperties": False,
    }
    if required := [field.key for field in listed if field.required]:
        made["required"] = required
    return made


def _field(field: Field) -> dict[str, Any]:
    one: dict[str, Any] = dict(_SHAPES.get(field.ask, _TEXT))
    if field.ask == "fields":
        one = _fields(field.fields)
    elif field.choices:
        one = {"enum": list(field.choices)}
    shape = {"type": "array", "items": one} if field.many else one
    if field.also:
        shape = {"anyOf": [shape, *(_other(other) for other in field.also)]}
    words = {"title": field.title} | ({"description": about} if (about := _about(field)) else {})
    return words | shape | ({"examples": [field.example]} if field.example is not None else {})


def _about(field: Field) -> str:
    """What is said of a field, of each of its choices, and of none being made."""
    choices = "; ".join(f"`{choice}`: {says}" for choice, says in zip(field.choices, field.says, strict=False))
    usual = f"Left out: {field.usual}" if field.usual else ""
    return " ".join([*filter(None, [field.about]), *(f"{each}." for each in (choices, usual) if each)])


def _other(value: Any) -> dict[str, Any]:
    """Another value that may stand there; a type stands for any value of it."""
    names: dict[Any, str] = {str: "string", int: "integer", float: "number", dict: "object", list: "array"}
    return {"type": names[value]} if isinstance(value, type) else {"const": value}
