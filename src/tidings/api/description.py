"""What the OpenAPI description says beyond the types of the routes: who may call each, how it refuses, and an example of each.

The examples of a room stand beside its routes, in ``api/<room>/examples.json``: by the route's name what is asked (``path``, ``query``,
``body``) and what is answered (``answer``). A test holds each against the types, and lets no route be without.
"""

import json
import pkgutil
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import msgspec

import tidings.api
from tidings.api.here import COOKIE
from tidings.api.problem import TYPE, Fault, Problem

REFUSALS: Final[Mapping[int, tuple[str, Problem]]] = {
    400: (
        "What was sent is not what this call takes.",
        Problem(
            "Bad Request",
            400,
            "limit: it must be 1 or more",
            "limit: it must be 1 or more",
            faults=[Fault("it must be 1 or more", "limit")],
        ),
    ),
    401: (
        "Nobody is signed in, and no app key was sent.",
        Problem(
            "Unauthorized",
            401,
            "You are not signed in.",
            "You are not signed in.",
            "Sign in, or send an app key as a Bearer token.",
            "sign_in",
        ),
    ),
    403: (
        "The role or key does not include the permission, or the session's word was not sent.",
        Problem(
            "Forbidden",
            403,
            "Your role here (viewer) does not let you change journeys.",
            "Your role here (viewer) does not let you change journeys.",
            "An admin can give the permission `journeys:edit`.",
            "not_permitted",
        ),
    ),
    404: (
        "There is nothing of this name in the workspace.",
        Problem(
            "Not Found",
            404,
            "There is no segment `tials`.",
            "There is no segment `tials`.",
            "There are: trials.",
            "no_segment",
        ),
    ),
    409: (
        "What is there now stands in the way, such as problems in what would be published.",
        Problem(
            "Conflict",
            409,
            "`welcom` is not a template",
            "`welcom` is not a template",
            "did you mean `welcome`?",
            faults=[Fault("`welcom` is not a template", "journeys.onboarding.steps.0.send", "did you mean `welcome`?")],
        ),
    ),
    412: (
        "Somebody was faster: read it again, and send the newer `ETag`.",
        Problem(
            "Precondition Failed",
            412,
            "Grace changed this while you were editing.",
            "Grace changed this while you were editing.",
            "Load it again and repeat your edit.",
            "overtaken",
        ),
    ),
    428: (
        "An edit names what it was read at.",
        Problem(
            "Precondition Required",
            428,
            "Say which revision this edit is based on.",
            "Say which revision this edit is based on.",
            "Send its ETag as If-Match.",
            "no_revision",
        ),
    ),
    429: (
        "Too many calls, or too many tries at a password. `Retry-After` says when it goes on.",
        Problem(
            "Too Many Requests",
            429,
            "That is more than one test a second.",
            "That is more than one test a second.",
            "Wait a moment.",
        ),
    ),
}
"""By status: what it means here, and how it reads."""
PARAMETERS: Final[Mapping[str, str]] = {
    "id": "What the list shows as its `id`.",
    "name": "The name it has in files and addresses.",
    "kind": "What sort of thing it is; of people, by which identifier they are named.",
    "value": "The identifier itself.",
    "account": "The account's id, as the team's list shows it.",
    "channel": "A channel, such as `email`.",
    "command": "What is to become of the journey, such as `pause`.",
    "journey": "The journey's id, as its file has it.",
    "recipe": "The recipe's name, as the gallery shows it.",
    "step": "The step's id in its journey.",
    "template": "The template's name.",
    "version": "The number of a version.",
    "segment": "The segment's name.",
    "event": "The event's name.",
    "source": "The source's id.",
    "days": "How many days.",
    "zone": "A time zone, such as `Europe/Berlin`.",
    "locale": "A language, such as `de`.",
    "limit": "How many at most.",
    "before": "`next` of the page before.",
    "after": "`next` of the page before.",
    "person": "The person's id, as the list of people shows it.",
    "since": "From when, as ISO 8601.",
    "until": "Until when, as ISO 8601.",
    "q": "What is looked for.",
}
"""Of parameters that mean the same everywhere; what is special of one stands in the call's own description."""
_WORD: Final = {
    "name": "x-csrf",
    "in": "header",
    "required": False,
    "description": "The session's word, from `GET /api/session`; needed beside the cookie, not with an app key.",
    "schema": {"type": "string"},
}


def complete(said: dict[str, Any], takes: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """Complete the description. ``takes``: by method and path as the description has them, what it takes to call it."""
    examples = read_examples()
    made = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/Problem{name}")[1]
    schemas = said["components"].setdefault("schemas", {})
    schemas |= {name if name == "Problem" else f"Problem{name}": schema for name, schema in made.items()}
    said["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An app key; it belongs to one workspace."},
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Of somebody who signed in."},
    }
    said["components"]["responses"] = {_named(status): _refusal(status) for status in REFUSALS}
    for path, methods in said["paths"].items():
        for method, operation in methods.items():
            _complete(operation, method, path, takes[method, path], examples.get(operation["operationId"], {}))
    return said


def read_examples() -> dict[str, Any]:
    """Give the examples of all rooms, by the routes' names."""
    found: dict[str, Any] = {}
    for module in pkgutil.iter_modules(tidings.api.__path__):
        file = Path(tidings.api.__path__[0], module.name, "examples.json")
        if file.is_file():
            found |= json.loads(file.read_text(encoding="utf-8"))
    return found


def _complete(operation: dict[str, Any], method: str, path: str, takes: str, example: Mapping[str, Any]) -> None:
    operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
    operation["security"] = {"anybody": [], "signed in": [{"session": []}]}.get(takes, [{"key": []}, {"session": []}])
    if takes not in ("anybody", "signed in"):
        operation["x-permission"] = takes
    given = {**example.get("path", {}), **example.get("query", {})}
    for parameter in operation.get("parameters", []):
        if name := PARAMETERS.get(parameter["name"]):
            parameter.setdefault("description", name)
        if parameter["name"] in given:
            parameter["example"] = given[parameter["name"]]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "body" in example:
            content["example"] = example["body"]
    edits = "if-match" in operation.get("description", "").lower()
    if method != "get" and takes != "anybody":
        operation.setdefault("parameters", []).append(_WORD)
    for status, answer in operation["responses"].items():
        answer["description"] = HTTPStatus(int(status)).phrase
        for content in answer.get("content", {}).values():
            if "answer" in example:
                content["example"] = example["answer"]
    refused = [
        *([400] if operation.get("parameters") or "requestBody" in operation else []),
        *([401] if takes != "anybody" else []),
        *([403] if takes not in ("anybody", "signed in") else []),
        *([404] if "{" in path else []),
        *([409] if method != "get" else []),
        *([412, 428] if edits and method != "get" else []),
        429,
    ]
    operation["responses"] = {
        **{status: answer for status, answer in operation["responses"].items() if status < "400"},
        **{str(status): {"$ref": f"#/components/responses/{_named(status)}"} for status in refused},
    }


def _refusal(status: int) -> dict[str, Any]:
    says, problem = REFUSALS[status]
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": says, "content": {TYPE: {"schema": schema, "example": msgspec.to_builtins(problem)}}}


def _named(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "")
