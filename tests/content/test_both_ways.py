"""The compiled function and the interpreter are one language: the same text, or the same error, for whatever is written."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.content.rendering import outcome
from tests.content.test_filters import EXAMPLES
from tidings.content.liquid import parse
from tidings.content.liquid.filters import FILTERS
from tidings.kernel.problems import Invalid

NAMES = [
    "customer.a",
    "customer.b.c",
    "customer.list",
    "customer.list[0].n",
    "customer.gone",
    "event.items",
    "x",
    "y",
    "forloop.index",
    "i.n",
    "i",
]
NAMES += [
    "customer[x]",
    "customer.__class__",
    "x.size",
    "customer.list.first.n",
    "customer.class",
    "event.items.last",
    "customer.a.b.c",
    "n",
]
LITERALS = [
    "1",
    "0",
    "2.5",
    "-3",
    "'a'",
    "'<b>'",
    "''",
    "nil",
    "true",
    "false",
    "empty",
    "blank",
    "(1..3)",
    "(customer.num..3)",
    "'10'",
]
# What draws lots or has the machine's clock in it can't be the same twice.
STEADY = sorted(set(FILTERS) - {"random"})


def values() -> st.SearchStrategy[str]:
    return st.sampled_from(NAMES + LITERALS)


@st.composite
def filtered(draw: st.DrawFn) -> str:
    parts = [draw(values())]
    for _ in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from(STEADY))
        if name.endswith("_exp"):
            parts.append(
                f"{name}: 'one', \"{draw(st.sampled_from(['one.n > 1', 'one', 'one.n == x', 'one contains i']))}\""
            )
            continue
        arguments = draw(st.lists(values(), max_size=2))
        parts.append(name + (": " + ", ".join(arguments) if arguments else ""))
    return " | ".join(parts)


@st.composite
def conditions(draw: st.DrawFn) -> str:
    def one() -> str:
        left = draw(values())
        operator = draw(st.sampled_from(["", "==", "!=", "<", ">", "<=", ">=", "contains"]))
        return f"{left} {operator} {draw(values())}" if operator else left

    return f" {draw(st.sampled_from(['and', 'or']))} ".join(one() for _ in range(draw(st.integers(1, 3))))


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, max_size=2).map("".join)
    more = st.sampled_from(
        ["", " limit: 2", " offset: 1", " reversed", " limit: customer.num offset: 1", " limit: 0", " offset: continue"]
    )
    return st.one_of(
        st.builds(
            "{{% if {} %}}{}{{% elsif {} %}}{}{{% else %}}{}{{% endif %}}".format,
            conditions(),
            body,
            conditions(),
            body,
            body,
        ),
        st.builds("{{% unless {} %}}{}{{% endunless %}}".format, conditions(), body),
        st.builds("{{% for i in {}{} %}}{}{{% else %}}{}{{% endfor %}}".format, values(), more, body, body),
        st.builds(
            "{{% for i in {} %}}{}{{% if {} %}}{{% {} %}}{{% endif %}}{}{{% endfor %}}".format,
            values(),
            body,
            conditions(),
            st.sampled_from(["break", "continue"]),
            body,
        ),
        st.builds(
            "{{% case {} %}}{{% when {}, {} %}}{}{{% when {} %}}{}{{% else %}}{}{{% endcase %}}".format,
            values(),
            values(),
            values(),
            body,
            values(),
            body,
            body,
        ),
        st.builds("{{% capture {} %}}{}{{% endcapture %}}".format, st.sampled_from(["x", "y", "i"]), body),
        st.builds("{{% ifchanged %}}{}{{% endifchanged %}}".format, body),
        st.builds("{{% tablerow i in {} cols: 2 %}}{}{{% endtablerow %}}".format, values(), body),
    )


LEAVES = st.one_of(
    st.sampled_from(
        [
            "text",
            " ",
            "\n",
            "<b>&",
            "0",
            "{% increment n %}",
            "{% decrement n %}",
            "{% unsubscribe_url %}",
            "{% comment %}z{% endcomment %}",
        ]
    ),
    st.sampled_from(
        [
            "{% cycle 'a', customer.a %}",
            "{% cycle x: 1, 2 %}",
            "{% view_in_browser_url -%} ",
            "{% unsubscribe %}",
            "{% cio_link url:https://x.example/{{ x }} %}",
        ]
    ),
    filtered().map("{{{{ {} }}}}".format),
    filtered().map("{{{{- {} -}}}}".format),
    st.builds("{{% assign {} = {} %}}".format, st.sampled_from(["x", "y", "i"]), filtered()),
    filtered().map("{{% liquid\n echo {}\n%}}".format),
)
TEMPLATES = st.lists(st.recursive(LEAVES, blocks, max_leaves=5), max_size=3).map("".join)

DATA = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 10**6),
        st.floats(-100, 100).map(lambda n: round(n, 3)),
        st.sampled_from(["", "a", "n", "<i>&", "10", "2024-01-31T10:00:00Z", " x "]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b", "c", "n", "list", "first"]), inner, max_size=3),
    ),
    max_leaves=6,
)
GIVEN = st.fixed_dictionaries(
    {
        "customer": st.fixed_dictionaries(
            {"a": DATA, "num": st.integers(-1, 4)}, optional={"b": DATA, "list": st.lists(DATA, max_size=4)}
        ),
        "event": st.fixed_dictionaries({}, optional={"items": DATA}),
    }
)
ROOTS = ("customer", "event", "x", "y", "i", "n", "forloop")


def agree(source: str, data: dict[str, Any], html: bool) -> None:
    try:
        script = parse(source, html=html, roots=ROOTS)
    except Invalid:
        return
    kind, compiled = outcome(script, data, interpreted=False)
    other, interpreted = outcome(script, data, interpreted=True)
    assert (kind, compiled) == (other, interpreted), source


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=TEMPLATES, data=GIVEN, html=st.booleans())
def test_whatever_is_written(source: str, data: dict[str, Any], html: bool) -> None:
    agree(source, data, html)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=filtered().map("{{{{ {} }}}}".format), data=GIVEN, html=st.booleans())
def test_every_filter_on_anything(source: str, data: dict[str, Any], html: bool) -> None:
    agree(source, data, html)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="{}%-|:.'\"[]() \nabcustomerdxif=<>1", max_size=60))
def test_any_text_is_read_or_refused(source: str) -> None:
    agree(source, {"customer": {}, "event": {}}, True)


@pytest.mark.parametrize("source", [source for source, _ in EXAMPLES])
def test_filter_examples_in_html(source: str) -> None:
    if "random" not in source:
        agree(
            source,
            {"customer": {"when": 5, "colors": ["<a>"], "html": "<b>", "people": [{"a": "<", "t": 1}]}, "event": {}},
            True,
        )


def test_most_templates_are_compiled() -> None:
    source = (
        "{% for i in event.items %}{% if i.n > 1 %}{{ i.n | plus: 1 }}{% endif %}{% endfor %}"
        "{% case customer.a %}{% when 1 %}x{% endcase %}"
    )
    assert parse(source, html=True).function is not None
    assert parse("{% tablerow i in event.items %}{{ i }}{% endtablerow %}", html=True).function is None
