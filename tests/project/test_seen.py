"""What the catalog never saw is warned of, with the name that was probably meant; what is known is not."""

from pathlib import Path

import pytest

from tidings.kernel.problems import Problem
from tidings.people.catalog import Seen
from tidings.project.check import check
from tidings.project.folder import read_folder

CATALOG = [
    Seen(kind, name, property, ["text"], 9, 0, 0, "")
    for kind, name, property in (
        ("track", "Signed Up", ""),
        ("track", "Signed Up", "plan"),
        ("track", "Order Completed", ""),
        ("track", "Order Completed", "total"),
        ("person", "", "first_name"),
        ("person", "", "plan"),
        ("company", "", "seats"),
    )
]

SETTINGS = """\
workspace = "shop"
sender = "team"

[senders.team]
email = "hello@example.com"

[channels.email]
provider = "mailbox"
"""

TEMPLATE = """\
---
channel: email
subject: Hello {{ customer.first_name }}
---
%s

[Unsubscribe]({%% unsubscribe_url %%})
"""

SCORED = """\
  - {id: ask, webhook: 'https://x.tidings.dev', as: score}
  - {id: hello, send: hello}
"""


def project(
    folder: Path,
    *,
    trigger: str = "event: Signed Up",
    rule: str = 'plan = "pro"',
    text: str = "{{ event.plan }}",
    steps: str = "  - {id: hello, send: hello}\n",
    more: str = "",
) -> list[Problem]:
    files = {
        "tidings.toml": SETTINGS,
        "segments/pro.yaml": f"segment: pro\nrule: {rule}\n",
        "journeys/hello.yaml": f"journey: hello\ntrigger:\n  {trigger}\n{more}steps:\n{steps}",
        "templates/hello.md": TEMPLATE % text,
    }
    for file, content in files.items():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(content)
    return check(read_folder(folder), CATALOG)


def test_what_is_known_is_not_warned_of(tmp_path: Path) -> None:
    rule = (
        '\'(did "Order Completed" where total > 5) and company.seats > 2 and email is present '
        'and opened email "hello"\''
    )
    assert project(tmp_path, rule=rule) == []


