"""What becomes of messages that became due while their journey was paused."""

from hypothesis import given
from hypothesis import strategies as st

from tidings.journeys import pauses
from tidings.journeys.pauses import HELD, Pause, Release
from tidings.kernel.times import DAY, HOUR

ONE = st.tuples(st.integers(1, 5), st.integers(1, 5), st.sampled_from(HELD), st.sampled_from([0, HOUR]))


def made(parts: list[tuple[int, int, pauses.Held, int]]) -> list[Pause]:
    """Pauses one after the other: (days before it, days it lasts, what then, over)."""
    found, at = [], 0
    for number, (gap, length, held, over) in enumerate(parts, 1):
        start = at + gap * DAY
        at = start + length * DAY
        found.append(Pause(start, at, number, held, over if held == "send" else 0))
    return found


def test_each_choice_does_what_it_says() -> None:
    pause = Pause(10 * DAY, 13 * DAY, 3, "send")
    assert pauses.release([pause], 11 * DAY) == Release(13 * DAY, newest=True)
    assert pauses.release([pause._replace(held="skip")], 11 * DAY).skipped
    shifted = pause._replace(held="shift")
    assert pauses.release([shifted], 11 * DAY) == Release(14 * DAY, 3 * DAY)
    for due in (10 * DAY - 1, 13 * DAY):
        assert pauses.release([shifted], due) == Release(due), "outside of the pause nothing changes"
    assert (pauses.shifted([shifted], 2), pauses.shifted([shifted], 3)) == (3 * DAY, 0)
    assert pauses.shifted([pause], 2) == 0


def test_what_waits_at_a_rate_is_held_by_the_next_pause() -> None:
    first = Pause(0, DAY, 1, "send", over=HOUR)
    assert pauses.release([first], 5) == Release(DAY, newest=True)
    later = Pause(3 * DAY, 4 * DAY, 3, "send")
    assert pauses.release([first, later], 5) == Release(4 * DAY, newest=True)
    assert pauses.release([first._replace(over=0), later], 5) == Release(DAY), "else it went long ago"
    assert pauses.release([first, later._replace(held="skip")], 5).skipped
    assert pauses.release([first, later._replace(held="shift")], 5) == Release(2 * DAY, DAY)


@given(st.lists(ONE, max_size=6).map(made), st.integers(0, 60 * DAY))
def test_what_is_released_is_never_early_and_never_in_a_pause(found: list[Pause], due: int) -> None:
    release = pauses.release(found, due)
    assert release.at >= due
    assert release.later >= 0
    if not release.skipped:
        assert not [pause for pause in found if pause.start <= release.at < pause.end]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=6))
def test_shifting_takes_the_pauses_out_of_the_calendar(parts: list[tuple[int, int]]) -> None:
    """Two messages keep the distance they have where there are no pauses."""
    found = made([(gap, length, "shift", 0) for gap, length in parts])
    for due in (0, DAY, 7 * DAY):
        first, second = (pauses.release(found, due + n * HOUR) for n in range(2))
        assert second.at - first.at in (HOUR, *(HOUR + p.end - p.start for p in found)), (first, second)


def test_pauses_are_kept_in_a_journeys_entry() -> None:
    entry = {"version": 1, "status": "live", "document": {}}
    for n in range(30):
        entry = pauses.paused(entry, n * DAY)
        assert entry["status"] == "paused"
        entry = pauses.ended(entry, "live", n, n * DAY + HOUR, "shift")
    assert entry["status"] == "live"
    assert "paused_at" not in entry
    assert pauses.read(entry) == tuple(Pause(n * DAY, n * DAY + HOUR, n, "shift") for n in range(10, 30))
    assert pauses.ended({"status": "closed"}, "live", 1, 1) == {"status": "live"}
