"""A template's text: what its front matter says, and what is wrong with it, with line and column."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.content.template import Template, read, write
from tidings.kernel.problems import Invalid
from tidings.kernel.times import DAY, HOUR

WHOLE = """---
channel: email
layout: base
subject: Welcome, {{ customer.first_name | default: "there" }}
from: ada
preheader: 'It''s here: {{ customer.plan }}'
topic: product-news
expires: 6 hours
headers:
  X-Campaign: {{ campaign.id }}
bcc:
  - copies@example.com
---
Hello
"""


def test_what_it_says() -> None:
    found = read("welcome", WHOLE, "markdown")
    assert (found.channel, found.format, found.layout, found.topic) == ("email", "markdown", "base", "product-news")
    assert found.subject == 'Welcome, {{ customer.first_name | default: "there" }}'
    assert found.preheader == "It's here: {{ customer.plan }}"
    assert (found.from_, found.expires) == ("ada", 6 * HOUR)
    assert found.extra == {"headers": {"X-Campaign": "{{ campaign.id }}"}, "bcc": ["copies@example.com"]}
    assert (found.body, found.body_line) == ("Hello\n", 14)


def test_what_nothing_said_means() -> None:
    marketing, asked = read("a", "Hi"), read("b", "---\ntransactional: true\n---\nHi")
    assert (marketing.marketing, marketing.policy, marketing.expires) == (True, "at_most_once", DAY)
    assert (asked.marketing, asked.policy, asked.expires) == (False, "at_least_once", None)
    assert read("c", "---\nexpires: never\npolicy: at_least_once\n---\n").expires is None


@pytest.mark.parametrize(
    ("line", "called"),
    [
        ("subject: 'Welcome, {{ customer.first_name | default: \"you\" }}!'", "Welcome, …!"),
        ("subject: '{% if a %}Hello{% endif %}'", "Hello"),
        ("title: Your order", "Your order"),
        ("subject: '{{ event.subject }}'", "welcome"),
        ("channel: sms", "welcome"),
    ],
)
def test_it_is_called_by_what_people_read_first(line: str, called: str) -> None:
    assert read("welcome", f"---\n{line}\n---\nHi").called == called


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("subject: {{ customer.name }} is here", "{{ customer.name }} is here"),
        ("subject: A {% if customer.a %}b: c{% endif %}", "A {% if customer.a %}b: c{% endif %}"),
        ("subject: Order #{{ event.id }}", "Order #{{ event.id }}"),
        ("subject: Hi {{ customer.x | default: 'a # b' }} # says hello", "Hi {{ customer.x | default: 'a # b' }}"),
        ('subject: "Quoted \\" {{ customer.x }}"', 'Quoted " {{ customer.x }}'),
        ("subject: |-\n  Hello {{ customer.x }}\n  key: {{ y }}", "Hello {{ customer.x }}\nkey: {{ y }}"),
        ("subject: Grüße 🎉 {{ customer.x }}", "Grüße 🎉 {{ customer.x }}"),
    ],
)
def test_liquid_needs_no_quotes(line: str, value: str) -> None:
    assert read("a", f"---\n{line}\n---\n").subject == value


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("---\nsubjct: x\n---\n", 2, 1, "a template has no `subjct`"),
        ("---\nsubject: [a]\n---\n", 2, 1, "`subject` is text"),
        ("---\nchannel: email\nformat: mjm\n---\n", 3, 1, "there is no format `mjm`"),
        ("---\ntransactional: maybe\n---\n", 2, 1, "`transactional` is true or false"),
        ("---\npolicy: twice\n---\n", 2, 1, "there is no policy `twice`"),
        ("---\nexpires: soon\n---\n", 2, 1, "soon"),
        ("---\nsubject: a: b\n---\n", 2, 11, "mapping values are not allowed here"),
        ("---\nsubject: x\n", 1, 1, "the front matter is not closed"),
        ("---\n- a\n---\n", 2, 1, "front matter is `key: value` lines"),
        ("---\nsubject: a\nsubject: b\n---\n", 3, 1, "duplicate"),
    ],
)
def test_faults_have_a_place(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        read("welcome", text)
    (problem,) = caught.value.problems
    assert words in f"{problem.message} {problem.hint}"
    assert (problem.file, problem.line, problem.column) == ("welcome", line, column)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)


@given(
    st.builds(
        Template,
        name=st.just("t"),
        channel=st.sampled_from(["email", "sms"]),
        format=st.sampled_from(["mjml", "html", "markdown", "text"]),
        subject=TEXT,
        from_=TEXT,
        preheader=TEXT,
        topic=st.sampled_from(["", "news"]),
        marketing=st.booleans(),
        policy=st.sampled_from(["at_most_once", "at_least_once"]),
        expires=st.sampled_from([None, DAY, HOUR]),
        extra=st.dictionaries(
            st.sampled_from(["data", "headers", "badge"]),
            st.recursive(
                st.one_of(TEXT, st.booleans(), st.integers(), st.none()),
                lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
                max_leaves=5,
            ),
            max_size=2,
        ),
        body=TEXT,
    )
)
def test_reading_what_was_written(template: Template) -> None:
    found = read("t", write(template))
    shown = {
        name: getattr(found, name)
        for name in Template.__struct_fields__
        if name not in ("places", "front", "body_line")
    }
    assert shown == {name: getattr(template, name) for name in shown}
    assert write(found) == write(template)


_BOMB = "a: &a [x, x]\n" + "".join(
    f"{made}: &{made} [*{one}, *{one}]\n" for one, made in pairwise("abcdefghijklmnopqrstuvwxyz")
)


@pytest.mark.parametrize(
    "front", ["a: " + "[" * 30_000, "a: " + "{b: " * 9_000, _BOMB, "a: &a [*a]", "a: " + "x" * 70_000]
)
def test_front_matter_that_grows_without_end_is_refused(front: str) -> None:
    with pytest.raises(Invalid, match=r"nested|aliases|too long"):
        read("welcome", f"---\n{front}\n---\nHi", "text")
