"""What is wrong with MJML, with line and column: the engine itself would pass over most of it in silence."""

import re
from html.entities import html5
from typing import Any, Final

from lxml import etree

from tidings.content.liquid.tokens import spans
from tidings.content.mask import Reading
from tidings.content.mjml.inside import each_inside
from tidings.content.mjml.schema import ANYWHERE, ATTRIBUTES, DEFAULTS, ENDING, PARENTS
from tidings.kernel.problems import Problem, did_you_mean

_ENTITY: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)(\w+;)?")
_OPEN: Final = "<fragment>"
"""What a part of a message is put into to be read; it is not the author's, and is never spoken of."""
_UNCLOSED: Final = re.compile(r"Opening and ending tag mismatch: (\S+) line (\d+) and fragment$")
_NEWLINE: Final = re.compile(r"[^\n]")


def check_mjml(source: str, file: str, first_line: int, fragment: bool) -> list[Problem]:
    """List the faults. ``fragment``: the text stands inside a layout, and needs no ``<mjml>`` of its own."""
    shaped = each_inside(_shaped(source), ENDING, _blanked)
    text = xml_entities(shaped)
    if fragment:
        text = f"{_OPEN}{text}</fragment>"
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        column = max(1, column - len(_OPEN) * (fragment and line == 1))
        message = str(error.msg).split(", line")[0].strip()
        if unclosed := _UNCLOSED.match(message):
            message, line, column = f"`<{unclosed[1]}>` is not closed", int(unclosed[2]), 1
        elif message == "Comment not terminated":
            line, column = _place(shaped, shaped.rfind("<!--"))
        says, hint = _in_words(message)
        return [Problem(says, hint, (), file, first_line + line - 1, column)]
    if text.lstrip().startswith("<!DOCTYPE"):
        return [Problem("MJML has no DOCTYPE", "begin with <mjml>", (), file, first_line, 1)]
    problems: list[Problem] = []
    if not fragment and root.tag != "mjml":
        problems.append(
            Problem(
                f"it begins with `<{root.tag}>`",
                "MJML stands in <mjml><mj-body>…</mj-body></mjml>",
                (),
                file,
                first_line,
                1,
            )
        )
    _check(root, problems, file, first_line, source.split("\n"))
    return problems


def xml_entities(text: str) -> str:
    """Write entities that XML does not know as characters, and a bare ``&`` as ``&amp;``."""
    return _ENTITY.sub(lambda m: html5.get(m[1], "&amp;" + m[1]) if m[1] else "&amp;", text)


def _shaped(source: str) -> str:
    """Take Liquid out, every line and column staying where it is."""
    out: list[str] = []
    state, at = Reading(), 0
    for start, end in spans(source):
        state.read(source[at:start], out)
        filler = "x" if state.tag else " "
        out.append(_NEWLINE.sub(filler, source[start:end]))
        at = end
    state.read(source[at:], out)
    return "".join(out)


def _blanked(name: str, attributes: str, inside: str) -> str:
    return f"<{name}{attributes}>{_NEWLINE.sub(' ', inside)}</{name}>"


def _check(element: Any, problems: list[Problem], file: str, first_line: int, lines: list[str]) -> None:
    for child in element:
        if not isinstance(child.tag, str):
            continue
        where = ((), file, first_line + child.sourceline - 1, _column(lines, child))
        parent = element.tag
        _check_component(child, parent, problems, where)
        if child.tag in ATTRIBUTES and child.tag not in ENDING:
            _check(child, problems, file, first_line, lines)


def _check_component(child: Any, parent: str, problems: list[Problem], where: tuple[Any, ...]) -> None:
    name = child.tag
    if name == "mj-include":
        problems.append(
            Problem("`mj-include` reads files, which a template can't", "write {{ snippets.name }}", *where)
        )
        return
    known = ATTRIBUTES.get(name)
    if known is None:
        hint = did_you_mean(name, list(ATTRIBUTES)) or (
            "HTML stands in <mj-text> or <mj-raw>" if not name.startswith("mj-") else ""
        )
        problems.append(Problem(f"MJML has no `<{name}>`", hint, *where))
        return
    parents = PARENTS.get(name)
    if parent not in DEFAULTS and parent != "fragment" and parents and parent not in parents:
        problems.append(
            Problem(
                f"`<{name}>` can't stand in `<{parent}>`",
                f"it stands in {' or '.join(f'<{p}>' for p in parents)}",
                *where,
            )
        )
    if "*" in known or name in DEFAULTS:
        return
    for attribute in child.attrib:
        if attribute not in known and attribute not in ANYWHERE and not attribute.startswith("x"):
            problems.append(
                Problem(f"`<{name}>` has no `{attribute}`", did_you_mean(attribute, [*known, *ANYWHERE]), *where)
            )


def _place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, counted from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _column(lines: list[str], child: Any) -> int:
    line = lines[child.sourceline - 1] if child.sourceline <= len(lines) else ""
    return max(0, line.find("<" + child.tag)) + 1


_WORDS: Final = (
    (re.compile(r"Opening and ending tag mismatch: fragment line \d+ and (\S+)"), r"`</\1>` closes nothing"),
    (
        re.compile(r"Opening and ending tag mismatch: (\S+) line \d+ and (\S+)"),
        r"`</\2>` closes `<\1>`, which is still open",
    ),
    (re.compile(r"Premature end of data in tag (\S+).*"), r"`<\1>` is not closed"),
    (re.compile(r"Extra content at the end of the document"), "something stands behind the end of it"),
    (re.compile(r"StartTag: invalid element name"), "a `<` that begins no tag is written `&lt;`"),
    (re.compile(r"Specification mandates value for attribute (\S+)"), r"`\1` has no value"),
    (re.compile(r"AttValue: .* expected"), "a value stands in quotes"),
    (re.compile(r"Attribute (\S+) redefined"), r"`\1` stands twice"),
    (re.compile(r"error parsing attribute name|attributes construct error"), "a tag has no `>` before the next begins"),
    (re.compile(r"Couldn't find end of Start Tag (\S+).*"), r"`<\1` has no `>`"),
    (
        re.compile(r"Unescaped '<' not allowed in attributes values"),
        "a quote is not closed before the next tag; write it again where the value ends, or `&lt;` for a `<` in the value",
    ),
    (re.compile(r"Comment not terminated"), "a comment is not closed; write `-->` where it ends"),
)
"""What the parser of XML says, and how it reads to an author."""


def _in_words(message: str) -> tuple[str, str]:
    """What is wrong, and what would be right."""
    for said, words in _WORDS:
        if match := said.fullmatch(message):
            says, _, hint = match.expand(words).partition("; ")
            return says, hint
    return message[:1].lower() + message[1:], ""
