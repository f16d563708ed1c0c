"""A CSV file of people: what each column is, what each row says, and what is wrong with which row. Pure."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from tidings.kernel.problems import Invalid, Problem
from tidings.kernel.times import parse_iso, show_iso

ROWS: Final = 200_000
WRONG: Final = "What is wrong"
"""The heading under which rows that were left out say why, in the file they are handed back in."""
_DELIMITERS: Final = ",;\t|"
_YES: Final = frozenset({"true", "yes", "y", "1", "ja", "oui", "sí", "sì", "sim"})
_NO: Final = frozenset({"false", "no", "n", "0", "nein", "nee", "non", "não"})
_COMMA: Final = re.compile(r"-?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?")
_ORDERED: Final = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([ap])\.?m\.?)?)?", re.IGNORECASE
)
_PHONES: Final = frozenset(
    {"phone", "phone_number", "telephone", "mobile", "mobile_phone", "mobile_number", "cell_phone"}
)
Type = Literal[
    "text", "number", "number, decimal comma", "yes or no", "date", "date, day first", "date, month first", "list"
]
_ORDERS: Final = {"date, day first": "31.01.2026", "date, month first": "01/31/2026"}


class Column(Struct, frozen=True):
    """What a column is. ``to``: the person's id or email, an attribute called ``name``, or nothing."""

    to: Literal["id", "email", "attribute", "nothing"]
    name: Annotated[str, Meta(max_length=150)] = ""
    type: Type = "text"


class Row(Struct, frozen=True):
    """A person as a row says. ``line``: in the file, counted from 1. Empty cells are left out: they change nothing."""

    line: int
    id: str
    email: str
    attributes: dict[str, Any]


class Fault(Struct, frozen=True):
    """What is wrong with a row, which is then left out. ``column``: its heading, "" for the whole row; ``id``, ``email``: whom it names."""

    line: int
    column: str
    message: str
    id: str = ""
    email: str = ""


class Heading(Struct, frozen=True):
    """A column as it stands in the file: its heading, some of its cells, and what it looks like."""

    heading: str
    cells: list[str]
    guess: Column


def headings(text: str) -> list[Heading]:
    """Read the first rows and guess what each column is. Raises Invalid where it is no CSV file."""
    rows = _rows(text)
    first = next(rows, None)
    if first is None or not any(cell.strip() for cell in first[1]):
        raise Invalid(
            [Problem("the file is empty", "its first row names the columns, such as `email,first_name,plan`")]
        )
    some = [cells for _, cells in zip(range(50), (cells for _, cells in rows), strict=False)]
    found = []
    for n, heading in enumerate(first[1]):
        cells = [cell for cells in some if n < len(cells) and (cell := _plain(cells[n]))]
        found.append(Heading(heading.strip(), cells[:5], _guess(heading.strip(), cells)))
    return found


def read(text: str, columns: Sequence[Column]) -> tuple[list[Row], list[Fault]]:
    """Read all rows by what their columns are. Raises Invalid where that can't be."""
    _check(columns)
    rows, faults, seen = list[Row](), list[Fault](), dict[tuple[str, str], int]()
    lines = _rows(text)
    first = next(lines, (1, []))[1]
    if len(first) != len(columns):
        raise Invalid(
            [Problem(f"the file has {len(first)} columns, {len(columns)} are described", "choose the file again")]
        )
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) + len(faults) >= ROWS:
            raise Invalid([Problem(f"the file has more than {ROWS:,} rows", "split it")])
        row, wrong = _row(line, cells, columns, first)
        if row is not None:
            key = ("id", row.id) if row.id else ("email", row.email.lower())
            if key in seen:
                wrong = [Fault(line, "", f"the same person is in row {seen[key]} already", row.id, row.email)]
            else:
                seen[key] = line
        faults += wrong
        if row is not None and not wrong:
            rows.append(row)
    return rows, faults


def rows_at(text: str, lines: Collection[int]) -> dict[int, list[str]]:
    """Give rows as they stand in the file, by their lines; the first, which names the columns, is line 1."""
    return {line: own for line, own in _rows(text) if line in lines}


def _row(line: int, cells: list[str], columns: Sequence[Column], first: list[str]) -> tuple[Row | None, list[Fault]]:
    if len(cells) > len(columns):
        return None, [Fault(line, "", f"it has {len(cells)} cells, the first row {len(columns)}; is a quote missing?")]
    named, attributes, wrong = {"id": "", "email": ""}, dict[str, Any](), list[Fault]()
    for column, cell, heading in zip(columns, cells, first, strict=False):
        value = _plain(cell)
        if column.to == "nothing" or not value:
            continue
        if column.to in named:
            named[column.to] = value
            if len(value) > 150:
                wrong.append(Fault(line, heading, "it is longer than 150 letters"))
            elif column.to == "email" and ("@" not in value.strip("@") or " " in value):
                wrong.append(Fault(line, heading, f"`{value[:60]}` is no email address"))
            continue
        try:
            attributes[column.name] = _value(value, column.type)
        except ValueError as error:
            wrong.append(Fault(line, heading, str(error)))
    if not wrong and not named["id"] and not named["email"]:
        wrong.append(Fault(line, "", "it says neither an id nor an email, so nobody is meant"))
    if wrong:
        return None, [replace(each, id=named["id"], email=named["email"]) for each in wrong]
    return (Row(line, named["id"], named["email"], attributes), [])


def _plain(cell: str) -> str:
    """What is meant: the mark before it that keeps a spreadsheet from working it out is none of it."""
    value = cell.strip()
    return value[1:] if value[:1] == "'" and value[1:2] in ("=", "+", "-", "@") else value