@pytest.mark.parametrize(
    ("change", "place", "message", "hint"),
    [
        (
            {"trigger": "event: Signd Up", "text": "Hi"},
            ("journeys/hello.yaml", 3, 10),
            'no event "Signd Up" was ever seen',
            "did you mean `Signed Up`?",
        ),
        (
            {"rule": "'did \"Order Complete\"'"},
            ("segments/pro.yaml", 2),
            'no event "Order Complete" was ever seen',
            "did you mean `Order Completed`?",
        ),
        (
            {"rule": "'did \"Order Completed\" where totl > 5'"},
            ("segments/pro.yaml", 2),
            '"Order Completed" was never seen with `totl`',
            "did you mean `total`?",
        ),
        (
            {"rule": "plann = 1"},
            ("segments/pro.yaml", 2),
            "nobody was ever seen with `plann`",
            "did you mean `plan`?",
        ),
        (
            {"rule": "company.seat > 1"},
            ("segments/pro.yaml", 2),
            "no company was ever seen with `seat`",
            "did you mean `seats`?",
        ),
        (
            {"more": "audience: first_nam is present\n"},
            ("journeys/hello.yaml", 4),
            "nobody was ever seen with `first_nam`",
            "did you mean `first_name`?",
        ),
        (
            {"trigger": "event: Signed Up\n  where: plam = 1"},
            ("journeys/hello.yaml", 4, 10),
            '"Signed Up" was never seen with `plam`',
            "did you mean `plan`?",
        ),
        (
            {"trigger": "group: company\n  event: Signd Up", "text": "Hi"},
            ("journeys/hello.yaml", 4, 10),
            'no event "Signd Up" was ever seen',
            "did you mean `Signed Up`?",
        ),
        (
            {"trigger": "group: company\n  attribute: seat", "text": "{{ event.before.seats }}"},
            ("journeys/hello.yaml", 4, 14),
            "no company was ever seen with `seat`",
            "did you mean `seats`?",
        ),
        (
            {"more": "goal: {event: Order Complete, within: 7 days}\n"},
            ("journeys/hello.yaml", 4, 15),
            'no event "Order Complete" was ever seen',
            "did you mean `Order Completed`?",
        ),
        (
            {"text": "{{ company.seat }}"},
            ("templates/hello.md", 5, 4),
            "no company was ever seen with `seat`",
            "did you mean `seats`?",
        ),
        (
            {"text": "Hi\n{% if journey.scor > 3 %}there{% endif %}", "steps": SCORED},
            ("templates/hello.md", 6, 7),
            "no journey that leads here keeps a `scor`",
            "did you mean `score`?",
        ),
        (
            {"text": "{{ event.plan }} {{ journey.lead }}"},
            ("templates/hello.md", 5, 21),
            "no journey that leads here keeps a `lead`",
            "a step keeps what it learns with `as: lead`",
        ),
        (
            {"text": "{{ customer.firstname }}"},
            ("templates/hello.md", 5, 4),
            "nobody was ever seen with `firstname`",
            "did you mean `first_name`?",
        ),
        (
            {"text": "{{ event.plam }}"},
            ("templates/hello.md", 5, 4),
            "no event that leads here was seen with `plam`",
            "did you mean `plan`?",
        ),
        (
            {"steps": "  - {id: hello, send: hello}\n  - {id: mark, set: {greeting: 'Hi {{ customer.firstname }}'}}\n"},
            ("journeys/hello.yaml", 6),
            "nobody was ever seen with `firstname`",
            "did you mean `first_name`?",
        ),
        (
            {
                "steps": "  - {id: hello, send: hello}\n  - {id: tell, webhook: 'https://x.tidings.dev', data: {p: '{{ event.plam }}'}}\n"
            },
            ("journeys/hello.yaml", 6),
            "no event that leads here was seen with `plam`",
            "did you mean `plan`?",
        ),
        (
            {"more": "goal:\n  event: Order Completed\n  value: totl\n  currency: EUR\n  within: 7 days\n"},
            ("journeys/hello.yaml", 6),
            '"Order Completed" was never seen with `totl`',
            "did you mean `total`?",
        ),
        (
            {"more": "goal:\n  event: Order Completed\n  value: total\n  currency: event.totall\n  within: 7 days\n"},
            ("journeys/hello.yaml", 7),
            '"Order Completed" was never seen with `totall`',
            "did you mean `total`?",
        ),
        (
            {
                "more": "goal: {rule: 'plan = \"pro\"', within: 3 days}\n",
                "steps": "  - {id: long, wait: 4 days}\n  - {id: hello, send: hello}\n",
            },
            ("journeys/hello.yaml", 6),
            "the goal is counted for 3 days after entry, and this alone may take 4 days",
            "shorten the wait, or raise the goal's `within`",
        ),
        (
            {
                "more": "goal: {rule: 'plan = \"pro\"', within: 3 days}\n",
                "steps": "  - {id: one, wait: 2 days}\n  - {id: two, wait: 30 hours}\n  - {id: three, wait: 1 hour}\n"
                "  - {id: hello, send: hello}\n",
            },
            ("journeys/hello.yaml", 7),
            "the goal is counted for 3 days after entry, and with what waits before it this may take 78 hours",
            "shorten the wait, or raise the goal's `within`",
        ),
        (
            {
                "more": "goal: {rule: 'plan = \"pro\"', within: 4 days}\n",
                "steps": "  - {id: office, wait_for_time: {days: weekdays, at: '09:00'}}\n"
                "  - {id: early, wait_for_time: {at: '07:00'}}\n  - {id: late, wait_for_time: {days: [monday, friday]}}\n"
                "  - {id: hello, send: hello}\n",
            },
            ("journeys/hello.yaml", 8),
            "the goal is counted for 4 days after entry, and with what waits before it this may take 159 hours",
            "shorten the wait, or raise the goal's `within`",
        ),
        (
            {
                "more": "goal: {rule: 'plan = \"pro\"', within: 2 days}\n",
                "steps": "  - {id: hello, send: hello, at: {days: weekdays, between: ['09:00', '17:00']}}\n",
            },
            ("journeys/hello.yaml", 6),
            "the goal is counted for 2 days after entry, and this alone may take 64 hours",
            "widen the window, or raise the goal's `within`",
        ),
    ],
)
def test_what_was_never_seen_is_warned_of(
    tmp_path: Path, change: dict[str, str], place: tuple[str | int, ...], message: str, hint: str
) -> None:
    (found,) = project(tmp_path, **change)
    assert found.warning
    at = (found.file, found.line, found.column)
    assert (at[: len(place)], found.message, found.hint) == (place, message, hint)


