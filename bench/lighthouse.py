"""What Lighthouse says of four pages of the web app, signed in: performance and accessibility, of 100."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.ground.browsing import browsing
from bench.ground.figure import Figure
from bench.ground.page import ROOT
from bench.ground.town import Town

ORDER = 210
RUNS = 5
GATE = 95
PAGES: Final = {
    "Home": "/bench",
    "Journeys": "/bench/journeys",
    "a canvas of 300 steps": "/bench/journeys/large",
    "People": "/bench/people",
}
GROUND: Final = Path(__file__).parent / "ground" / "lighthouse"
"""Its package; `make` brings what it names, apart from everything that Tidings needs to run."""


async def measure(town: Town) -> list[Figure]:
    """Let it look at each page, one after the other, in a browser that has nothing of it yet."""
    target = f"{GROUND.relative_to(ROOT)}/node_modules/.installed"
    await asyncio.to_thread(subprocess.run, ["make", "-s", target], cwd=ROOT, check=True, stdout=sys.stderr)
    await town.define()
    runs = RUNS if town.size.people > 1_000 else 1
    async with browsing(town, min(10_000, town.size.people)) as (url, context):
        asked = {
            "chromium": shutil.which("chromium"),
            "url": url,
            "cookie": "; ".join(f"{each['name']}={each['value']}" for each in await context.cookies()),
            "paths": list(PAGES.values()),
            "runs": runs,
        }
        node = await asyncio.create_subprocess_exec(
            "node", "measure.mjs", json.dumps(asked), cwd=GROUND, stdout=subprocess.PIPE
        )
        try:
            async with asyncio.timeout(1200):
                said, _ = await node.communicate()
        finally:
            if node.returncode is None:
                node.kill()
                await node.wait()
    if node.returncode:
        raise RuntimeError(f"Lighthouse ended with {node.returncode}")
    seen = [json.loads(line) for line in said.decode().splitlines()]
    return [figure for name, path in PAGES.items() for figure in _figures(name, [s for s in seen if s["path"] == path])]


def _figures(name: str, runs: list[dict[str, Any]]) -> list[Figure]:
    middle = {key: median(each[key] for each in runs) for key in runs[0] if isinstance(runs[0][key], int | float)}
    faults = sorted({fault for each in runs for fault in each["faults"]})
    note = (
        f"median of {len(runs)} ({', '.join(str(each['performance']) for each in runs)}); Lighthouse's preset for desktops; largest paint "
        f"{middle['lcp']:.0f} ms, first {middle['fcp']:.0f} ms, blocked {middle['tbt']:.0f} ms, shift {middle['cls']:.3f}; "
        f"{middle['requests']:.0f} requests, {middle['kilobytes']:.0f} kB"
    )
    performance = Figure(
        f"Lighthouse, performance of {name}", middle["performance"], "of 100", floor=GATE, aim="95", note=note
    )
    accessibility = Figure(
        f"Lighthouse, accessibility of {name}",
        middle["accessibility"],
        "of 100",
        floor=GATE,
        aim="95",
        note=f"faults: {', '.join(faults)}" if faults else "no fault found",
    )
    return [performance, accessibility]
