"""Templates written to do harm: both ways of rendering refuse or bound them."""

import sys
import time
from typing import Any

import pytest
from liquid.lex import get_lexer

from tests.content.rendering import NOW, interpret, outcome
from tidings.content.liquid import RenderError, State, parse
from tidings.content.liquid.filters.dates import form_date
from tidings.content.liquid.tokens import template
from tidings.kernel.problems import Invalid
from tidings.kernel.times import to_datetime

WORDS = ("customer", "event", "x")
VALUES: dict[str, Any] = {
    "customer": {"name": "Ada", "long": "a" * 60_000, "list": list(range(1000))},
    "event": {},
    "x": {},
}


def both(source: str, html: bool = False) -> list[str]:
    script = parse(source, html=html, roots=WORDS)
    messages = []
    for interpreted in (False, True):
        began = time.perf_counter()
        kind, message = outcome(script, VALUES, interpreted)
        assert time.perf_counter() - began < 8
        assert kind == "error", message[:100]
        messages.append(message)
    return messages


@pytest.mark.parametrize(
    "path",
    [
        "customer.__class__",
        "customer.name.__class__.__mro__",
        "customer['__class__']",
        "customer.list.append",
        "customer.name.format",
        "x.__globals__",
        "customer.keys",
        "customer.__getitem__",
    ],
)
def test_no_name_reaches_into_the_program(path: str) -> None:
    assert all(message.endswith("is missing") for message in both(f"{{{{ {path} }}}}"))


@pytest.mark.parametrize(
    "name",
    [
        "k0",
        "given",
        "state",
        "__builtins__",
        "meter",
        "out",
        "w",
        "g0",
        "l0",
        "import",
        "lambda",
        "exec",
        "None",
        "class",
        "def",
        "text",
        "now",
    ],
)
def test_names_that_look_like_code_are_names(name: str) -> None:
    source = (
        f"{{% assign {name} = 5 %}}{{{{ {name} }}}}{{% for {name} in (1..2) %}}{{{{ {name} }}}}{{% endfor %}}"
        f"{{{{ customer.{name} }}}}{{{{ {name} | date: '' }}}}"
    )
    script = parse(source, html=False, roots=WORDS)
    assert (
        script.render({"customer": {name: "v"}}, State(NOW)) == "512v" == interpret(script, {"customer": {name: "v"}})
    )


@pytest.mark.parametrize(
    "text",
    [
        "'+__import__('os')+'",
        '"""',
        "\\",
        "\n\nraise SystemExit",
        "{{'",
        "#",
        "\x00",
        "\u2028",
        "%s{0}",
        "]);import os",
    ],
)
def test_text_that_looks_like_code_is_text(text: str) -> None:
    source = text.replace("{{", "") + "{{ customer.name }}"
    script = parse(source, html=False)
    assert script.render(VALUES, State(NOW)) == source.replace("{{ customer.name }}", "Ada")


