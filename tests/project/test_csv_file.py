"""CSV files of people: what each column looks like, what each row says, and what is wrong with which."""

import pytest

from tidings.kernel.problems import Invalid
from tidings.project.csv_file import WRONG, Column, headings, read, rows_at

FILE = (
    "\ufeffEmail;First name;Seats;VIP;Since;Postcode;Tags\r\n"
    "ada@example.com;Ada;5;yes;2026-01-31;01234;a, b\r\n"
    '\r\nbo@example.com;"Bo; ""the"" Bold";2.5;no;2026-02-01T09:00:00+01:00;04567;\r\n'
)
COLUMNS = [
    Column("email"),
    Column("attribute", "first_name"),
    Column("attribute", "seats", "number"),
    Column("attribute", "vip", "yes or no"),
    Column("attribute", "since", "date"),
    Column("nothing"),
    Column("attribute", "tags", "list"),
]


ROWS = [("1", "10115", "9"), ("2", "01067", "10"), ("3", "20095", "L"), ("4", "80331", "11"), ("many", "50667", "M")]


def test_columns_are_guessed_from_their_names_and_cells() -> None:
    guesses = [each.guess for each in headings(FILE)]
    assert [each.to for each in guesses] == ["email", *["attribute"] * 6]
    assert [each.type for each in guesses[1:]] == ["text", "number", "yes or no", "date", "text", "text"]


def test_a_cell_in_five_that_is_of_no_type_is_a_fault_and_makes_no_column_text() -> None:
    text = "id,seats,zip,size\n" + "".join(f"{n},{seats},{code},{size}\n" for n, (seats, code, size) in enumerate(ROWS))
    found = headings(text)
    assert [each.guess.type for each in found[1:]] == ["number", "text", "text"]
    rows, faults = read(text, [each.guess for each in found])
    assert (len(rows), [(each.line, each.column) for each in faults]) == (4, [(6, "seats")])


def test_rows_are_read_by_their_types() -> None:
    rows, faults = read(FILE, COLUMNS)
    assert faults == []
    assert [(each.line, each.email) for each in rows] == [(2, "ada@example.com"), (4, "bo@example.com")]
    assert rows[0].attributes == {
        "first_name": "Ada", "seats": 5, "vip": True, "since": "2026-01-31", "tags": ["a", "b"],
    }  # fmt: skip
    assert rows[1].attributes == {
        "first_name": 'Bo; "the" Bold', "seats": 2.5, "vip": False, "since": "2026-02-01T08:00:00Z",
    }  # fmt: skip


def test_numbers_and_answers_as_a_spreadsheet_in_german_writes_them() -> None:
    text = "Email;Umsatz;PLZ;Preis;Aktiv\nä@example.com;1.234,50;01067;1,234;ja\nö@example.com;-0,5;10115;2,345;Nein\n"
    columns = [each.guess for each in headings(text)]
    types = ["number, decimal comma", "text", "text", "yes or no"]  # 1,234 may be either
    assert [each.type for each in columns[1:]] == types
    rows, faults = read(text, columns)
    assert [(each.attributes["umsatz"], each.attributes["aktiv"]) for each in rows] == [(1234.5, True), (-0.5, False)]
    assert faults == []
    _, faults = read("id;n\n1;1.23,4\n", [Column("id"), Column("attribute", "n", "number, decimal comma")])
    assert [each.message for each in faults] == ["`1.23,4` is not a number as 1.234,50 is"]


def test_numbers_that_are_dialled_stay_text() -> None:
    text = "id,Phone number,Fax\n1,+14155550101,+14155550102\n2,4155550103,+14155550104\n"
    assert [each.guess for each in headings(text)[1:]] == [Column("attribute", "phone"), Column("attribute", "fax")]


