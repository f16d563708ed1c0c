"""The list of rejected records on a real database: in pages, narrowed, and searched a window after the other."""

import pytest

from tests.conftest import Database
from tidings.database.access import create_workspace
from tidings.kernel.ids import digest
from tidings.kernel.records import SECRET, Event, Record
from tidings.people import rejected
from tidings.people.rejected import Refusal, Wanted

REASONS = ("the email 'a@example.com' is taken", "the email 'b@example.com' is taken", "it is too large")


async def filled(database: Database) -> int:
    """Refuse a dozen records, every fourth of them a purchase; gives the workspace."""
    async with database.pool.acquire() as connection:
        workspace = (await create_workspace(connection, "town")).id
        for n in range(12):
            body = Event("Purchase" if n % 4 == 0 else "Visit", {"n": n})
            record = Record(digest("test", n), workspace, n % 2, SECRET, (("id", f"u{n}"),), n, n, body)
            await rejected.write(connection, [Refusal(workspace, n % 2, n, REASONS[n % 3], [], record)])
    return workspace


@pytest.mark.parametrize("oldest", [False, True])
@pytest.mark.parametrize("window", [1, 5, 12, 100])
async def test_a_search_finds_all_of_it_a_window_after_the_other(database: Database, window: int, oldest: bool) -> None:
    workspace = await filled(database)
    found, asked, before = [], 0, None
    async with database.pool.acquire() as connection:
        while True:
            page = await rejected.page(
                connection, workspace, Wanted(q="PURCHASE"), before=before, limit=2, oldest=oldest, window=window
            )
            found, asked, before = found + page.found, asked + 1, page.next
            if before is None:
                break
    at = [each.at for each in found]
    assert at == ([0, 4, 8] if oldest else [8, 4, 0])
    assert asked <= 12 // window + 3


async def test_reasons_are_counted_without_the_values_they_name(database: Database) -> None:
    workspace = await filled(database)
    async with database.pool.acquire() as connection:
        reasons = await rejected.reasons(connection, workspace)
        assert {reason: count for reason, count, _ in reasons} == {"the email … is taken": 8, "it is too large": 4}
        for reason, many in (("the email … is taken", 8), (REASONS[1], 4), ("it is too large", 4)):
            assert len((await rejected.page(connection, workspace, Wanted(reason, waiting=True))).found) == many
        of_one = Wanted(REASONS[0], source=1)
        assert [each.at for each in (await rejected.page(connection, workspace, of_one)).found] == [9, 3]