def test_keyword_arguments_are_constants() -> None:
    with pytest.raises(Invalid, match="unexpected keyword"):
        parse("{{ customer.name | default: 1, __class__: 2 }}", html=False)


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in (1..1000) %}{% for b in (1..1000) %}{% for c in (1..1000) %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in (1..99999999999) %}x{% endfor %}",
        "{% for a in (1..200) %}{% for b in customer.list %}{% assign y = a %}{% endfor %}{% endfor %}",
        "{% tablerow a in (1..99999999) %}{% endtablerow %}",
        "{% for a in (1..90000) %}" + "y" * 1000 + "{% endfor %}",
        "{% for a in (1..1000) %}{% capture z %}" + "y" * 10000 + "{% endcapture %}{% endfor %}",
        "{% assign y = 'aaaaaaaaaa' %}{% for a in (1..40) %}{% assign y = y | append: y %}{% endfor %}",
        "{{ customer.long | replace: 'a', customer.long }}",
        "{{ (1..999999999) | join: ',' }}",
        "{{ (1..999999999) | reverse | first }}",
        "{% assign y = 9 %}{% for a in (1..60) %}{% assign y = y | times: y %}{% endfor %}{{ y }}",
        "{{ '1e309' | plus: 1 | times: '9e307' | times: 99 }}",
        "{% assign y = customer.list %}{% for a in (1..30) %}{% assign y = y | concat: y %}{% endfor %}",
        "{% assign y = customer.list %}{% for a in (1..40) %}{% assign y = y | push: y %}{% endfor %}{{ y }}",
        "{% assign y = customer.list %}{% for a in (1..40) %}{% assign y = y | unshift: y %}{% endfor %}{{ y | json }}",
        "{% assign y = customer.long | split: ',' %}{% for a in (1..40) %}{% assign y = y | push: y %}{% endfor %}{{ y }}",
        "{{ customer.long }}" * 40,
        "{% for a in (1..3) %}{% if a == 2 %}{{ customer.long | upcase }}{% endif %}{{ customer.gone }}{% endfor %}",
        "{{ customer.long | from_json }}",
        "{{ 99999999999999999999999 | add_year: 99999999999 }}",
        "{{ 'now' | date: '%F', '../../etc/passwd' }}",
    ],
)
def test_what_costs_too_much_is_stopped(source: str) -> None:
    both(source)


MUCH = 980_000
"""Characters, almost as many as a text may have."""


@pytest.mark.parametrize(
    ("part", "before", "after", "says"),
    [
        ("{{", "", "", "`{{` is not closed"),
        ("{{", "{% comment %}", "{% endcomment %}", ""),
        ("{{", "{% comment %}{{ '{% raw %}' }}", "{% endraw %}{% endcomment %}", ""),
        ("{%=", "{% comment %}", "%}{% endcomment %}", ""),
        ("{%", "{% comment %}", "", "never closed"),
        ("{", "", "", "`{{` is not closed"),
        (" ", "{{ customer.name", "}}", ""),
        (" ", "{{", "}}", "a value is missing"),
        (" ", "{% if customer.name", "%}{% endif %}", ""),
        (" ", "{% liquid assign a = 1", "b\n%}", "hold more than 100000 characters"),
        ("(", "{{ ", " }}", "hold more than 100000 characters"),
        ("{{ " + "(" * 90 + " }}", "", "", ""),
        ("{% doc %}", "", "", "`{% doc %}` is not closed"),
        ("{% raw %}", "", "", "`{% raw %}` is not closed"),
        ("{{ x }}", "", "", "more than 10000 tags"),
        ("assign a = 1\n", "{% liquid\n", "%}", "hold more than 100000 characters"),
        (
            "{% if customer.a == 1 and customer.b > 2 or customer.c == 3 %}y{% endif %}",
            "",
            "",
            "hold more than 100000 characters",
        ),
    ],
)
def test_no_text_takes_longer_to_read_than_its_length(part: str, before: str, after: str, says: str) -> None:
    source = before + part * (MUCH // len(part)) + after
    began = time.process_time()
    try:
        parse(source, html=True, roots=WORDS)
        message = ""
    except Invalid as invalid:
        message = invalid.problems[0].message
    assert time.process_time() - began < 8  # what was quadratic took hours
    assert says in message


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{% liquid assign a = 1" + " " * 90_000 + "b\n%}", "200 spaces in a row"),
        ("{{ " + "(" * 90_000 + " }}", "more than 100 brackets"),
        ("{% liquid\n" + "echo 1\n" * 12_000 + "%}", "more than 10000 lines"),
        ("{{ customer.name }}" * 6_000, ""),
        ("{% comment %}" + "{{ x | y }}" * 30_000 + "{% endcomment %}", "more than 10000 tags"),
    ],
)
def test_what_tags_hold_is_bounded(source: str, says: str) -> None:
    try:
        parse(source, html=True, roots=WORDS)
        message = ""
    except Invalid as invalid:
        message = invalid.problems[0].message
    assert says in message
    assert bool(says) == bool(message)


