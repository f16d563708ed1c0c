"""Rehearsals done apart: one that somebody cancels ends early, and whoever is told to stop meanwhile stops."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Database
from tidings.database.access import create_workspace
from tidings.simulate import background, kept
from tidings.simulate.backtest import Asked


async def test_who_is_told_to_stop_while_a_cancelled_one_ends_stops(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ending, may_end = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def done(*_: Any) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ending.set()
            await may_end.wait()

    monkeypatch.setattr(background, "_done", done)
    monkeypatch.setattr(background, "_SIGN", 0.0)
    async with database.pool.acquire() as connection:
        workspace = (await create_workspace(connection, "town")).id
        await background.ask(connection, workspace, background.Job("simulation", Asked("j", []), 1))
        id = await kept.claim(connection)
        assert id is not None
        working = asyncio.ensure_future(background.work(database.pool, database.url, id))
        await begun.wait()
        assert await kept.cancel(connection, workspace, id)
        await ending.wait()
        working.cancel()
        may_end.set()
        await asyncio.wait({working})
    assert working.cancelled()
