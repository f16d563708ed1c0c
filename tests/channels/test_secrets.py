"""A workspace reaches the secrets it was given and no others, however they are named."""

import pytest

from tests.conftest import Database
from tidings.channels import secrets
from tidings.channels.means import means_for
from tidings.channels.provider import Means, Missing
from tidings.channels.secrets import Owner
from tidings.database.access import create_workspace

FIRST, SECOND = Owner(1, "staging", True, {}), Owner(2, "production", False, {})
ALLOTTED = {"production": ("TIDINGS_SECRET_SMTP", "TIDINGS_SECRET_SHOP_*", "CRM")}


@pytest.mark.parametrize("name", ["TIDINGS_SECRET_SMTP", "TIDINGS_SECRET_X"])
def test_without_a_word_of_the_operator_all_are_the_first_workspaces(name: str) -> None:
    assert FIRST.may_name(name, {})
    assert not SECOND.may_name(name, {})


@pytest.mark.parametrize("name", ["PATH", "TIDINGS_KEY", "TIDINGS_DATABASE_URL", "CRM"])
def test_what_is_no_secret_by_its_name_is_nobodys(name: str) -> None:
    assert not FIRST.may_name(name, {})
    assert not SECOND.may_name(name, {})


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("TIDINGS_SECRET_SMTP", False, True),
        ("TIDINGS_SECRET_SMTP_2", True, False),
        ("TIDINGS_SECRET_SHOP_SMS", False, True),
        ("TIDINGS_SECRET_SHOP", True, False),
        ("CRM", False, True),
        ("TIDINGS_KEY", False, False),
    ],
)
def test_what_is_listed_for_one_is_no_others(name: str, first: bool, second: bool) -> None:
    assert (FIRST.may_name(name, ALLOTTED), SECOND.may_name(name, ALLOTTED)) == (first, second)


def test_a_workspace_with_a_list_has_what_it_lists() -> None:
    both = {**ALLOTTED, "staging": ("TIDINGS_SECRET_SMTP",)}
    assert FIRST.may_name("TIDINGS_SECRET_SMTP", both)
    assert SECOND.may_name("TIDINGS_SECRET_SMTP", both)
    assert not FIRST.may_name("TIDINGS_SECRET_X", both)


async def test_the_same_name_is_each_workspaces_own(database: Database) -> None:
    async with database.pool.acquire() as connection:
        ids = [(await create_workspace(connection, name)).id for name in ("staging", "production")]
        await secrets.keep(connection, ids[1], "TIDINGS_SECRET_CRM", "theirs", bytes(32), "ann@example.com")
        first, second = [await secrets.owner(connection, id) for id in ids]
    means = Means(environ={"TIDINGS_SECRET_CRM": "ours", "TIDINGS_SECRET_SMTP": "hush"}, key=lambda: bytes(32))
    assert means_for(means, first).secret("TIDINGS_SECRET_CRM") == "ours"
    assert means_for(means, second).secret("TIDINGS_SECRET_CRM") == "theirs"
    assert set(means_for(means, second).environ) == {"TIDINGS_SECRET_CRM"}
    with pytest.raises(Missing, match="the secret TIDINGS_SECRET_SMTP is none of the workspace production"):
        means_for(means, second).secret("TIDINGS_SECRET_SMTP")
    with pytest.raises(Missing, match="TIDINGS_SECRET_GONE is not set, neither in the app nor in the environment"):
        means_for(means, first).secret("TIDINGS_SECRET_GONE")
