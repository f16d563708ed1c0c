"""Recipes are the example projects, in the words of whoever takes one."""

from dataclasses import replace

import pytest

from tidings import journeys
from tidings.project.check import check
from tidings.project.folder import KINDS, Project, Source
from tidings.project.naming import Key
from tidings.project.recipes import Recipe, bring, is_known, likely, recipes
from tidings.project.seen import Known

ALL = list(recipes().values())
THINGS = {"track", "page", "screen", "person", "company"}


def named(recipe: Recipe, **own: str) -> dict[Key, str]:
    return {key: own[key[2] or key[1]] for key in recipe.needs() if (key[2] or key[1]) in own}


def test_there_are_ten_and_each_says_what_it_does() -> None:
    assert len(ALL) == 10
    assert all(each.title and each.about.endswith(".") and len(each.about) < 200 for each in ALL)


@pytest.mark.parametrize("recipe", ALL, ids=lambda recipe: recipe.id)
def test_the_same_names_give_the_same_documents(recipe: Recipe) -> None:
    """Nothing is lost on the walk, and a recipe has no kind of document that would not come along."""
    same = recipe.named(lambda key: key[2] or key[1])
    for kind in KINDS:
        assert getattr(same, kind.folder) == getattr(recipe.project, kind.folder)


@pytest.mark.parametrize("recipe", ALL, ids=lambda recipe: recipe.id)
def test_other_names_reach_every_place_and_leave_it_right(recipe: Recipe) -> None:
    """With every name another one, no former name is left, and the whole is without a fault."""
    others = {key: f"own_{number}" for number, key in enumerate(recipe.needs()) if key[0] in THINGS}
    brought = bring(recipe, others, Project())
    for document in brought.journeys.values():
        assert journeys.write(journeys.read(document)) == document
    made = replace(
        recipe.project, journeys=brought.journeys, templates=brought.templates, segments=brought.segments, places={}
    )
    assert check(made) == []
    again = Recipe(recipe.id, recipe.title, recipe.about, made).needs()
    assert sorted(key[2] or key[1] for key in again if key[0] in THINGS) == sorted(others.values())


def test_a_rule_a_trigger_and_a_message_take_the_workspaces_names() -> None:
    recipe = recipes()["abandoned-cart"]
    own = {
        "Cart Updated": "cart updated",
        "total": "sum",
        "cart_id": "cart",
        "first_name": "name.first",
        "phone": "a b",
    }
    brought = bring(recipe, named(recipe, **own), Project())
    cart = brought.journeys["cart"]
    assert cart["trigger"] == {"event": "cart updated", "where": "sum > 0"}
    assert cart["run_per"] == "event.cart"
    assert cart["goal"]["value"] == "sum"
    assert cart["steps"][-1]["only_if"] == "`a b` is present and event.sum >= 100"
    assert "Hello {{ customer.name.first |" in brought.templates["cart"].text
    assert "{{ event.sum }} €" in brought.templates["cart"].text


def test_what_a_workspace_has_is_used_and_what_means_something_else_keeps_its_name() -> None:
    recipe = recipes()["win-back"]
    there = Project(
        {"workspace": "w", "topics": {"letters": {"name": "Letters"}}},
        segments={"lapsed": {"segment": "lapsed", "rule": 'plan = "gone"'}},
        journeys={"win-back": {"journey": "win-back"}},
        templates={
            "an-offer": Source("something else", "markdown"),
            "what-is-new": recipe.project.templates["what-is-new"],
        },
    )
    alone = bring(recipe, {}, there)
    assert (list(alone.journeys), list(alone.segments), list(alone.topics)) == (["win-back-2"], [], ["product-news"])
    assert sorted(alone.templates) == ["an-offer-2", "one-last-question"]
    assert alone.journeys["win-back-2"]["journey"] == "win-back-2"
    assert alone.journeys["win-back-2"]["steps"][0]["split"][1]["steps"][0]["send"] == "an-offer-2"
    chosen = bring(recipe, named(recipe, **{"product-news": "letters", "lapsed": "gone"}), there)
    assert (list(chosen.segments), list(chosen.topics)) == ([], [])
    assert chosen.journeys["win-back-2"]["trigger"] == {"segment": "entered gone"}
    assert "\ntopic: letters\n" in chosen.templates["an-offer-2"].text


def test_a_name_spelt_otherwise_is_found() -> None:
    known = Known({("track", "signed_up"): {"Plan"}}, {"phone"}, {"company": {"Seats"}})
    there = Project(segments={"Paying": {}})
    assert not is_known(("track", "Signed Up", ""), known, there)
    assert likely(("track", "Signed Up", ""), known, there) == "signed_up"
    assert likely(("track", "Signed Up", "plan"), known, there) == "Plan"
    assert likely(("company", "", "seats"), known, there) == "Seats"
    assert likely(("segment", "paying", ""), known, there) == "Paying"
    assert likely(("person", "", "plan"), known, there) == ""
    assert is_known(("person", "", "phone"), known, there)
