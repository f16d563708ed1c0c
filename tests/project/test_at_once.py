"""A fault that is told where it stands alone is told beside all others too: whoever mends what one `check` says has mended it all."""

import shutil
from pathlib import Path

import pytest

from tests.project.test_project import DEMO, edit
from tidings.project import stories
from tidings.project.check import check
from tidings.project.folder import read_readable

FAULTS = [
    ("tidings.toml", 'sender = "team"', 'sender = "team"\nquick = true'),
    ("tidings.toml", '"hello@brightboard.example"', '"hello"'),
    ("tidings.toml", 'name = "Tips"\n', ""),
    ("tidings.toml", '"5 per 7 days"', '"5 a week"'),
    ("journeys/onboarding.yaml", "event: Signed Up", "evnt: Signed Up"),
    ("journeys/onboarding.yaml", "audience: email is present", "audience: email was present"),
    ("journeys/onboarding.yaml", "wait: 5 seconds", "wait: 5"),
    ("journeys/onboarding.yaml", "send: first-project", "send: first-projct"),
    ("journeys/onboarding.yaml", "set: {onboarded: true}", "subscribe: tps"),
    ("journeys/orders.yaml", '"good-customers"', '"god-customers"'),
    ("journeys/orders.yaml", "{good_customer: true}", "{id: x}"),
    ("journeys/cart.yaml", "only_if: phone is present", "onlyif: phone is present"),
    ("journeys/comments.yaml", "steps:", "steps:\n  - {id: go, start: crt}"),
    ("journeys/cart.yaml", "send: cart-reminder", "go_to: thnk"),
    ("journeys/comments.yaml", "trigger:", "priority: 1\nnme: x\ntrigger:"),
    ("segments/stalled-trials.yaml", "note:", "nte:"),
    ("segments/stalled-trials.yaml", '"active"', '"activ"'),
    ("templates/welcome.mjml", "preheader: Three", "preheader: '{{ nobody }}'\nexpires: soon\nx: Three"),
    ("templates/welcome.mjml", "<mj-column>", "<mj-colum></mj-colum><mj-column>"),
    ("templates/welcome.mjml", "customer.first_name | default", "customer.first_name | defalt"),
    ("templates/tips-short.md", "topic: tips", "topic: tps"),
    ("templates/tips-short.md", "Three shortcuts that", "{{ shortcuts }} that"),
    ("templates/tips-story.md", "channel: email", "channel: email\npolicy: often\nfrom: them"),
    ("tests/onboarding.yaml", "- {event: Signed Up, with", "- {evnt: Signed Up, with"),
    ("tests/onboarding.yaml", "{message: welcome, contains: Ada}", "{message: welcom, contains: Ada}"),
    ("tests/shop.yaml", "journeys: [cart]", "journeys: [crt]"),
]


def said(folder: Path) -> set[tuple[str, str]]:
    project = read_readable(folder)
    return {(problem.file, problem.message) for problem in [*check(project), *stories.check(folder, project)]}


@pytest.fixture
def all_at_once(tmp_path: Path) -> set[tuple[str, str]]:
    shutil.copytree(DEMO, tmp_path / "whole")
    for file, old, new in FAULTS:
        edit(tmp_path / "whole" / file, old, new)
    return said(tmp_path / "whole")


def test_all_faults_are_told_at_once(tmp_path: Path, all_at_once: set[tuple[str, str]]) -> None:
    alone: set[tuple[str, str]] = set()
    for number, (file, old, new) in enumerate(FAULTS):
        folder = tmp_path / str(number)
        shutil.copytree(DEMO, folder)
        edit(folder / file, old, new)
        assert any(place == file for place, _ in said(folder)), (file, new)
        alone |= said(folder)
    assert alone == all_at_once
