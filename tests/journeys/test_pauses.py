"""What becomes of messages that became due while their journey was paused."""

from hypothesis import given
from hypothesis import strategies as st

from tidings.journeys import pauses
from tidings.journeys.pauses import HELD, Pause, Release
from tidings.kernel.times import DAY, HOUR

ID = bytes(16)
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
    assert pauses.release([pause], 11 * DAY, ID) == Release(13 * DAY)
    assert pauses.release([pause._replace(held="skip")], 11 * DAY, ID).skipped
    shifted = pause._replace(held="shift")
    assert pauses.release([shifted], 11 * DAY, ID) == Release(14 * DAY, 3 * DAY)
    for due in (10 * DAY - 1, 13 * DAY):
        assert pauses.release([shifted], due, ID) == Release(due), "outside of the pause nothing changes"
    assert (pauses.shifted([shifted], 2), pauses.shifted([shifted], 3)) == (3 * DAY, 0)
    assert pauses.shifted([pause], 2) == 0


def test_a_rate_spreads_messages_evenly() -> None:
    pause = Pause(0, DAY, 1, "send", over=HOUR)
    times = [pauses.release([pause], 5, (n << 56).to_bytes(8, "big") * 2).at for n in range(256)]
    assert times == sorted(times)
    assert times[0] == DAY
    assert DAY + HOUR - HOUR // 200 < times[-1] < DAY + HOUR
    quarters = [sum(DAY + q * HOUR / 4 <= time < DAY + (q + 1) * HOUR / 4 for time in times) for q in range(4)]
    assert quarters == [64] * 4


@given(st.lists(ONE, max_size=6).map(made), st.integers(0, 60 * DAY), st.binary(min_size=16, max_size=16))
def test_what_is_released_is_never_early_and_never_in_a_pause(found: list[Pause], due: int, id: bytes) -> None:
    release = pauses.release(found, due, id)
    assert release.at >= due
    assert release.later >= 0
    if not release.skipped:
        spread = {pause.end + HOUR for pause in found if pause.over}
        inside = [pause for pause in found if pause.start <= release.at < pause.end]
        assert not inside or any(release.at < end for end in spread), (
            "only what is spread may reach into the next pause"
        )


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=6))
def test_shifting_takes_the_pauses_out_of_the_calendar(parts: list[tuple[int, int]]) -> None:
    """Two messages keep the distance they have where there are no pauses."""
    found = made([(gap, length, "shift", 0) for gap, length in parts])
    for due in (0, DAY, 7 * DAY):
        first, second = (pauses.release(found, due + n * HOUR, ID) for n in range(2))
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
