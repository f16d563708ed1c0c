"""The Python of the guides, run as it stands there, but for host and keys."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.api.front import front
from tests.api.serving import Server
from tests.api.test_python_sdks import happened, known
from tidings.ingest.signed import is_right

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


def python(name: str) -> list[str]:
    """Give the lines of Python in a guide, block by block."""
    text = (GUIDES / f"{name}.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


SNIPPETS = [
    pytest.param(code, id=f"{name} {number}")
    for name in ("segment-sdks", "customerio-sdks")
    for number, code in enumerate(python(name))
    if "YOUR_" in code
]


def test_every_python_library_has_its_lines() -> None:
    assert len(SNIPPETS) == 4


@pytest.mark.parametrize("code", SNIPPETS)
async def test_the_lines_for_python_work(
    live: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    async with front(live.url, tmp_path) as (host, port, certificate):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        for before, after in (
            ("YOUR_WRITE_KEY", live.write_key),
            ("http://127.0.0.1:8000", live.url),
            ("YOUR_SITE_ID", live.track_login[0]),
            ("YOUR_API_KEY", live.track_login[1]),
            ("tidings.example.com", host),
            ("port=443", f"port={port}"),
        ):
            code = code.replace(before, after)
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
        assert await asyncio.wait_for(process.wait(), 60) == 0

    def applied() -> None:
        known("ada", email="ada@example.com", plan="trial")
        assert happened("ada", "Signed Up")["data"] == {"plan": "trial"}

    await asyncio.to_thread(applied)


def test_the_lines_that_sign_a_user_id_give_what_is_taken() -> None:
    (code,) = [code for code in python("segment-sdks") if "hmac" in code]
    lines: dict[str, Any] = {}
    exec(code, lines)
    assert is_right("the secret", "ada", lines["user_hash"]("the secret", "ada"))