def test_faults_are_told_up_to_a_hundred() -> None:
    with pytest.raises(Invalid) as caught:
        parse("{{ gone }}" * 500, html=False)
    assert len(caught.value.problems) == 100


@pytest.mark.parametrize(
    "source",
    [
        "a {{- x -}} b{{-}}",
        "{% raw %}{{ x }} {% if {% endraw %}c",
        "{%- comment -%} {{ {% comment %}{% endcomment %}}} {%= {% endcomment -%}  d",
        "{% # a note %}{% if x %} 1 {%- else -%} 2 {% endif %}",
        "{{{ x }}} {%x%} { {",
        "{% doc %}{% nothing %}{% enddoc %}é",
    ],
)
def test_tokens_are_those_of_the_library(source: str) -> None:
    def read(tokens: Any) -> list[tuple[str, str, int]]:
        return [(token.kind, token.value, token.start_index) for token in tokens if token.value]

    assert read(template(source)) == read(get_lexer()(source))


def test_what_runs_too_long_is_stopped() -> None:
    state = State(NOW)
    state.meter.deadline = time.perf_counter() - 1
    script = parse("{% for a in (1..10) %}{{ a }}{% endfor %}", html=False)
    with pytest.raises(RenderError, match="longer than"):
        script.render({}, state)
    script.function = None
    with pytest.raises(RenderError, match="longer than"):
        script.render({}, state)


@pytest.mark.parametrize("depth", [31, 500])
def test_deep_blocks_are_refused(depth: int) -> None:
    with pytest.raises(Invalid, match=r"nesting|deep"):
        parse("{% if true %}" * depth + "{% endif %}" * depth, html=False)


@pytest.mark.parametrize("depth", [25, 29])
def test_deep_loops_still_render(depth: int) -> None:
    script = parse("{% for i in (1..1) %}" * depth + "x" + "{% endfor %}" * depth, html=False)
    assert script.render({}, State(NOW)) == "x"


def test_long_conditions_and_chains() -> None:
    for source in (
        "{% if " + " and ".join(["true"] * 3000) + " %}x{% endif %}",
        "{{ customer.name" + " | upcase" * 3000 + " }}",
    ):
        try:
            shown = parse(source, html=False).render(VALUES, State(NOW))
        except Invalid as error:
            shown = str(error)
        assert shown in ("x", "ADA") or "deep" in shown


def test_deep_values_are_no_crash() -> None:
    deep: Any = "x"
    for _ in range(sys.getrecursionlimit() * 2):
        deep = [deep]
    for source in (
        "{{ customer.deep }}",
        "{{ customer.deep | json }}",
        "{{ customer.deep | uniq }}",
        "{{ customer.deep | join }}",
    ):
        script = parse(source, html=True)
        for interpreted in (False, True):
            kind, _ = outcome(script, {"customer": {"deep": deep}}, interpreted)
            assert kind == "error"


def test_a_date_form_is_bounded() -> None:
    assert form_date(to_datetime(NOW), "%999999999d") == "%999999999d"


def test_what_people_send_is_never_a_template() -> None:
    values = {"customer": {"name": "{{ customer.secret }}{% unsubscribe_url %}", "secret": "s"}}
    for source in (
        "{{ customer.name }}",
        "{% assign y = customer.name %}{{ y | append: '' }}",
        "{% capture y %}{{ customer.name }}{% endcapture %}{{ y }}",
    ):
        assert parse(source, html=False).render(values, State(NOW)) == values["customer"]["name"]


def test_html_in_values_is_text() -> None:
    values = {"customer": {"name": "<script>alert(1)</script>\" onclick='x'"}, "event": {}}
    for use in (
        "",
        " | upcase",
        " | append: '!'",
        " | truncate: 99",
        " | split: '>' | join: '>'",
        " | json",
        " | url_encode | url_decode",
        " | escape_once",
        " | newline_to_br",
    ):
        shown = parse("{{ customer.name" + use + " }}", html=True).render(values, State(NOW))
        assert "<" not in shown
        assert '"' not in shown
        assert "'" not in shown
