"""Read TOML into plain data, with the position of every line that gives a value (values within a line share it)."""

import re
import tomllib
from typing import Any, Final

from tidings.kernel.problems import Invalid, Problem
from tidings.project.positions import Path, Place, Positions

_PART = r"(?:[A-Za-z0-9_-]+|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*')"
_NAME: Final = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_TABLE = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_NAME})[ \t]*\]")
_ENTRY = re.compile(rf"[ \t]*({_NAME})[ \t]*=[ \t]*")
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read_toml(text: str, file: str = "") -> tuple[dict[str, Any], Positions]:
    """Give the data and where it stands; raises Invalid with file, line and column."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _AT.search(str(error))
        lines = text.splitlines() or [""]
        line, column = (int(found[1]), int(found[2])) if found and found[1] else (len(lines), len(lines[-1]) + 1)
        message = _AT.sub("", str(error))
        raise Invalid([Problem(message[:1].lower() + message[1:], file=file, line=line, column=column)]) from None
    return data, _positions(text, file)


def _positions(text: str, file: str) -> Positions:
    positions, table, counts, closing = Positions(file), Path(), dict[Path, int](), ""
    for number, line in enumerate(text.splitlines(), 1):
        if closing:
            if closing in line:
                closing = ""
        elif found := _TABLE.match(line):
            table = _names(found[2])
            if found[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            positions.values.setdefault(table, Place(number, found.start(2) + 1))
        elif found := _ENTRY.match(line):
            path = (*table, *_names(found[1]))
            positions.keys[path] = Place(number, found.start(1) + 1)
            value = line[found.end() :]
            quoted = value[:1] in ("'", '"')
            own = (number, found.end() + (2 if quoted else 1), False)
            positions.values[path] = Place(number, found.end() + 1, own)
            for quotes in ('"""', "'''"):
                if value.startswith(quotes) and quotes not in value[3:]:
                    closing = quotes
    return positions


def _names(text: str) -> Path:
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in re.findall(_PART, text))
