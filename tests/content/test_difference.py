"""What changed between two versions is told in words, whatever the text is written in."""

import pytest

from tidings.content.difference import Text, difference

FRONT = '---\nsubject: "Welcome, {{ customer.first_name }}"\ntopic: tips\n---\n'
MJML = """<mjml><mj-head><mj-preview>No words of the message</mj-preview></mj-head><mj-body><mj-section><mj-column>
<mj-text color="#333">Hello {{ customer.first_name }}, <a href="https://a.example">begin</a> today.</mj-text>
{% if customer.plan > 3 %}<mj-text>Only for some.</mj-text>{% endif %}
<mj-image src="{{ assets['hero.png'] }}" alt="A board" />
<mj-button href="https://b.example/start">Create a project</mj-button>
</mj-column></mj-section></mj-body></mjml>
"""


def said(before: str, after: str, kind: str = "template", format: str = "mjml") -> list[tuple[str, str]]:
    found = difference(Text(kind, before, format), Text(kind, after, format))
    return [
        (what, "".join(f"[{sign}{text}]" if sign != " " else text for sign, text in pieces)) for what, pieces in found
    ]


def test_nothing_is_told_where_only_looks_changed() -> None:
    assert said(FRONT + MJML, FRONT + MJML.replace("#333", "#000").replace("\n", "\n\n")) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Welcome,", "Good to see you,", [("Subject", "[-Welcome][+Good to see you], {{ customer.first_name }}")]),
        ("topic: tips\n", "", [("Topic", "[-tips]")]),
        ("begin</a> today", "begin</a> now", [("Words", "Hello {{ customer.first_name }}, begin [-today][+now].")]),
        ("customer.first_name }}, <a", "customer.name }}, <a", [
            ("Words", "Hello [-{{ customer.first_name }}][+{{ customer.name }}], begin today.")
        ]),
        ("<mj-text>Only for some.</mj-text>", "", [("Words", "[-Only for some.]")]),
        ("> 3 %}", "> 4 %}", [("Words", "[-{% if customer.plan > 3 %}]"), ("Words", "[+{% if customer.plan > 4 %}]")]),
        ("b.example/start", "b.example/go", [
            ("Link", "[-https://b.example/start]"), ("Link", "[+https://b.example/go]")
        ]),
        ("hero.png", "team.png", [
            ("Picture", "[-{{ assets['hero.png'] }}]"), ("Picture", "[+{{ assets['team.png'] }}]")
        ]),
        ("Create a project", "Start", [("Words", "[-Create a project]"), ("Words", "[+Start]")]),
    ],
)  # fmt: skip
def test_each_change_is_told_once(old: str, new: str, told: list[tuple[str, str]]) -> None:
    before = FRONT + MJML
    assert said(before, before.replace(old, new)) == told


def test_markdown_text_layouts_and_half_written_drafts() -> None:
    assert said("Hi **you**\n", "Hi **all**\n", format="markdown") == [("Words", "Hi [-you][+all]")]
    assert said("---\nchannel: sms\n---\nHi you", "---\nchannel: sms\n---\nHi all", format="text") == [
        ("Words", "Hi [-you][+all]")
    ]
    layout = "<html><body>{{ content }}<p>{{ snippets.footer }}</p></body></html>"
    assert said(layout, layout.replace("footer", "foot"), "layout", "html") == [
        ("Words", "[-{{ snippets.footer }}]"),
        ("Words", "[+{{ snippets.foot }}]"),
    ]
    assert said(FRONT, "---\nsubject: Hi", format="text")[-1] == ("Words", "[+subject: Hi]")
    assert said("", "Bye", "snippet", "liquid") == [("Words", "[+Bye]")]