@pytest.mark.parametrize(
    ("cells", "type", "first"),
    [
        (["31.01.2026", "01.02.2026"], "date, day first", "2026-01-31"),
        (["1/2/2026", "1/31/2026 9:05 PM"], "date, month first", "2026-01-02"),
        (["1/2/2026", "31/1/2026"], "date, day first", "2026-02-01"),
        (["01/02/2026"], "date, month first", "2026-01-02"),
        (["2026-02-01", "2026-02-02"], "date", "2026-02-01"),
    ],
)
def test_dates_are_read_in_the_order_they_are_written_in(cells: list[str], type: str, first: str) -> None:
    text = "id,since\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells))
    columns = [each.guess for each in headings(text)]
    assert columns[1] == Column("attribute", "since", type)  # type: ignore[arg-type]
    rows, faults = read(text, columns)
    assert (rows[0].attributes["since"], faults) == (first, [])


def test_times_of_day_and_dates_that_are_none() -> None:
    columns = [Column("id"), Column("attribute", "since", "date, month first")]
    text = "id;since\n1;1/31/2026 9:05 PM\n2;1/31/2026, 12:30 am\n3;31/1/2026\n4;soon\n5;2026-01-31\n"
    rows, faults = read(text, columns)
    assert [each.attributes["since"] for each in rows] == ["2026-01-31T21:05:00Z", "2026-01-31T00:30:00Z", "2026-01-31"]
    assert [each.message for each in faults] == [
        "`31/1/2026` is not a date as 01/31/2026 is", "`soon` is not a date as 01/31/2026 is",
    ]  # fmt: skip


def test_each_faulty_row_is_told_and_left_out() -> None:
    columns = [Column("id"), Column("email"), Column("attribute", "seats", "number")]
    text = "id,email,seats\n1,,5\n,,5\n2,nobody,1\n3,,many\n1,x@example.com,2\n4,,inf\n5,,1,2\n6,six@example.com\n"
    rows, faults = read(text, columns)
    assert [each.id for each in rows] == ["1", "6"]
    assert [(each.line, each.column) for each in faults] == [
        (3, ""), (4, "email"), (5, "seats"), (6, ""), (7, "seats"), (8, ""),
    ]  # fmt: skip
    assert "already" in faults[3].message
    assert "`many` is not a number" in faults[2].message


def test_rows_handed_back_say_what_is_wrong_and_are_read_again_as_they_were() -> None:
    found = [each.guess for each in headings(f"{WRONG},email,phone,seats\nRow 4: no email,broken,'+4791234567,'-5\n")]
    assert found == [
        Column("nothing"),
        Column("email"),
        Column("attribute", "phone"),
        Column("attribute", "seats", "number"),
    ]
    rows, faults = read(f"{WRONG},email,phone,seats\nmended,a@example.com,'+4791234567,'-5\n", found)
    assert (rows[0].attributes, faults) == ({"phone": "+4791234567", "seats": -5}, [])
    text = "email,note\na@example.com,b\0c\nbroken,x\n"
    assert read(text, [Column("email"), Column("attribute", "note")])[0][0].attributes == {"note": "bc"}
    assert rows_at(text, {1, 3}) == {1: ["email", "note"], 3: ["broken", "x"]}


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ([Column("attribute", "a"), Column("nothing")], "who is meant"),
        ([Column("id"), Column("id")], "two columns"),
        ([Column("id"), Column("attribute", " ")], "no name"),
        ([Column("id"), Column("attribute", "email")], "who is meant"),
        ([Column("id")], "2 columns"),
    ],
)
def test_what_columns_can_not_be(columns: list[Column], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        read("id,x\n1,2\n", columns)


def test_an_empty_file_is_none() -> None:
    with pytest.raises(Invalid, match="empty"):
        headings("\n")


@pytest.mark.parametrize("behind", ["", "3,c\n4,d\n", "x" * 200_000])
def test_a_quote_that_is_never_closed_swallows_no_rows_unseen(behind: str) -> None:
    text = f'id,note\n1,"so ""said"""\n2,"open\n{behind}'
    with pytest.raises(Invalid, match="from row 3 on"):
        read(text, [Column("id"), Column("attribute", "note")])
    closed, faults = read('id,note\n1,a "b" c\n2,"over\ntwo lines"', [Column("id"), Column("attribute", "note")])
    assert ([each.attributes["note"] for each in closed], faults) == (['a "b" c', "over\ntwo lines"], [])
