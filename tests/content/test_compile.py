"""Publishing: from MJML, Markdown, HTML or text to what one recipient's values are filled into; and every fault with its place."""

import json
import re
import time
from contextlib import suppress
from typing import Any

import pytest

from tidings.content.compile import Form, compile
from tidings.content.liquid import RenderError
from tidings.content.message import Message, Rendered
from tidings.content.template import read
from tidings.kernel.problems import Invalid, Problem

NOW = 1_700_000_000_000_000
ADA: dict[str, Any] = {"customer": {"first_name": "Ada", "plan": "pro", "items": ["lamp", "<chair>"]}, "event": {}}
URLS = {"unsubscribe_url": "https://t.example/u/1", "view_in_browser_url": "https://t.example/v/1"}


def made(text: str, format: str = "html", form: Form = "mail", **parts: dict[str, str]) -> Message:
    given = {"layouts": {}, "snippets": {}, **parts}
    return compile(read("welcome", text, format), form=form, layouts=given["layouts"], snippets=given["snippets"])


def shown(text: str, format: str = "html", values: dict[str, Any] = ADA, **parts: Any) -> Rendered:
    return made(text, format, **parts).render(
        values,
        links=lambda url, position: f"https://t.example/c/{position}?{url}",
        pixel="https://t.example/o/1",
        urls=URLS,
        now=NOW,
    )


def faults(text: str, format: str = "html", **parts: Any) -> list[Problem]:
    with pytest.raises(Invalid) as caught:
        made(text, format, **parts)
    return caught.value.problems


def test_snippets_that_hold_each_other_many_times_are_refused() -> None:
    snippets = {f"s{n}": f"{{{{ snippets.s{n + 1} }}}}\n" * 50 for n in range(9)} | {"s9": "x"}
    (fault,) = faults("{{ snippets.s0 }}", snippets=snippets)
    assert "longer than" in fault.message


def test_raw_without_its_end_is_said_where_it_begins() -> None:
    (fault,) = faults("a\n{% raw %}b{% endraw %} {%- raw -%} {{ c }}")
    assert (fault.line, fault.column, fault.message) == (2, 24, "`{% raw %}` is not closed")


