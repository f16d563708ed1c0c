"""Tokens: what they say comes back, and nobody else can make or bend one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.delivery.links import Link, Links, is_web, read

SECRET = b"s" * 32
ID = bytes(range(16))


def secret(workspace: int) -> bytes | None:
    return SECRET if workspace == 7 else None


def token(url: str) -> str:
    return url.rsplit("/", 1)[1]


@given(st.text(max_size=200), st.integers(0, 63), st.binary(min_size=16, max_size=16))
def test_a_click_comes_back(path: str, partition: int, id: bytes) -> None:
    target = "https://example.com/" + path
    url = Links("https://t.example/", SECRET, 7, partition, id).click(target)
    assert url.startswith("https://t.example/t/c/")
    assert read(token(url), "c", secret) == Link("c", 7, partition, id, target)


@given(st.data())
def test_a_bent_token_says_nothing(data: st.DataObject) -> None:
    good = token(Links("https://t.example", SECRET, 7, 3, ID).click("https://example.com/a"))
    at = data.draw(st.integers(0, len(good) - 1))
    char = data.draw(st.sampled_from("ABCxyz019-_=%é"))
    bent = good[:at] + char + good[at + 1 :]
    assert bent == good or read(bent, "c", secret) is None


@pytest.mark.parametrize("text", ["", "a", "é", "A" * 10_000, "%%%", "AAAA" * 20])
def test_garbage_says_nothing(text: str) -> None:
    assert read(text, "o", secret) is None


def test_a_token_is_good_for_its_own_kind_workspace_and_secret_only() -> None:
    links = Links("https://t.example", SECRET, 7, 3, ID)
    assert read(token(links.open()), "u", secret) is None
    assert read(token(links.open()), "o", secret) is not None
    assert read(token(Links("https://t.example", SECRET, 8, 3, ID).open()), "o", secret) is None
    assert read(token(Links("https://t.example", b"x" * 32, 7, 3, ID).open()), "o", secret) is None


def test_only_web_addresses_are_tracked() -> None:
    links = Links("https://t.example", SECRET, 7, 3, ID)
    for url in ("mailto:ada@example.com", "tel:+1", "javascript:alert(1)", "#top", "app://x"):
        assert not is_web(url)
        assert links.click(url) == url
