"""Functions in their own process: what they can do, what they can't, and what is said of it."""

from collections.abc import Mapping
from typing import Any

import pytest

from tidings import actions
from tidings.actions import Result
from tidings.actions.shape import lacks
from tidings.kernel.problems import Invalid

SOURCE = """
import collections, datetime, json, math

SYSTEM = collections._sys.modules["os"]

def add(a: int, b: float = 1.5, names: list[str] | None = None) -> dict:
    print("adding")
    return {"sum": a + b, "day": datetime.datetime.strptime("2026-01-02", "%Y-%m-%d").date().isoformat()}

def boom():
    secret = 1
    return secret / 0

def slow():
    while True:
        pass

def sleeps():
    import time
    time.sleep(60)

def memory():
    return len([0] * (1 << 28))

def imports():
    import socket

def opens():
    return json.codecs.builtins.open("/etc/passwd").read()

def lists():
    return SYSTEM.listdir("/")

def forks():
    return SYSTEM.fork()

def executes():
    return SYSTEM.execv("/bin/sh", ["sh"])

def signals():
    return SYSTEM.kill(SYSTEM.getppid(), 9)

def writes():
    return SYSTEM.open("/tmp/tidings-action", SYSTEM.O_CREAT | SYSTEM.O_WRONLY)

def environment():
    return sorted(name for name in SYSTEM.environ if name != "LC_CTYPE")

def descriptors():
    found = []
    for number in range(64):
        try:
            SYSTEM.lseek(number, 0, 1)
        except OSError as error:
            if error.errno == 29:
                found.append(number)  # a pipe has no place to seek; what is not open is told otherwise
        else:
            found.append(number)
    return found

def no_json():
    return {1, 2}

def dies():
    SYSTEM._exit(3)

def speaks():
    SYSTEM.write(1, b"not json\\n")

def asks(url: str, http):
    try:
        answer = http.post(url, json={"n": 1}, headers={"X": "{{ secret }}"})
    except http.Error as error:
        return str(error)
    return [answer.status, answer.json()]

def asks_much(http):
    return [http.get("https://x.example").status for _ in range(30)]

def _hidden():
    pass
"""


async def run(function: str, fetch: actions.Fetch | None = None, **given: Any) -> Result:
    return await actions.run(SOURCE, "actions/shop.py", function, given, fetch=fetch, seconds=5)


async def test_it_computes_and_what_it_prints_is_not_its_result() -> None:
    assert await run("add", a=2) == Result(True, {"sum": 3.5, "day": "2026-01-02"})


async def test_an_exception_is_told_with_its_place_and_nothing_of_ours() -> None:
    result = await run("boom")
    assert result.reason == "actions/shop.py:12: ZeroDivisionError: division by zero"
    assert "return secret / 0" in result.detail
    assert "sandbox" not in result.detail


@pytest.mark.parametrize("function", ["slow", "sleeps"])
async def test_its_time_is_bounded(function: str) -> None:
    result = await actions.run(SOURCE, "actions/shop.py", function, {}, seconds=1)
    assert result.reason == "it took longer than 1 seconds"


async def test_its_memory_is_bounded() -> None:
    assert (await run("memory")).reason == "it took more than 256 MB of memory"


@pytest.mark.parametrize("function", ["opens", "lists", "forks", "executes", "signals", "writes"])
async def test_the_kernel_lets_it_reach_nothing(function: str) -> None:
    result = await run(function)
    assert not result.ok
    assert "PermissionError: [Errno 1] Operation not permitted" in result.reason


async def test_nothing_is_inherited() -> None:
    assert (await run("environment")).value == []
    assert (await run("descriptors")).value == [0, 1, 2]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("imports", "an action can't import socket; it may import base64"),
        ("no_json", "what it returned is no JSON"),
        ("dies", "its process ended without a word (3)"),
        ("speaks", "it wrote to the pipe that is for its result"),
    ],
)
async def test_other_ends_are_told_in_words(function: str, words: str) -> None:
    assert words in (await run(function)).reason


async def test_requests_go_through_who_started_it() -> None:
    seen: list[Mapping[str, Any]] = []

    async def fetch(request: Mapping[str, Any]) -> dict[str, Any]:
        seen.append(request)
        return {"status": 201, "headers": {}, "text": '{"id": 7}'}

    assert (await run("asks", fetch, url="https://x.example")).value == [201, {"id": 7}]
    (request,) = seen
    assert (request["method"], request["url"], request["body"]) == ("POST", "https://x.example", '{"n": 1}')
    result = await run("asks_much", fetch)
    assert "an action may make 20 requests" in result.reason
    assert len(seen) == 21


