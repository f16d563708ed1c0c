"""The JavaScript of the guides, run as it stands there, but for host and keys: in Node.js, or bundled into a page in the browser."""

import asyncio
import re
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.api.seen import Seen, until
from tests.api.serving import Server
from tests.sdks.node import FOLDER, packages
from tests.sdks.visitor import Visitor

_GUIDES = Path(__file__).parents[2] / "docs" / "guides"
_SNIPPET = re.compile(r"^#+ (Node|Browser): (\S+)\n(?:(?!#)[^\n]*\n)*?```js\n(.*?)^```", re.MULTILINE | re.DOTALL)
SNIPPETS = [
    (where, name, code)
    for guide in ("segment-sdks", "customerio-sdks")
    for where, name, code in _SNIPPET.findall((_GUIDES / f"{guide}.md").read_text(encoding="utf-8"))
]


def chosen(where: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "code", [pytest.param(code, id=name) for place, name, code in SNIPPETS if place == where]
    )


def test_every_library_has_its_lines() -> None:
    assert [(where, name) for where, name, _ in SNIPPETS] == [
        ("Node", "@segment/analytics-node"),
        ("Node", "@rudderstack/rudder-sdk-node"),
        ("Browser", "@segment/analytics-next"),
        ("Browser", "@rudderstack/analytics-js"),
        ("Node", "@customerio/cdp-analytics-node"),
        ("Node", "customerio-node"),
        ("Browser", "@customerio/cdp-analytics-browser"),
        ("Node", "customerio-node"),
    ]


@chosen("Node")
async def test_the_lines_for_node_work(live: Server, seen: Seen, code: str) -> None:
    packages()
    process = await asyncio.create_subprocess_exec(
        "node", "--input-type=module", "--eval", filled(code, live), cwd=FOLDER
    )
    assert await asyncio.wait_for(process.wait(), 60) == 0
    await told(seen)


@chosen("Browser")
async def test_the_lines_for_browsers_work(visitor: Visitor, live: Server, seen: Seen, code: str) -> None:
    await visitor.leave()
    await visitor.page.add_script_tag(content=await bundled(filled(code, live)))
    await told(seen)
    assert visitor.complaints == []
    assert visitor.hosts <= visitor.expected


@pytest.mark.parametrize("guide", ["segment-sdks", "customerio-sdks"])
async def test_the_page_without_a_build_works(visitor: Visitor, live: Server, seen: Seen, guide: str) -> None:
    (page,) = re.findall(r"^```html\n(.*?)^```", (_GUIDES / f"{guide}.md").read_text(encoding="utf-8"), re.M | re.S)
    await visitor.leave()
    await visitor.page.set_content(filled(page, live))
    await told(seen)
    assert visitor.complaints == []
    assert visitor.hosts <= visitor.expected


def filled(code: str, live: Server) -> str:
    for before, after in (
        ("YOUR_WRITE_KEY", live.write_key),
        ("YOUR_PUBLIC_KEY", live.public_key),
        ("YOUR_SITE_ID", live.track_login[0]),
        ("YOUR_API_KEY", live.track_login[1]),
        ("http://127.0.0.1:8000", live.url),
    ):
        code = code.replace(before, after)
    return code


async def bundled(code: str) -> str:
    """Make one script of it, as a build would."""
    process = await asyncio.create_subprocess_exec(
        packages() / ".bin" / "esbuild", "--bundle", "--format=iife", cwd=FOLDER, stdin=PIPE, stdout=PIPE
    )
    script, _ = await process.communicate(code.encode())
    assert process.returncode == 0
    return script.decode()


async def told(seen: Seen) -> None:
    """See that Ada becomes known as the lines say."""

    async def arrived() -> bool:
        return bool(await seen.events("ada")) and "plan" in await seen.attributes("ada")

    await until(arrived)
    assert (await seen.person("ada"))["email"] == "ada@example.com"
    assert (await seen.attributes("ada"))["plan"] == "trial"
    assert (await seen.event("ada", "Signed Up"))["data"] == {"plan": "trial"}
