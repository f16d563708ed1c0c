"""Liquid as people write it: what is printed, compared and refused."""

import pytest

from tests.content.rendering import show
from tidings.content.liquid import RenderError, State, parse
from tidings.kernel.problems import Invalid

ADA = {
    "first_name": "Ada",
    "html": "<b>&",
    "score": 3.0,
    "empty": "E",
    "blank": "B",
    "for": "F",
    "size": "XL",
    "nothing": None,
    "list": [{"a": 1, "k": "x"}, {"a": 2, "k": "y"}],
    "none": [],
    "text": "10",
}


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ customer.score }} {{ 3.0 }} {{ 2.5 }} {{ 4 | times: 0.5 }}", "3 3 2.5 2"),
        ("{{ 10 | divided_by: 3 }} {{ 10 | divided_by: 4.0 }}", "3 2.5"),
        ("{{ 2.5 | round }} {{ -2.5 | round }} {{ 1.005 | round: 2 }} {{ 1.5 | round }}", "3 -3 1.01 2"),
        ("{% if customer.text > 9 %}more{% endif %}{% if customer.text == 10 %}same{% endif %}", "more"),
        ("{% if customer.first_name > 9 %}x{% else %}no{% endif %}", "no"),
        (
            "{% if nil == blank %}a{% endif %}{% if false == blank %}b{% endif %}{% if customer.gone == blank %}c{% endif %}",
            "abc",
        ),
        ("{% if customer.none == empty %}a{% endif %}{% if customer.nothing == empty %}b{% endif %}", "a"),
        ("{{ customer.empty }}{{ customer.blank }}{{ customer.for }}", "EBF"),
        (
            "{{ customer.size }} {{ customer.list.size }} {{ customer.list.first.a }}{{ customer.list.last.a }}",
            "XL 2 12",
        ),
        ("{{ customer['first_name'] }}{{ customer.list[1].k }}{{ customer.list[-1].k }}", "Adayy"),
        ("{{ customer.nothing }}|{{ customer.nothing | date: '%Y' }}", "|"),
        ("{{ customer.gone | default: 'there' }}{% if customer.gone %}x{% endif %}", "there"),
        (
            "{% for one in customer.list %}{{ forloop.index }}{{ one.k }}{% unless forloop.last %},{% endunless %}{% endfor %}",
            "1x,2y",
        ),
        (
            "{% for i in (1..4) limit: 2 offset: 1 %}{{ i }}{% endfor %}{% for i in (1..3) reversed %}{{ i }}{% endfor %}",
            "23321",
        ),
        (
            "{% assign r = (1..99999999999) %}{% if r contains 7 and r contains 7.0 %}y{% endif %}{% if r contains 'x' %}n{% endif %}",
            "y",
        ),
        ("{% for i in (1..3) limit: 0 %}{{ i }}{% else %}none{% endfor %}", "none"),
        (
            "{% for i in (1..9) %}{% if i == 3 %}{% continue %}{% endif %}{% if i > 4 %}{% break %}{% endif %}{{ i }}{% endfor %}",
            "124",
        ),
        (
            "{% for a in (1..2) %}{% for b in (1..2) %}{{ forloop.parentloop.index }}{{ b }} {% endfor %}{% endfor %}",
            "11 12 21 22 ",
        ),
        ("{% case customer.score %}{% when 1, 2 %}low{% when 3 %}three{% else %}high{% endcase %}", "three"),
        (
            "{% assign x = customer.list | map: 'k' | join: '-' %}{{ x }}{% capture y %}[{{ x }}]{% endcapture %}{{ y }}",
            "x-y[x-y]",
        ),
        ("{% increment n %}{% increment n %}{% decrement m %}{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}", "01-1ab"),
        ("{% liquid\n  assign a = customer.blank\n  echo a\n%}", "B"),
        ("{% raw %}{{ x }}{% endraw %}{% comment %}{{ y }}{% endcomment %}{%- # note -%}  z", "{{ x }}z"),
        (
            "{% tablerow i in (1..2) %}{{ i }}{% endtablerow %}",
            '<tr class="row1">\n<td class="col1">1</td><td class="col2">2</td></tr>\n',
        ),
        ("{{ customer.list | where_exp: 'one', \"one.a > 1 and one.k == 'y'\" | map: 'k' | join }}", "y"),
        ("{{ customer.list | json }}", '[{"a":1,"k":"x"},{"a":2,"k":"y"}]'),
        ("{% if customer.score == 3 and customer.gone or customer.first_name contains 'd' %}yes{% endif %}", "yes"),
        ("{% unsubscribe_url %} {% random 1 %}", "https://t.example/u?a=1&b=2 0"),
        ("{% render_liquid 'Hi {{ customer.first_name }}' %}", "Hi Ada"),
    ],
)
def test_shows(source: str, shown: str) -> None:
    assert show(source, customer=ADA) == shown


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ customer.html }}", "&lt;b&gt;&amp;"),
        ("{{ customer.html | raw }}", "<b>&"),
        ("{{ '<i>' | append: customer.html }}", "<i>&lt;b&gt;&amp;"),
        (
            "{% capture x %}<i>{{ customer.html }}</i>{% endcapture %}{{ x }}{{ x | upcase }}",
            "<i>&lt;b&gt;&amp;</i><I>&LT;B&GT;&AMP;</I>",
        ),
        ("{{ customer.html | escape }}{{ customer.html | escape | escape }}", "&lt;b&gt;&amp;&lt;b&gt;&amp;"),
        ("{{ customer.html | append: '<br>' | split: '<' | join: '<' }}", "&lt;b&gt;&amp;<br>"),
        ("{{ customer.html | newline_to_br }}", "&lt;b&gt;&amp;"),
        ("{{ customer.html | url_encode | url_decode }}", "&lt;b&gt;&amp;"),
        ("{% capture x %}{{ customer.html }}{% endcapture %}{{ x | strip_html }}", "&lt;b&gt;&amp;"),
        ("{{ customer.gone | default: '<i>there</i>' }}", "<i>there</i>"),
        ("{% unsubscribe_url %}", "https://t.example/u?a=1&amp;b=2"),
        ("{% cycle customer.html, 'x' %}", "&lt;b&gt;&amp;"),
    ],
)
def test_html_escapes_values(source: str, shown: str) -> None:
    assert show(source, html=True, customer=ADA) == shown


