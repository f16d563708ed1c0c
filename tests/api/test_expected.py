"""The words of the decoder, as it says them today, in ours."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta, Struct

from tests.api.serving import Server
from tests.api.test_management import enter
from tidings.kernel.expected import plain


class Form(Struct, forbid_unknown_fields=True):
    port: Annotated[int, Meta(ge=1, le=65535)] = 1
    name: Annotated[str, Meta(min_length=1, max_length=3)] = "a"
    code: Annotated[str, Meta(pattern="^[a-z]+$")] = "a"
    tags: Annotated[list[str], Meta(min_length=2, max_length=3)] = []
    rate: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    kind: Literal["a", "b"] = "a"
    on: bool | None = None


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (b'{"port": "x"}', "it must be a whole number, not text"),
        (b'{"port": 99999}', "it must be 65535 or less"),
        (b'{"port": 0}', "it must be 1 or more"),
        (b'{"name": ""}', "it is empty"),
        (b'{"name": "abcd"}', "it has more than 3 characters"),
        (b'{"code": "A"}', "it is not written as it should be: '^[a-z]+$'"),
        (b'{"tags": ["a"]}', "it has fewer than 2 entries"),
        (b'{"tags": ["a", "b", "c", "d"]}', "it has more than 3 entries"),
        (b'{"rate": 0}', "it must be more than 0.0"),
        (b'{"kind": "c"}', "'c' is none of the choices"),
        (b'{"on": []}', "it must be yes or no or nothing, not a list"),
        (b'{"of": 1}', "there is no field `of` here"),
        (b'{"port": 1', "the JSON ends too early"),
        (b"{port: 1}", "this is no JSON: "),
    ],
)
def test_each_is_said_in_plain_words(given: bytes, says: str) -> None:
    with pytest.raises(msgspec.DecodeError) as caught:
        msgspec.json.decode(given, type=Form)
    assert plain(str(caught.value).partition(" - at ")[0]).startswith(says)


def test_what_is_not_known_stays_as_it_is() -> None:
    said: Any = "something else"
    assert plain(said) == said


async def test_a_refusal_says_so(server: Server) -> None:
    async with enter(server, "ada@example.com", "viewer") as browser:
        said = (await browser.get("/api/people?limit=many")).json()
        assert said["detail"] == "limit: it must be a whole number, not text"
        said = (
            await browser.post("/api/people/export", content=b"{", headers={"content-type": "application/json"})
        ).json()
        assert said["detail"] == "the JSON ends too early"