@pytest.mark.parametrize("part", ["<!--", "<a ", '<"', "<'", "{{", "{%", "{% comment"])
@pytest.mark.parametrize("where", ["body", "subject", "bcc"])
def test_what_has_no_end_is_not_looked_for_again_and_again(part: str, where: str) -> None:
    many = part * (60_000 // len(part))
    fields = {"subject": "x", "bcc": "x", "body": "x", where: many}
    front = "".join(f"{key}: {json.dumps(fields[key])}\n" for key in ("subject", "bcc"))
    began = time.process_time()
    with suppress(Invalid):
        made(f"---\n{front}---\n{fields['body']}", "markdown")
    assert time.process_time() - began < 4  # it took half a minute


@pytest.mark.parametrize(
    "broken",
    [
        "<mj-text>",
        '<mj-text a="',
        "<mj-button><mj-text>",
        "{%raw%}",
        "{% comment %}",
    ],
)
def test_what_is_broken_in_many_places_is_read_in_one_go(broken: str) -> None:
    """From each of them anew to the end, it would take longer than any test may."""
    assert faults(f"<mjml><mj-body>{broken * (900_000 // len(broken))}</mj-body></mjml>", "mjml")


@pytest.mark.parametrize("element", ["<div>", "<b>", "<table><tr><td>", "<x-y a='b'>", "<DIV\n>"])
def test_html_that_nests_without_end_is_refused(element: str) -> None:
    (fault,) = faults(f"<style>p {{ color: red }}</style>\n{element * 20_000}")
    assert "inside each other" in fault.message
    assert (
        "inside each other"
        in faults(f"<mjml><mj-body><mj-raw>{element * 20_000}</mj-raw></mj-body></mjml>", "mjml")[0].message
    )


def test_html_whose_elements_need_no_end_is_taken() -> None:
    rows = "<tr><td>a<br><img src='x'><p>b" * 2_000
    assert shown(f"<style>p {{ color: red }}</style><table>{rows}</table><svg>{'<path d=/>' * 2_000}</svg>").html


def test_html_gets_a_document_styles_links_a_pixel_and_a_text_part() -> None:
    found = shown(
        "---\nsubject: Hi {{ customer.first_name }}\npreheader: For you & {{ customer.first_name }}\n---\n"
        "<style>p { color: red } @media (max-width: 9px) { p { color: blue } }</style>\n"
        '<p>Hello {{ customer.first_name }}, <a href="https://example.com/a?b=1&amp;c={{ customer.plan }}">go</a></p>'
    )
    assert found.subject == "Hi Ada"
    assert found.html is not None
    assert found.html.startswith("<!DOCTYPE html>")
    assert re.search(r'<p style="color: ?red;?">Hello Ada', found.html)
    assert "@media" in found.html
    assert 'href="https://t.example/c/1?https://example.com/a?b=1&amp;c=pro"' in found.html
    assert 'src="https://t.example/o/1"' in found.html
    assert "For you" in found.html.partition("Hello")[0], "the preheader comes first"
    assert found.text == "Hello Ada, go (https://t.example/c/1?https://example.com/a?b=1&c=pro)\n"


def test_markdown() -> None:
    found = shown(
        "# Hello {{ customer.first_name }}\n\n{% for item in customer.items %}\n- {{ item }}\n{% endfor %}\n\n"
        "**Bold** and [a link](https://example.com).\n\n| a | b |\n|---|---|\n| 1 | {{ customer.plan }} |\n",
        "markdown",
    )
    assert found.html is not None
    assert "<h1>Hello Ada</h1>" in found.html
    assert found.html.count("<li>") == 2
    assert "&lt;chair&gt;" in found.html
    assert "<strong>Bold</strong>" in found.html
    assert "<td>pro</td>" in found.html
    assert "- lamp" in found.text
    assert "- <chair>" in found.text, "text is not HTML"


MJML = """<mjml>
  <mj-head><mj-style inline="inline">.big { font-size: 30px }</mj-style></mj-head>
  <mj-body>
    <mj-section><mj-column>
      {% for item in customer.items %}
      <mj-text css-class="big">{{ item }} {% if customer.plan == "pro" %}now{% endif %}</mj-text>{% endfor %}
      <mj-image src="https://example.com/{{ customer.plan }}.png" />
      <mj-button href="https://example.com/go" background-color="{{ customer.color | default: '#ff0000' }}">Go</mj-button>
    </mj-column></mj-section>
  </mj-body>
</mjml>
"""


def test_mjml() -> None:
    found = shown(MJML, "mjml")
    assert found.html is not None
    assert "mj-" not in found.html.replace("mj-column-per-100", "").replace("mj-full-width", "").replace(
        "mj-outlook", ""
    )
    assert len(re.findall(r"lamp now", found.html)) == 1
    assert "&lt;chair&gt; now" in found.html
    assert 'src="https://example.com/pro.png"' in found.html
    assert 'alt=""' in found.html
    assert "#ff0000" in found.html
    assert 'href="https://t.example/c/1?https://example.com/go"' in found.html
    assert "fonts.googleapis.com" not in found.html
    assert found.text.split() == [
        "lamp",
        "now",
        "<chair>",
        "now",
        "Go",
        "(https://t.example/c/1?https://example.com/go)",
    ]


def test_text_stays_what_was_written() -> None:
    found = shown("Hi {{ customer.first_name }} <you>\n  &amp; * me\n", "text")
    assert (found.html, found.text) == (None, "Hi Ada <you>\n  &amp; * me\n")


@pytest.mark.parametrize("format", ["html", "markdown"])
def test_a_channel_of_texts_gets_the_text_alone(format: str) -> None:
    found = shown("<p>Hi <b>{{ customer.first_name }}</b></p>", format, form="text")
    assert (found.html, found.text) == (None, "Hi Ada\n")


def test_a_raw_channel_gets_exactly_what_was_written() -> None:
    found = shown('{"name": {{ customer.first_name | json }}, "html": "<b>"}\n', form="raw")
    assert (found.html, found.text) == (None, '{"name": "Ada", "html": "<b>"}\n')


def test_layouts_and_snippets() -> None:
    parts = {
        "layouts": {"base": "<html><body><div>{{ content }}</div>{{ snippets.footer }}</body></html>"},
        "snippets": {
            "footer": "<p>{{ snippets.who }} {% unsubscribe_url %}</p>",
            "who": "Acme for {{ customer.first_name }}",
        },
    }
    found = shown("---\nlayout: base\n---\n<p>Hi</p>", **parts)
    assert found.html is not None
    assert "<div><p>Hi</p></div>" in found.html
    assert "Acme for Ada https://t.example/u/1" in found.html


def test_an_mjml_layout_around_a_fragment() -> None:
    layout = "<mjml><mj-body>{{ content }}<mj-section><mj-column><mj-text>Foot</mj-text></mj-column></mj-section></mj-body></mjml>"
    body = "<mj-section><mj-column><mj-text>Hi {{ customer.first_name }}</mj-text></mj-column></mj-section>"
    found = shown(f"---\nlayout: base\n---\n{body}", "mjml", layouts={"base": layout})
    assert found.text.split() == ["Hi", "Ada", "Foot"]


def test_which_links_are_counted() -> None:
    message = made(
        '<a href="https://a.example/">1</a><a href="mailto:x@y.z">2</a><a href="#top">3</a><a href="{% unsubscribe_url %}">4</a>'
        '<a class="untracked" href="https://b.example/">5</a><a href="{{ customer.url }}">6</a><a href=\'https://c.example/?q="\'>7</a>'
    )
    assert message.links == ("https://a.example/", "{{ customer.url }}", 'https://c.example/?q="')
    html = message.render(
        ADA | {"customer": {"url": "https://d.example/?a=1&b=<"}}, urls=URLS, links=lambda url, n: f"https://t/{n}"
    ).html
    assert html is not None
    assert re.findall(r"href=.(\S*?)['\"]", html) == [
        "https://t/1",
        "mailto:x@y.z",
        "#top",
        "https://t.example/u/1",
        "https://b.example/",
        "https://t/2",
        "https://t/3",
    ]


def test_liquid_in_tables_and_attributes_stays_where_it_was_written() -> None:
    source = (
        "<table>{% for item in customer.items %}<tr><td class=\"{% if item == 'lamp' %}on{% endif %}\" title='{{ item }}'>"
        "{{ forloop.index }}</td></tr>{% endfor %}</table><style>td.on { color: {{ customer.color | default: 'red' }} }</style>"
    )
    found = shown(source)
    assert found.html is not None
    rows = re.findall(r"<tr><td class=\"(\w*)\"[^>]*title=['\"]([^'\"]*)['\"]", found.html)
    assert rows == [("on", "lamp"), ("", "&lt;chair&gt;")]


def test_the_text_part_reads_well() -> None:
    found = shown(
        "<h1>Title</h1><p>One<br>two &amp; three</p><ul><li>a</li><li>b</li></ul><ol><li>x</li><li>y</li></ol>"
        '<table><tr><td>L</td><td>R</td></tr></table><img src="https://e.example/x" alt="A picture"><hr>'
        '<p style="display:none">hidden</p><a href="https://e.example/">https://e.example/</a>'
        ' <a href="mailto:a@b.c">a@b.c</a><script>no()</script><pre>  kept\n   so</pre>'
    )
    assert found.text == (
        "Title\n\nOne\ntwo & three\n\n- a\n- b\n\n1. x\n2. y\n\nL R\n\nA picture\n\n---\n\n"
        "https://t.example/c/1?https://e.example/ a@b.c\n\nkept\nso\n"
    )


@pytest.mark.parametrize(
    ("text", "format", "line", "column", "words"),
    [
        ("---\nsubject: x\n---\n<p>\n {{ custmer.name }}</p>", "html", 5, 5, "did you mean `customer`?"),
        ("---\nsubject: Hi {{ customer.x | upcas }}\n---\n", "html", 2, 29, "did you mean `upcase`?"),
        ("---\nchannel: email\nsubject: Hi {{ customer.x\n---\n", "html", 3, 0, "`{{` is not closed"),
        ("<p>{% if customer.x %}</p>", "html", 1, 0, "is not closed"),
        ("<p>\n\n{% endfor %}</p>", "html", 3, 4, "endfor"),
        ("a\n{{ snippets.fotter }}", "html", 2, 1, "there is no snippet `fotter`"),
        ("---\nlayout: bse\n---\n", "html", 2, 1, "there is no layout `bse`"),
        ("---\nsubject: x\n---\n<mjml><mj-body>\n<mj-sectin></mj-sectin></mj-body></mjml>", "mjml", 5, 1, "mj-section"),
        ("<mjml><mj-body>\n<mj-text>x</mj-body></mjml>", "mjml", 2, 0, "is still open"),
        (
            '<mjml><mj-body><mj-section>\n<mj-column widht="1px"></mj-column></mj-section></mj-body></mjml>',
            "mjml",
            2,
            1,
            "`width`",
        ),
        ("<mjml><mj-include path='/etc/passwd'/></mjml>", "mjml", 1, 7, "reads files"),
        ("<p>x</p>", "mjml", 1, 1, "MJML"),
        ("{% include 'x' %}", "html", 1, 4, "write `{{ snippets.name }}`"),
    ],
)
def test_faults_are_found_at_publish_with_their_place(
    text: str, format: str, line: int, column: int, words: str
) -> None:
    problem = faults(text, format, snippets={"footer": "x"}, layouts={"base": "{{ content }}"})[0]
    assert words in f"{problem.message} {problem.hint}"
    assert (problem.file, problem.line) == ("welcome", line)
    if column:
        assert problem.column == column


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("<mj-section>\n<mj-column>\n</mj-column></mj-section>\n<mj-txt>\nx", 7, "`<mj-txt>` is not closed"),
        ("<mj-section></mj-section>\n</mj-text>", 5, "`</mj-text>` closes nothing"),
        ("<mj-section>\n<mj-column><mj-text>x</mj-column></mj-section>", 5, "`</mj-column>` closes `<mj-text>`"),
        ("<mj-section>\n<", 5, "is written `&lt;`"),
        ("<mj-section>\n<mj-column width>", 5, "`width` has no value"),
        ("<mj-section>\n<mj-column width=1>", 5, "in quotes"),
        ("<mj-section>\n<mj-column <mj-text>", 5, "has no `>`"),
        ('<mj-section>\n<mj-column width="1><mj-text>', 5, "a quote is not closed before the next tag"),
        ("<mj-section>\n<!-- hm\n</mj-section>", 5, "a comment is not closed"),
    ],
)
def test_what_mjml_can_not_be_read_by_is_said_of_what_its_author_wrote(body: str, line: int, words: str) -> None:
    (problem,) = faults(
        f"---\nlayout: base\n---\n{body}", "mjml", layouts={"base": "<mjml><mj-body>{{ content }}</mj-body></mjml>"}
    )
    assert problem.line == line
    assert words in problem.message
    assert "fragment" not in problem.message


