"""Samples: what is said of all from some is right as often as it claims, and exact once everybody was looked at."""

import random

import anyio
import anyio.lowlevel
import pytest

from tidings.project.matching import Turns, interval


@pytest.mark.parametrize("share", [0.0, 0.001, 0.02, 0.3, 0.97, 1.0])
def test_the_margin_holds_about_19_times_of_20(share: float) -> None:
    dice, total, looked = random.Random(7), 20_000, 1_280
    truth = round(total * share)
    right = 0
    for _ in range(400):
        found = sum(1 for each in dice.sample(range(total), looked) if each < truth)
        low, high = interval(looked, found, total)
        assert found <= low <= high <= total - looked + found
        right += low <= truth <= high
    assert right >= 0.92 * 400


def test_it_is_exact_at_the_end_and_says_nothing_before_the_beginning() -> None:
    assert interval(500, 20, 500) == (20, 20)
    assert interval(0, 0, 500) == (0, 500)


async def test_turns_are_waited_for_and_too_many_are_told_so() -> None:
    turns, begun, go = Turns(most=1, waiting=1), anyio.Event(), anyio.Event()
    had: list[str] = []

    async def look(name: str) -> None:
        async with turns.turn() as has:
            assert has
            had.append(name)
            begun.set()
            await go.wait()

    async with anyio.create_task_group() as group:
        group.start_soon(look, "first")
        await begun.wait()
        group.start_soon(look, "second")
        await anyio.lowlevel.checkpoint()
        async with turns.turn() as has:
            assert not has
        assert had == ["first"]
        go.set()
    assert had == ["first", "second"]
    async with turns.turn() as has:
        assert has