@pytest.mark.parametrize(
    ("source", "line", "column", "says"),
    [
        ("a\nb {{ x", 2, 3, "`{{` is not closed"),
        ("<p>Hi {{ x</p>\n<p>{{ customer.y }}</p>", 1, 7, "`{{` is not closed"),
        ("{{ customer.first name }}", 1, 19, "`name` can't stand here"),
        ("a\n{{ customer.a | }}\nb\nc", 2, 16, "a filter is missing behind `|`"),
        ("{{ customer[plan }}\n", 1, 17, "`[` is not closed"),
        ("{{ customer.a | default: 'b }}", 1, 26, "a quote is not closed: '"),
        ("{% if plan is pro %}x{% endif %}", 1, 12, "`is` can't stand here; compare with `==`"),
        ("{% if customer.a == “pro” %}x{% endif %}", 1, 21, "write straight quotes"),
        ("{% if customer.a > %}x{% endif %}\n", 1, 19, "a value is missing; compare with"),
        ("{% if customer.a && customer.b %}x{% endif %}", 1, 18, "write `and`"),
        ("a {% %} b", 1, 3, "names no tag"),
        ("x{% endif %}", 1, 5, "no `{% if %}` is open before it"),
        ("x{% else %}", 1, 5, "between `{% if … %}` and `{% endif %}`"),
        ("{% fi x %}", 1, 4, "there is no tag `fi`"),
        ("{% unless %}x{% endunless %}", 1, 4, "the tag `unless` lacks"),
        ("{{ customer.a | upcas }}", 1, 17, "did you mean `upcase`?"),
        ("\n{{ first_name }}", 2, 4, "`customer.first_name`"),
        ("{{ unsubscribe_url }}", 1, 4, "write `{% unsubscribe_url %}`"),
        ("{% if customer.x %}", 1, 1, "not closed"),
        ("a\n{% if customer.x %}{% for a in b %}{% endfor %}\nb", 2, 1, "`{% if %}` is not closed"),
        ("{% include 'foot' %}", 1, 4, "{{ snippets.name }}"),
        ("{{ customer.a | truncate: 1, 2, 3 }}", 1, 17, "too many positional arguments"),
        ("{% break %}", 1, 4, "outside a loop"),
        ("{{ custmer.x }}", 1, 4, "did you mean `customer`?"),
        ("{% render_liquid customer.body %}", 1, 4, "never what people send"),
        ("{% tidings_link 3 %}x{% endtidings_link %}", 1, 4, "there is no tag"),
        ("{% tidings_pixel %}", 1, 4, "there is no tag"),
        ("{{ customer.list | where_exp: 'x', customer.rule }}", 1, 20, "written here"),
        ("{{ customer.list | where_exp: 'x', 'x.a >' }}", 1, 20, "can't be read"),
        ("{% countdown point:64 %}", 1, 4, "a time is missing"),
        ("{% for i in (1..3) %}{{ j }}{% endfor %}", 1, 25, "there is no `j`"),
        ("{% assign x = 1 %}{% if x = 1 %}{% endif %}", 1, 27, "compare with `==`"),
    ],
)
def test_faults_are_found_when_published(source: str, line: int, column: int, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(source, html=True)
    problem = caught.value.problems[0]
    assert (problem.line, problem.column) == (line, column)
    assert says in str(problem)


@pytest.mark.parametrize(
    ("source", "line", "name"),
    [
        ("\n{{ customer.gone }}", 2, "customer.gone"),
        ("{% if true %}\n\n{{ customer.list[9].a | upcase }}{% endif %}", 3, "customer.list[9].a"),
        ("a\n{{ 1 | divided_by: 0 }}", 2, ""),
        ("{% for i in customer.gone %}{% endfor %}", 1, "customer.gone"),
        ("a\nb\n{% view_in_browser_url %}", 3, ""),
        ("\n{{ customer.first_name | currency: 'qq' }}", 2, ""),
    ],
)
def test_an_error_says_line_and_name(source: str, line: int, name: str) -> None:
    with pytest.raises(RenderError) as caught:
        parse(source, html=False).render({"customer": {"list": [], "first_name": "Ada"}}, State(0))
    assert (caught.value.line, caught.value.name) == (line, name)


def test_variables_are_known() -> None:
    script = parse(
        "{% assign x = customer.plan %}{{ x }}{% for i in event.items %}{{ i.name }}{{ customer[event.key] }}{% endfor %}",
        html=False,
    )
    assert script.variables == {"customer.plan", "event.items", "customer", "event.key"}


def test_links_written_as_tags_are_slots() -> None:
    script = parse(
        "{% cio_link url:https://x.example/{{ customer.id }}?a=b %} {% cio_link url:'https://y.example' track:false %}",
        html=False,
    )
    state = State(0, links=lambda url, position: f"<{position} {url}>")
    assert script.render({"customer": {"id": 7}}, state) == "<1 https://x.example/7?a=b> https://y.example"


def test_countdown_is_words_or_a_picture() -> None:
    source = '{% countdown time:"2023-11-17 22:13:20 (GMT)" point:64 fg:000000 %}'
    assert show(source) == "3 days"
    state = State(1_700_000_000_000_000, urls={"countdown_url": "https://t.example/c"})
    assert 'src="https://t.example/c?time=' in parse(source, html=True).render({}, state)


def test_snippets_chosen_by_name() -> None:
    offer = parse("Offer for {{ customer.id }}", html=False)
    state = State(0, snippets={"offer": offer.render})
    values = {"customer": {"id": 7}, "event": {"kind": "offer"}}
    assert parse("{% render_liquid snippets[event.kind] %}", html=False).render(values, state) == "Offer for 7"
    with pytest.raises(RenderError, match="there is no snippet"):
        parse("{% render_liquid snippets.gone %}", html=False).render(values, state)