def _value(text: str, type: Type) -> Any:
    short = text[:60]
    if len(text) > 1000:
        raise ValueError("it is longer than 1,000 letters")
    match type:
        case "text":
            return text
        case "number":
            try:
                return int(text) if text.lstrip("-").isdigit() and len(text) < 18 else _finite(float(text))
            except (ValueError, OverflowError):
                raise ValueError(f"`{short}` is not a number") from None
        case "number, decimal comma":
            if not _COMMA.fullmatch(text):
                raise ValueError(f"`{short}` is not a number as 1.234,50 is")
            return _value(text.replace(".", "").replace(",", "."), "number")
        case "yes or no":
            if text.lower() not in _YES | _NO:
                raise ValueError(f"`{short}` is neither yes nor no")
            return text.lower() in _YES
        case "date":
            at = parse_iso(text)
            if at is None:
                raise ValueError(f"`{short}` is not a date; write 2026-01-31, or 2026-01-31T09:00:00Z")
            return text if len(text) == 10 else show_iso(at)
        case "date, day first" | "date, month first":
            written = _iso(text, type == "date, day first")
            if written is None:
                raise ValueError(f"`{short}` is not a date as {_ORDERS[type]} is")
            return written
        case "list":
            return [each.strip() for each in text.replace(";", ",").split(",") if each.strip()]


def _iso(text: str, day_first: bool) -> str | None:
    """Read a date as spreadsheets write it, in UTC; one that is ISO 8601 already is what it is."""
    found = _ORDERED.fullmatch(text)
    if found:
        one, _, other, year, hour, minute, second, half = found.groups()
        day, month = (one, other) if day_first else (other, one)
        hours = int(hour or 0) if half is None else int(hour) % 12 + (12 if half in "pP" else 0)
        clock = f"T{hours:02}:{minute}:{second or '00'}Z" if hour else ""
        text = f"{year}-{int(month):02}-{int(day):02}{clock}"
    at = parse_iso(text)
    return None if at is None else text if len(text) == 10 else show_iso(at)


def _finite(number: float) -> float:
    if number in (float("inf"), float("-inf")) or number != number:
        raise ValueError
    return number


def _check(columns: Sequence[Column]) -> None:
    problems = []
    if not any(each.to in ("id", "email") for each in columns):
        problems.append(Problem("no column says who is meant", "choose which one is the id or the email"))
    targets = [each.name if each.to == "attribute" else each.to for each in columns if each.to != "nothing"]
    for name in sorted({each for each in targets if targets.count(each) > 1}):
        problems.append(Problem(f"two columns are `{name}`", "leave one of them out"))
    if any(each.to == "attribute" and not each.name.strip() for each in columns):
        problems.append(Problem("an attribute has no name", "name it, or leave the column out"))
    if any(each.to == "attribute" and each.name in ("id", "email") for each in columns):
        problems.append(Problem("`id` and `email` say who is meant", "choose them for what they are"))
    if problems:
        raise Invalid(problems)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    text = text.removeprefix("\ufeff").replace("\0", "")
    head = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    lines, between = list(io.StringIO(text, newline="")), delimiter if delimiter in head else ","
    reader = csv.reader(lines, delimiter=between)
    line = 1
    try:
        for cells in reader:
            if reader.line_num == len(lines) and _is_open(lines[line - 1 :], between):
                raise csv.Error("a quote is opened there and never closed")
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise Invalid(
            [
                Problem(
                    f"the file can't be read from row {line} on: {error}",
                    "mend that row, or save the file as CSV once more",
                )
            ]
        ) from None


def _is_open(lines: list[str], between: str) -> bool:
    """Whether a row ends within quotes: all that came behind them would be read as one cell."""
    try:
        list(csv.reader(lines, delimiter=between, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def _guess(heading: str, cells: Sequence[str]) -> Column:
    plain = heading.lower().replace(" ", "_").replace("-", "_")
    if plain in ("email", "e_mail", "email_address", "mail"):
        return Column("email")
    if plain in ("id", "user_id", "customer_id", "userid"):
        return Column("id")
    if heading.strip() == WRONG:
        return Column("nothing")
    name = heading.strip().lower().replace(" ", "_") or "column"
    if plain in _PHONES:
        return Column("attribute", "phone" if plain in ("phone_number", "telephone") else name)
    comma: Type = "number, decimal comma" if any(re.search(r",(?!\d{3}$)", each) for each in cells) else "number"
    for type in ("number", comma, "yes or no", "date", _order(cells)):
        if cells and _mostly(cells, type):
            return Column("attribute", name, type)
    return Column("attribute", name)


def _order(cells: Sequence[str]) -> Type:
    """What dates with two readings are: what more of them can be; else months come first between slashes, as in the United States."""
    days, months = (sum(_fits(each, type) for each in cells) for type in _ORDERS)
    if days == months:
        return "date, month first" if any("/" in each for each in cells) else "date, day first"
    return "date, day first" if days > months else "date, month first"


def _mostly(cells: Sequence[str], type: Any) -> bool:
    """Whether cells are of a type, but for one in five at most: those are told as faults of their rows, before anything is imported."""
    if type in ("number", "number, decimal comma") and any(each.startswith("+") or _is_code(each) for each in cells):
        return False
    return 5 * sum(_fits(each, type) for each in cells) >= 4 * len(cells)


def _is_code(cell: str) -> bool:
    """Whether it begins with a zero that a number would lose, as postal codes do."""
    return len(cell) > 1 and cell.lstrip("-").startswith("0") and not {".", ","} & set(cell)


def _fits(cell: str, type: Any) -> bool:
    try:
        _value(cell, type)
    except ValueError:
        return False
    return True
