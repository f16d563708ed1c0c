"""What a recipe leaves to its user: addresses that are examples, and a brand that nobody has said."""

import pytest

from tidings.people.catalog import Seen
from tidings.project.check import check
from tidings.project.folder import Project, Source
from tidings.project.placeholders import is_example
from tidings.project.recipes import Recipe, bring, recipes

SEEN = [Seen("track", "Payment Failed", "amount", ["number"], 1, 1, 1, "12")]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://billing.example.com/invoices/{{ event.invoice }}", True),
        ("https://api.shop.example/score", True),
        ("https://hooks.slack.com/services/T000/B000/XXXX", True),
        ("https://hooks.slack.com/services/T01/B02/a1B2XX", False),
        ("https://billing.example.com.shop.de/x", False),
        ("{{ customer.hook }}", False),
    ],
)
def test_an_example_is_told_from_a_real_address(address: str, expected: bool) -> None:
    assert is_example(address) is expected


@pytest.mark.parametrize("recipe", recipes().values(), ids=lambda recipe: recipe.id)
def test_a_recipe_leaves_nothing_of_its_own_product_behind(recipe: Recipe) -> None:
    """Whatever of it would reach a person: journeys and messages name no product, no address of one, no sender."""
    brought = bring(recipe, {}, Project())
    told = repr((brought.journeys, brought.segments, [each.text for each in brought.templates.values()]))
    assert "rightboard" not in told
    assert ".example/" not in told


def test_what_still_stands_for_something_else_is_warned_of() -> None:
    brought = bring(recipes()["dunning"], {}, Project())
    settings = {"workspace": "w", "senders": {"team": {"email": "a@shop.de"}}, "sender": "team"}
    settings |= {"channels": {"email": {"provider": "mailbox"}}}
    project = Project(settings, {}, brought.journeys, brought.templates)
    said = {problem.message for problem in check(project, SEEN) if problem.warning}
    assert {
        "the address at billing.example.com is only an example",
        "the brand has no website yet: messages that show it would fail",
        "the brand has no postal address yet: messages that show it would fail",
    } <= said
    address = ("address", "https://billing.example.com/invoices/{{ event.invoice }}/retry", "")
    own = bring(recipes()["dunning"], {address: "https://pay.shop.de/{{ event.invoice }}"}, Project())
    settings["brand"] = {"website": "https://shop.de", "address": "1 Street"}
    said = {problem.message for problem in check(Project(settings, {}, own.journeys, own.templates), SEEN)}
    assert not {each for each in said if "brand" in each or "example" in each}
    assert own.journeys["dunning"]["steps"][0]["webhook"] == "https://pay.shop.de/{{ event.invoice }}"


def test_what_a_brand_has_by_itself_is_not_warned_of() -> None:
    text = "---\nchannel: email\nsubject: Hi\n---\nHello from {{ brand.name }}"
    project = Project({"workspace": "w"}, {}, {}, {"hello": Source(text, "markdown")})
    assert not [each for each in check(project, SEEN) if "brand" in each.message]
