"""A step dragged over a canvas of 300, in Chromium: frames a second, and how long each keeps the page's only thread busy."""

import asyncio
import time
from statistics import median

from bench.ground.browsing import browsing
from bench.ground.figure import Figure
from bench.ground.town import Town

ORDER = 200
RUNS = 5
SECONDS = 3
GATE = 50
_COUNT = """() => {
  window.frames_drawn = [];
  const note = (now) => { window.frames_drawn.push(now); window.noting = requestAnimationFrame(note); };
  window.noting = requestAnimationFrame(note);
}"""
_COUNTED = """() => {
  cancelAnimationFrame(window.noting);
  const all = window.frames_drawn;
  return [(1000 * (all.length - 1)) / (all.at(-1) - all[0]), all.length];
}"""


async def measure(town: Town) -> list[Figure]:
    """Drag one of its steps to and fro, along the edge of the canvas too, so that the journey comes along."""
    await town.define()
    rates, costs, drawn = [], [], 0
    seconds = min(SECONDS, town.size.flow / 10)
    async with browsing(town, min(1_000, town.size.people)) as (_, context):
        page = await context.new_page()
        await page.goto("/bench/journeys/large")
        await page.get_by_role("button", name="Edit", exact=True).click()
        await page.get_by_role("button", name="Add a step before w3", exact=True).wait_for(state="attached")
        session = await context.new_cdp_session(page)
        await session.send("Performance.enable", {"timeDomain": "threadTicks"})
        for _ in range(RUNS):
            box = await page.locator("[data-step=w1]").bounding_box()
            if box is None:
                raise RuntimeError("the step is not there")
            x, y = box["x"] + 30, box["y"] + 20
            await page.mouse.move(x, y)
            await page.mouse.down()
            await page.mouse.move(x + 10, y + 10)
            await page.evaluate(_COUNT)
            before, end, n = await _busy(session), time.perf_counter() + seconds, 0
            while time.perf_counter() < end:
                n += 1
                await page.mouse.move(x + 200 * ((n % 40) / 40), 150 + 600 * ((n % 60) / 60))
                await asyncio.sleep(0.008)
            rate, count = await page.evaluate(_COUNTED)
            costs.append((await _busy(session) - before) * 1000 / count)
            rates.append(rate)
            drawn += count
            await page.keyboard.press("Escape")
            await page.mouse.up()
    note = (
        f"median of {RUNS} drags of {seconds:g} s each in Chromium without a screen, drawn by the processor; "
        f"{', '.join(f'{each:.0f}' for each in rates)} frames/s; {drawn} frames in all"
    )
    return [
        Figure(
            "frames while a step is dragged over a canvas of 300", median(rates), "/s", floor=GATE, aim="50", note=note
        ),
        Figure(
            "the page's thread, busy for a frame of it",
            median(costs),
            "ms",
            floor=16,
            aim="under 16",
            note="by its own clock",
            more=False,
        ),
    ]


async def _busy(session: object) -> float:
    """Give the seconds of processor time that the page's thread has taken."""
    said = await session.send("Performance.getMetrics")  # type: ignore[attr-defined]
    return float(next(each["value"] for each in said["metrics"] if each["name"] == "TaskDuration"))
