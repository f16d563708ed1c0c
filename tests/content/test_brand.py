"""The brand: read from settings, checked field by field, printed by templates, absent where nothing is said."""

import pytest

from tidings.content import brand
from tidings.content.compile import compile
from tidings.content.template import read
from tidings.kernel.problems import Invalid
from tidings.project import workspace

SETTINGS = {"workspace": "w", "brand": {"address": "1 High Street", "accent": "#ff0000"}}


def test_it_is_read_and_written_back() -> None:
    assert workspace.write(workspace.read(SETTINGS)) == SETTINGS
    assert workspace.write(workspace.read({"workspace": "w"})) == {"workspace": "w"}


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ({"accent": "red"}, ("brand", "accent")),
        ({"logo": "javascript:alert(1)"}, ("brand", "logo")),
        ({"font": "a;}</style>"}, ("brand", "font")),
        ({"adress": "x"}, ("brand", "adress")),
        ({"name": 3}, ("brand", "name")),
    ],
)
def test_a_fault_is_named_with_its_field(table: dict[str, object], path: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        workspace.read({"workspace": "w", "brand": table})
    assert [problem.path for problem in refused.value.problems] == [path]


def test_templates_print_it_and_ask_whether_it_is_there() -> None:
    text = "{{ brand.name }} {{ brand.accent }}{% if brand.logo %} logo{% endif %}{% if brand.address %} at {{ brand.address }}{% endif %}"
    message = compile(read("t", text, "text"), layouts={}, snippets={})
    values = {"brand": brand.values(SETTINGS["brand"], "production", {})}  # type: ignore[arg-type]
    assert message.render(values).text == "production #ff0000 at 1 High Street"