def test_quiet_hours_are_a_wait_that_may_outlast_the_window_of_a_goal(tmp_path: Path) -> None:
    """Those of other messages, and those that end in time, are not."""
    quiet = '\n[quiet.%s]\nbetween = ["18:00", "08:00"]\ndays = "%s"\n'
    more = "goal: {rule: 'plan = \"pro\"', within: 10 hours}\n"
    project(tmp_path, more=more)
    for name, days, hours in (("marketing", "every day", 14), ("email", "weekends", 14), ("sms", "every day", 0)):
        (tmp_path / "tidings.toml").write_text(SETTINGS + quiet % (name, days))
        found = check(read_folder(tmp_path), CATALOG)
        told = f"the goal is counted for 10 hours after entry, and this alone may take {hours} hours"
        assert [each.message for each in found] == ([told] if hours else []), name
        assert all(each.hint == "shorten the quiet hours, or raise the goal's `within`" for each in found)
    (tmp_path / "tidings.toml").write_text(SETTINGS + quiet.replace("08:00", "02:00") % ("marketing", "every day"))
    assert check(read_folder(tmp_path), CATALOG) == []


def test_a_variable_is_warned_of_where_it_stands(tmp_path: Path) -> None:
    """In front matter too, however its values are quoted and folded; and within a step's text."""
    steps = "  - id: ask\n    webhook: https://x.tidings.dev\n    body: |-\n      [1,\n       {{ event.a }}]\n  - {id: b, send: hello}\n"
    project(tmp_path, steps=steps)
    text = """\
---
channel: email
subject: Hi {{ customer.plan }} and {{ customer.b | default: "you" }}
preheader: >-
  It's folded,
  {{ customer.c }} and {{ customer.b }}
---
Hello {{ customer.d }}, [see](https://x.tidings.dev/?e={{ customer.e }})

[Unsubscribe]({% unsubscribe_url %})
"""
    (tmp_path / "templates/hello.md").write_text(text)
    found = check(read_folder(tmp_path), CATALOG)
    files = {each.file: (tmp_path / each.file).read_text().splitlines() for each in found}
    shown = [files[each.file][each.line - 1][each.column - 1 :].partition(" ")[0] for each in found]
    assert shown == ["event.a", *(f"customer.{name}" for name in "bcde")]


def test_what_the_journeys_cause_themselves_is_known(tmp_path: Path) -> None:
    steps = "  - {id: mark, set: {warm: true}}\n  - {id: tell, track: Warmed, properties: {by: us}}\n"
    assert project(tmp_path, rule='\'warm = true and did "Warmed" where by = "us"\'', steps=steps) == []


def test_where_nothing_was_seen_yet_nothing_is_warned_of(tmp_path: Path) -> None:
    project(tmp_path, rule="plann = 1")
    assert check(read_folder(tmp_path), []) == []


def test_what_a_layout_reads_is_told_once_and_there(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts/base.html").write_text("<p>{{ content }}</p>\n<p>Hi {{ customer.firstname }}</p>\n")
    for name in ("hello", "again"):
        text = (TEMPLATE % "Hi").replace("channel: email", "channel: email\nlayout: base")
        (tmp_path / f"templates/{name}.md").write_text(text)
    (found,) = check(read_folder(tmp_path), CATALOG)
    assert (found.file, found.line, found.column) == ("layouts/base.html", 2, 10)


def test_what_another_journey_gives_along_is_supplied(tmp_path: Path) -> None:
    assert len(project(tmp_path, text="{{ journey.reason }}")) == 1
    other = (
        "journey: other\ntrigger:\n  event: Order Completed\nsteps:\n  - {id: go, start: hello, with: {reason: old}}\n"
    )
    (tmp_path / "journeys/other.yaml").write_text(other)
    assert check(read_folder(tmp_path), CATALOG) == []