async def test_a_refused_request_is_an_error_it_can_catch() -> None:
    async def fetch(request: Mapping[str, Any]) -> dict[str, Any]:
        return {"error": "127.0.0.1 may not be reached"}

    assert (await run("asks", fetch, url="http://127.0.0.1")).value == "127.0.0.1 may not be reached"


def test_functions_are_read_and_not_run() -> None:
    found = actions.functions(SOURCE, "actions/shop.py")
    assert "_hidden" not in found
    assert [(each.name, each.required) for each in found["add"].arguments] == [
        ("a", True),
        ("b", False),
        ("names", False),
    ]
    assert found["add"].unfit({"a": 1, "names": [1]}) == "names[0] is 1, which is no str"
    assert found["asks"].http
    assert found["add"].misuse({"a": 1, "bb": 2}) == [("bb", "`add` takes no `bb`", "did you mean `b`?")]
    assert found["add"].misuse({}) == [("", "`add` needs `a`", "give `with:` a `a`")]
    assert found["add"].unfit({"a": "2"}) == "a is '2', which is no int"
    assert found["add"].unfit({"a": True}) == "a is True, which is no int"
    assert found["add"].unfit({"a": 1, "b": 2, "names": None}) == ""


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("def a(:\n  pass", 1, "no Python"),
        ("\nasync def a(): pass", 2, "async"),
        ("def a(*rest): pass", 1, "no name of their own"),
        ("def a(x: bytes): pass", 1, "can't be a `bytes`"),
    ],
)
def test_what_no_step_can_run_is_told_with_its_line(source: str, line: int, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        actions.functions(source, "actions/a.py")
    assert caught.value.problems[0].line == line
    assert words in caught.value.problems[0].message


TYPED = """
from typing import NotRequired, TypedDict

class Company(TypedDict):
    name: str
    size: int | None

class Lead(TypedDict):
    points: int
    tags: list[str]
    company: NotRequired[Company]

def lead() -> Lead: ...
def leads() -> list[Lead] | None: ...
def ratio() -> float: ...
def counts() -> dict[str, int]: ...
def nothing() -> None: ...
def anything(): ...
def vague() -> "Lead | set[int]": ...
"""


@pytest.mark.parametrize(
    ("function", "value", "words"),
    [
        ("lead", {"points": 1, "tags": ["a"], "more": 1}, ""),
        ("lead", {"points": 1, "tags": [], "company": {"name": "x", "size": None}}, ""),
        ("lead", {"tags": []}, "`lead`: what it returned has no `points`"),
        ("lead", {"points": "1", "tags": []}, "`lead`: what it returned.points is '1', which is no int"),
        ("lead", {"points": True, "tags": []}, "`lead`: what it returned.points is True, which is no int"),
        ("lead", {"points": 1, "tags": ["a", 2]}, "`lead`: what it returned.tags[1] is 2, which is no str"),
        (
            "lead",
            {"points": 1, "tags": [], "company": {"name": "x", "size": "9"}},
            "`lead`: what it returned.company.size is '9', which is no int or None",
        ),
        ("lead", [], "`lead`: what it returned is [], which is no dict"),
        ("leads", None, ""),
        ("leads", [{"points": 1}], "`leads`: what it returned[0] has no `tags`"),
        ("ratio", 1, ""),
        ("ratio", "1", "`ratio`: what it returned is '1', which is no float"),
        ("counts", {"a": 1}, ""),
        ("counts", {"a": None}, "`counts`: what it returned.a is None, which is no int"),
        ("nothing", 0, "`nothing`: what it returned is 0, which is no None"),
        ("anything", object, ""),
        ("vague", 5, ""),
    ],
)
def test_what_is_returned_is_held_against_what_a_function_says(function: str, value: Any, words: str) -> None:
    assert actions.functions(TYPED, "actions/a.py")[function].breaks(value) == words


def test_what_can_stand_in_an_answer_is_known() -> None:
    found = {name: function.returns for name, function in actions.functions(TYPED, "actions/a.py").items()}
    assert lacks(found["lead"], ("points",)) is None
    assert lacks(found["lead"], ("company", "size")) is None
    assert lacks(found["lead"], ("company", "sice")) == ("sice", ["name", "size"])
    assert lacks(found["lead"], ("point",)) == ("point", ["points", "tags", "company"])
    assert lacks(found["lead"], ("tags", "first")) is None
    assert lacks(found["ratio"], ("points",)) == ("points", [])
    assert lacks(found["counts"], ("whatever",)) is None
    assert lacks(found["counts"], ("whatever", "more")) == ("more", [])
    assert lacks(found["anything"], ("whatever", "more")) is None
