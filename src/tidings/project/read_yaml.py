"""Read YAML into plain data with the position of every value.

What is read is the part of YAML that JSON has: mappings with text keys, lists, text, numbers, true, false and null. Anchors,
merge keys, tags and several documents in a file are refused: a journey says what it does where it says it.
"""

import re
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tidings.kernel.nesting import is_too_deep
from tidings.kernel.problems import Invalid, Problem
from tidings.project.positions import Path, Place, Positions

LARGEST: Final = 1 << 20
"""Characters of a file."""
DEEPEST: Final = 64
"""Levels of nesting."""
_TAG = "tag:yaml.org,2002:"
_BEYOND = re.compile("[\0\ud800-\udfff]")


def read_yaml(text: str, file: str = "") -> tuple[Any, Positions]:
    """Give the data and where it stands; raises Invalid with file, line and column."""
    positions = Positions(file)
    if len(text) > LARGEST:
        raise Invalid([Problem(f"the file is larger than {LARGEST >> 20} MB", "split it", file=file, line=1, column=1)])
    if is_too_deep(text):
        raise Invalid([Problem("it is nested too deeply", file=file, line=1, column=1)])
    reader = _Reader(positions)
    try:
        node = YAML(typ="rt", pure=True).compose(text)
        data = reader.value(node, (), set()) if node is not None else None
    except MarkedYAMLError as error:
        raise Invalid([_syntax(error, file)]) from None
    except YAMLError as error:
        raise Invalid([_unreadable(error, text, file)]) from None
    except RecursionError:
        raise Invalid([Problem("it is nested too deeply", file=file, line=1, column=1)]) from None
    if reader.problems:
        raise Invalid(reader.problems)
    return data, positions


class _Reader:
    def __init__(self, positions: Positions) -> None:
        self.positions, self.problems = positions, list[Problem]()

    def value(self, node: Node, path: Path, above: set[int]) -> Any:
        mark = node.start_mark
        line, column = mark.line + 1, mark.column + 1
        text = _own_text(node, line, column) if isinstance(node, ScalarNode) else None
        self.positions.values[path] = Place(line, column, text)
        if node.anchor is not None or id(node) in above:
            self._refuse(node, "anchors and aliases are not read", "write the value out where it is meant")
            return None
        if len(path) > DEEPEST:
            self._refuse(node, f"it is nested deeper than {DEEPEST} levels")
            return None
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        if not str(node.tag).startswith(_TAG):
            self._refuse(node, f"the tag `{node.tag}` is not read", "leave it out")
            return None
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, index), above | {id(node)}) for index, item in enumerate(node.value)]
        assert isinstance(node, MappingNode)
        return self._mapping(node, path, above | {id(node)})

    def _mapping(self, node: MappingNode, path: Path, above: set[int]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._refuse(key, "a key is text", "write `key: value`")
                continue
            name = str(key.value)
            if key.tag == _TAG + "merge":
                self._refuse(key, "merge keys are not read", "write the fields out")
            elif name in data:
                self._refuse(key, f"`{name}` stands here twice", "keep one of them")
            else:
                if found := _BEYOND.search(name):
                    self._refuse(key, f"the character {found[0]!a} can't stand in a name")
                self.positions.keys[(*path, name)] = Place(key.start_mark.line + 1, key.start_mark.column + 1)
                data[name] = self.value(value, (*path, name), above)
        return data

    def _scalar(self, node: ScalarNode) -> Any:
        text, tag = str(node.value), str(node.tag).removeprefix(_TAG)
        if found := _BEYOND.search(text):
            self._refuse(node, f"the character {found[0]!a} can't stand in text")
        match tag:
            case "str" | "timestamp":  # a date stays the text it is: rules and templates read it as a time
                return text
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return self._number(node, lambda: int(text.replace("_", ""), 0 if "x" in text or "o" in text else 10))
            case "float":
                return self._number(node, lambda: float(text.replace("_", "")))
        self._refuse(node, f"the tag `{node.tag}` is not read", 'leave it out; quotes make text: "1"')
        return None

    def _number(self, node: ScalarNode, make: Any) -> Any:
        try:
            number = make()
        except ValueError:
            number = float("inf")
        if number in (float("inf"), float("-inf")) or number != number or abs(number) >= 1 << 63:
            self._refuse(node, f"`{node.value}` is not a number that can be kept", 'quotes make it text: "…"')
        return number

    def _refuse(self, node: Node, message: str, hint: str = "") -> None:
        mark = node.start_mark
        self.problems.append(
            Problem(message, hint, file=self.positions.file, line=mark.line + 1, column=mark.column + 1)
        )


def _own_text(node: ScalarNode, line: int, column: int) -> tuple[int, int, bool]:
    if node.style in ("|", ">"):
        indent = _indent(node)
        return (line + 1, indent + 1, node.style == "|")
    return (line, column + (1 if node.style in ("'", '"') else 0), False)


def _indent(node: ScalarNode) -> int:
    """The column at which the lines of a block of text begin: the buffer is gone, so it is read off where the block ends."""
    buffer = node.start_mark.buffer
    if buffer is None:
        return 0
    lines = buffer[node.start_mark.pointer :].split("\n")[1:]
    first = next((row for row in lines if row.strip()), "")
    return len(first) - len(first.lstrip(" "))


def _syntax(error: MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    message = " ".join(part for part in (error.problem, error.context) if part) or "this is not YAML"
    return Problem(message, _hint(message), file=file, line=line, column=column)


def _hint(message: str) -> str:
    if "mapping values are not allowed" in message:
        return "put text that has a colon in quotes; a field begins in the column of the one above it"
    if "\\t" in message:
        return "indent with spaces, not with tabs"
    if "expected a single document" in message:
        return "keep one document in a file"
    return ""


def _unreadable(error: YAMLError, text: str, file: str) -> Problem:
    position = getattr(error, "position", 0)
    before = text[:position] if isinstance(position, int) else ""
    line = before.count("\n") + 1
    return Problem(
        "a character here can't stand in YAML",
        "remove it",
        file=file,
        line=line,
        column=len(before) - before.rfind("\n"),
    )
