"""The OpenAPI description is complete: each call says what it does, who may, how it refuses, and has an example that its own types take."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tidings.api.description import read_examples
from tidings.api.management import describe, taken

SAID = describe()
CALLS = [(method, path, call) for path, methods in SAID["paths"].items() for method, call in methods.items()]
each_call = pytest.mark.parametrize(("method", "path", "call"), CALLS, ids=[f"{m} {p}" for m, p, _ in CALLS])


def fits(schema: Any, example: Any) -> list[str]:
    """What of an example its schema does not take."""
    whole = {"components": SAID["components"], "allOf": [schema]}
    return [f"{fault.json_path}: {fault.message[:200]}" for fault in Draft202012Validator(whole).iter_errors(example)]


@each_call
def test_a_call_says_what_it_does_with_an_example(method: str, path: str, call: Any) -> None:
    assert call["summary"]
    assert call["summary"] != call["description"]
    for parameter in call.get("parameters", []):
        if parameter["in"] == "path":
            assert parameter["description"], parameter["name"]
            assert fits(parameter["schema"], parameter["example"]) == [], parameter["name"]
        elif "example" in parameter:
            assert fits(parameter["schema"], parameter["example"]) == [], parameter["name"]
    for kind, content in call.get("requestBody", {}).get("content", {}).items():
        assert kind != "application/json" or fits(content["schema"], content["example"]) == []
    answers = [content for code, answer in call["responses"].items() if code < "300" for content in _contents(answer)]
    for kind, content in answers:
        assert "example" in content, kind
        assert kind != "application/json" or fits(content.get("schema", {}), content["example"]) == []


@each_call
def test_a_call_says_who_may_and_how_it_refuses(method: str, path: str, call: Any) -> None:
    takes = taken()[method, path]
    who = {name for way in call["security"] for name in way}
    assert who == {"anybody": set(), "signed in": {"session"}}.get(takes, {"key", "session"})
    assert call.get("x-permission") == (takes if takes not in ("anybody", "signed in") else None)
    refusals = {code: answer for code, answer in call["responses"].items() if code >= "400"}
    assert refusals
    assert ("401" in refusals, "403" in refusals) == (takes != "anybody", call.get("x-permission") is not None)
    for code, answer in refusals.items():
        problem = SAID["components"]["responses"][answer["$ref"].rpartition("/")[2]]
        ((kind, content),) = problem["content"].items()
        assert kind == "application/problem+json"
        assert fits(content["schema"], content["example"]) == []
        assert content["example"]["status"] == int(code)


def test_no_example_is_left_of_a_call_that_is_gone() -> None:
    assert read_examples().keys() <= {call["operationId"] for _, _, call in CALLS}


def _contents(answer: Any) -> list[tuple[str, Any]]:
    return list(answer.get("content", {}).items())