def test_a_fault_in_a_layout_or_snippet_names_that_file() -> None:
    (problem,) = faults("---\nlayout: base\n---\nx", layouts={"base": "<p>\n{{ content }}{{ nobody.x }}"})
    assert (problem.file, problem.line, problem.column) == ("layouts/base", 2, 17)
    (problem,) = faults("{{ snippets.foot }}", snippets={"foot": "a\n{% nothing %}"})
    assert (problem.file, problem.line) == ("snippets/foot", 2)
    (problem,) = faults("---\nlayout: base\n---\nx", layouts={"base": "<p></p>"})
    assert "no place for the message" in problem.message
    assert "deep" in faults("{{ snippets.a }}", snippets={"a": "{{ snippets.b }}", "b": "{{ snippets.a }}"})[0].message


@pytest.mark.parametrize("format", ["html", "markdown", "text"])
def test_a_missing_value_fails_with_line_and_name(format: str) -> None:
    with pytest.raises(RenderError) as caught:
        shown("---\nsubject: x\n---\nFirst\n\nHello {{ customer.last_name }}\n", format)
    assert (caught.value.file, caught.value.line, caught.value.name) == ("welcome", 6, "customer.last_name")


def test_a_missing_value_in_mjml_and_in_a_layout() -> None:
    with pytest.raises(RenderError) as caught:
        shown(MJML.replace("{{ item }}", "{{ customer.nick }}"), "mjml")
    assert (caught.value.file, caught.value.line, caught.value.name) == ("welcome", 6, "customer.nick")
    with pytest.raises(RenderError) as caught:
        shown("---\nlayout: base\n---\nx", layouts={"base": "<p>\n\n{{ content }} {{ customer.nick }}</p>"})
    assert (caught.value.file, caught.value.line) == ("layouts/base", 3)


def test_a_missing_value_in_the_subject() -> None:
    with pytest.raises(RenderError) as caught:
        shown("---\ntopic: x\nsubject: Hi {{ customer.nick }}\n---\nx")
    assert (caught.value.line, caught.value.name) == (3, "customer.nick")


def test_what_it_reads_is_known() -> None:
    message = made(
        "---\nsubject: '{{ event.name }}'\nheaders: {X-A: '{{ customer.id }}'}\n---\n{{ customer.plan }}{{ journey.score }}"
    )
    assert message.variables == ("customer.id", "customer.plan", "event.name", "journey.score")
