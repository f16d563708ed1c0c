"""`tidings.toml` is checked in full, with the line of each fault and what would be right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.kernel.problems import Invalid, Problem
from tidings.project.print_toml import print_toml
from tidings.project.read_toml import read_toml
from tidings.project.workspace import read, write

GOOD = """\
workspace = "production"
timezone = "Europe/Berlin"
sender = "hello"

[senders.hello]
email = "hello@acme.test"
name = "Acme"

[topics.product-news]
name = "Product news"
subscribed = false

[limits]
marketing = "3 per 7 days"
product-news = "1 per day"
"""


def test_a_good_file_reads_and_prints_as_it_is() -> None:
    data, _ = read_toml(GOOD, "tidings.toml")
    settings = read(data)
    assert settings.senders["hello"].name == "Acme"
    assert settings.topics["product-news"].subscribed is False
    assert settings.expires == "24 hours"
    assert print_toml(write(settings)) == GOOD


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ('workspace = "x"\ntimezon = "UTC"\n', 2, "no setting `timezon`", "did you mean `timezone`?"),
        ('workspace = "x"\ntimezone = "Europe/Berlim"\n', 2, "no time zone", "Europe/Berlin"),
        ("", 1, "`workspace` is missing", 'workspace = "production"'),
        ("workspace = 3\n", 1, "it must be text, not a whole number", 'workspace = "production"'),
        ('workspace = "My Shop"\n', 1, "can't be a name", "small letters"),
        ('workspace = "x"\n\n[senders.hello]\nname = "A"\n', 3, "`email` is missing", "hello@example.com"),
        ('workspace = "x"\n\n[senders.hello]\nemail = "A <a@b.c>"\n', 4, "not an email address", "alone"),
        ('workspace = "x"\nsender = "helo"\n[senders.hello]\nemail = "a@b.c"\n', 2, "no sender `helo`", "`hello`"),
        ('workspace = "x"\n[topics.news]\nnam = "N"\nname = "N"\n', 3, "no setting `nam`", "`name`"),
        ('workspace = "x"\nexpires = "1 dya"\n', 2, "not a duration", "3 days"),
        ('workspace = "x"\nretention = "1 hour"\n', 2, "a day or longer", "400 days"),
        ('workspace = "x"\n[limits]\nmarketing = 3\n', 3, "is text", "3 per 7 days"),
        ('workspace = "x"\n[limits]\nmarketing = "three"\n', 3, "is no cap", "3 per 7 days"),
        ('workspace = "x"\n[limits]\nmarketting = "3 per day"\n', 3, "`marketting`", "`marketing`"),
        ('workspace = "x"\n[channels.emial]\nprovider = "smtp"\n', 2, "`emial`", ""),
        ('workspace = "x"\nsenders = 3\n', 2, "it must be names with values", ""),
        ('workspace = "x"\n[senders]\nhello = "a@b.c"\n', 3, "is a table", "[senders.hello]"),
        ('workspace = "x\n', 1, "", ""),
        ('a = 1\nworkspace = = "x"\n', 2, "", ""),
    ],
)
def test_a_fault_names_its_line_and_what_is_right(text: str, line: int, message: str, hint: str) -> None:
    problems = faults(text)
    found = next(problem for problem in problems if message in problem.message)
    assert hint in found.hint
    assert (found.file, found.line) == ("tidings.toml", line)


def faults(text: str) -> list[Problem]:
    try:
        data, places = read_toml(text, "tidings.toml")
    except Invalid as error:
        return error.problems
    with pytest.raises(Invalid) as caught:
        read(data)
    return places.locate_all(caught.value.problems)


def test_positions_survive_tables_of_tables_and_long_texts() -> None:
    text = 'a = """\nb = 1\n"""\n[[x]]\nc = 1\n[[x]]\n"d e".f = 2\n'
    data, places = read_toml(text)
    assert data["x"][1]["d e"]["f"] == 2
    assert places.values[("x", 1, "d e", "f")].line == 7
    assert ("b",) not in places.values


plain = st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
tables = st.recursive(
    st.dictionaries(texts, plain | texts | st.lists(plain | texts, max_size=3), max_size=4),
    lambda inner: st.dictionaries(texts, inner | plain, max_size=4),
    max_leaves=12,
)


@given(tables)
def test_what_is_printed_reads_back_equal(data: dict[str, object]) -> None:
    text = print_toml(data)
    again, _ = read_toml(text)
    assert again == data
    assert print_toml(again) == text
