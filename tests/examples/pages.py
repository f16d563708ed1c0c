"""The pages of docs/examples/: each example backtested on its history, in tables. `make docs` writes them, a test keeps them current.

python -m tests.examples.pages
"""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from tests.conftest import Database, cloned, named, run
from tests.examples.history import EXAMPLES, History, live, of
from tests.processor.town import Town
from tidings.database.access import Workspace
from tidings.database.embedded import Embedded
from tidings.database.migrate import migrate
from tidings.journeys import read as read_journey
from tidings.journeys.goal import show_amount
from tidings.journeys.step import every
from tidings.kernel.ids import read as read_id
from tidings.kernel.times import DAY, HOUR, MINUTE, SECOND, show_duration
from tidings.project.numbers import went
from tidings.simulate import kept
from tidings.simulate.backtest import Asked, Result, backtest
from tidings.simulate.measure import Calibration, Count, Measure, Sample

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "docs" / "examples"


async def page(database: Database, folder: Path) -> str:
    """Let an example's people live in a fresh database, backtest its journeys, and give its page."""
    history = of(folder.name)
    town = await live(database, folder)
    try:
        parts = [_head(folder.name, town, history)]
        for journey in town.body["journeys"]:
            parts.append(await _journey(town, history, journey))
    finally:
        await town.close()
    return "\n".join(parts)


async def _journey(town: Town, history: History, journey: str) -> str:
    own = Workspace(town.workspace, "examples", town.secret)
    asked = Asked(journey, [("live", town.body, True)], days=history.window, until=history.end)
    id = await backtest(town.database.pool, town.database.url, own, asked, processes=0)
    async with town.database.pool.acquire() as connection:
        found = await kept.read(connection, town.workspace, id)
        samples = await kept.samples(connection, read_id(id) or b"", 0)
    assert found is not None
    assert found.result is not None, found.reason
    result = msgspec.convert(found.result, Result)
    count = msgspec.convert(result.count, Count)
    return "\n".join(_told(town.body["journeys"][journey]["document"], result, count, samples))


def _head(name: str, town: Town, history: History) -> str:
    titles = [entry["document"].get("name") or id for id, entry in town.body["journeys"].items()]
    file = f"../../tests/examples/histories/{name.replace('-', '_')}.py"
    return f"""# {titles[0]}

The example [{name}](../../examples/{name}), backtested on a history made for it.

**The history**: {history.says}

It lasts {history.days} days, of which the last {history.window} are backtested. Messages are received, opened and clicked
at rates of their own. A seed draws all of it ([how]({file})), a real worker lived through it, and `make docs` writes this page: it
says what [`tidings backtest`](../guides/rehearse.md#backtest) says.
"""


def _told(document: dict[str, Any], result: Result, count: Count, samples: list[Sample]) -> Iterator[str]:
    side, steps = count.sides[0], [step.id for step in every(read_journey(document).steps)]
    yield f"## `{document['journey']}`\n"
    yield f"{result.window[0][:10]} to {result.window[1][:10]}, {count.people:,} people, {count.inputs:,} inputs.\n"
    yield f"**Calibration**: {_calibration(result, count.calibration)}\n"
    took = f"; a run took {_about(result.medians[0])} at the median" if result.medians[0] else ""
    yield f"**Entered**: {side.people:,} people, {side.entries:,} times{took}.\n"
    yield from _list("Not let in", side.refused)
    yield _steps(side, steps, {sample.step: sample.subject or sample.text.strip() for sample in reversed(samples)})
    yield from _list("How runs ended", side.ended)
    for fate in ("refused", "failed", "cancelled"):
        yield from _list(f"Messages {fate}", side.reasons.get(fate, {}))
    yield from _list("Held back for a while", side.held)
    if document.get("goal"):
        worth = ", ".join(show_amount(value, currency) for currency, value in sorted(side.value.items()))
        part = f" ({side.goals / side.entries:.0%} of entries)" if side.entries else ""
        yield f"**Goal** reached by {side.goals:,} runs{part}" + (f", worth {worth}" if worth else "") + ".\n"
    if side.rendered:
        yield f"{side.rendered:,} messages were rendered, {sum(side.failures.values()):,} of them failed.\n"
    told = [line for line in result.assumed if not line.startswith("The version in force")]
    yield "**Assumed**\n"
    yield "\n".join(f"- {line}" for line in told) + "\n"


def _about(seconds: int) -> str:
    """Give a duration to the hour, or to the minute where it is shorter than a day."""
    unit = HOUR if seconds * SECOND >= DAY else MINUTE
    return show_duration(round(seconds * SECOND / unit) * unit)


def _calibration(result: Result, found: Calibration) -> str:
    assert result.agreement is not None
    real = sum(counts[0] for counts in found.moves.values())
    part = "100 %" if result.agreement == 1 else f"{min(result.agreement * 100, 99.99):.2f} %"
    off = "".join(f" {line}." for line in found.examples[:5])
    return f"{part} of all moves agree: the version in force, played over these days, beside what it really did ({real:,} moves).{off}"


def _steps(side: Measure, steps: list[str], subjects: dict[str, str]) -> str:
    fates = ("sent", "refused", "failed", "cancelled", "waiting")
    used = [fate for fate in fates if any(fate in counts for counts in side.messages.values())]
    after = bool(side.goal_after)
    heads = [
        "step",
        "passed",
        "skipped",
        "left",
        "there now",
        *used,
        *(["goal after*"] if after else []),
        "reads, for example",
    ]
    rows = []
    for step in steps:
        moves, letters = side.steps.get(step, {}), side.messages.get(step, {})
        cells = [f"`{step}`", *went(moves), side.standing.get(step, 0)]
        cells += [letters.get(fate, 0) for fate in used] + ([side.goal_after.get(step, 0)] if after else [])
        rows.append(
            [*(f"{cell:,}" if isinstance(cell, int) and cell else cell or "" for cell in cells), subjects.get(step, "")]
        )
    lines = [heads, ["---", *["---:"] * (len(heads) - 2), "---"], *rows]
    star = "\n\\* a coincidence: only a control group shows what a message changed.\n" if after else ""
    return (
        "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
        + star
    )


def _list(title: str, counts: dict[str, int]) -> Iterator[str]:
    if counts:
        most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:6]
        yield (
            f"**{title}**: "
            + "; ".join(f"{number:,} × {reason or 'no reason given'}" for reason, number in most)
            + ".\n"
        )


# Writing them


async def write() -> None:
    """Write all pages, by a PostgreSQL of its own."""
    base = Path(tempfile.mkdtemp(prefix="tidings-docs-"))
    server = Embedded(base, memory=512 << 20, keeps=False)
    try:
        url = server.start()
        await run(url, "CREATE DATABASE tidings_template")
        await migrate(named(url, "tidings_template"))
        for folder in EXAMPLES:
            async with cloned(url, "tidings_template") as database:
                (FOLDER / f"{folder.name}.md").write_text(await page(database, folder), encoding="utf-8")
    finally:
        server.stop()
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    FOLDER.mkdir(exist_ok=True)
    asyncio.run(write())
