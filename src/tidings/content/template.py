"""A template: front matter that says what it is, and a body. Read from and written to one text.

---
channel: email
subject: Welcome, {{ customer.first_name | default: "there" }}
topic: product-news
---
<mjml>…</mjml>
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final, Literal

from msgspec import Struct
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tidings.content.liquid.tokens import spans
from tidings.kernel.nesting import is_too_deep
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.times import DAY, parse_duration, show_duration

Format = Literal["mjml", "html", "markdown", "text"]
Policy = Literal["at_most_once", "at_least_once"]

FORMATS: Final = ("mjml", "html", "markdown", "text")
SUFFIXES: Final[Mapping[str, str]] = {"mjml": "mjml", "html": "html", "md": "markdown", "txt": "text"}
"""The format a file's ending means."""
KEYS: Final = (
    "channel",
    "format",
    "layout",
    "subject",
    "title",
    "from",
    "reply_to",
    "preheader",
    "topic",
    "transactional",
    "policy",
    "expires",
)
"""What every template may say, in the order it is written; other keys belong to the channel."""
MARKETING_EXPIRES: Final = DAY

_FENCE: Final = re.compile(r"---[ \t]*(?:\r?\n|$)")
_END: Final = re.compile(r"^---[ \t]*(?:\r?\n|$)", re.MULTILINE)
_TAG: Final = re.compile(r"\{%.*?%\}", re.DOTALL)
_VALUE: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_WORD: Final = re.compile(r"[\w.]+")
_PLAIN: Final = re.compile(r"[A-Za-z/][A-Za-z0-9_./ +-]*")


class Template(Struct, frozen=True, kw_only=True):
    """``expires``: microseconds after which it is sent no more, or None. ``marketing``: False for transactional messages.

    ``extra``: what belongs to the channel. ``body_line``: the line of the text the body begins at, counted from 1.
    ``places``: line and column of each key, for errors; ``front``: the front matter as it is written.
    """

    name: str
    channel: str = "email"
    format: Format = "html"
    layout: str = ""
    subject: str = ""
    title: str = ""
    from_: str = ""
    reply_to: str = ""
    preheader: str = ""
    topic: str = ""
    marketing: bool = True
    policy: Policy = "at_most_once"
    expires: int | None = MARKETING_EXPIRES
    extra: dict[str, Any] = {}
    body: str = ""
    body_line: int = 1
    places: dict[str, tuple[int, int]] = {}
    front: str = ""

    @property
    def called(self) -> str:
        """What people call it: its subject or title as one reads it, with `…` where a value of the person stands. Its name where that says
        nothing."""
        says = " ".join(_VALUE.sub("…", _TAG.sub("", self.subject or self.title)).split())
        return says if any(letter.isalnum() for letter in says) else self.name

    def place(self, key: str, value: str, offset: int) -> tuple[int, int]:
        """Line and column of what stands at ``offset`` of a field's value, quoted and folded as it may be; of the field where it is not
        found."""
        line, column = self.places.get(key, (1, 1))
        written = "\n".join(self.front.split("\n")[line - 2 :])
        word, at = _WORD.match(value, offset), len(key)
        if word is None:
            return line, column
        for _ in range(value.count(word[0], 0, offset) + 1):
            at = written.find(word[0], at + 1)
            if at < 0:
                return line, column
        return line + written.count("\n", 0, at), at - written.rfind("\n", 0, at)


def read(name: str, text: str, format: str = "") -> Template:
    """Read a template's text. ``format``: what its file's ending says; `format:` in the front matter may say it too.

    Raises Invalid with line and column.
    """
    template, problems = readable(name, text, format)
    if problems:
        raise Invalid(problems)
    return template


def readable(name: str, text: str, format: str = "") -> tuple[Template, list[Problem]]:
    """Read what can be read, as if the rest was not said, and say every fault. Raises Invalid where it can't be told what is said."""
    text = text.removeprefix("\ufeff")
    front, body, body_line = _split(name, text)
    data, places = _fields(name, front)
    problems: list[Problem] = []

    def wrong(key: str, message: str, hint: str = "") -> None:
        line, column = places.get(key, (1, 1))
        problems.append(Problem(message, hint, (key,), name, line, column))

    for key in data:
        if key not in KEYS and get_close_matches(str(key), KEYS, n=1, cutoff=0.8):
            wrong(key, f"a template has no `{key}`", did_you_mean(str(key), KEYS))
        elif not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", str(key)):
            wrong(key, f"`{key}` can't be a key", "keys are lower case words joined by _")
    texts = {}
    for key in ("channel", "format", "layout", "subject", "title", "from", "reply_to", "preheader", "topic", "policy"):
        value = data.get(key, "")
        if value is None or isinstance(value, (dict, list, bool)):
            wrong(key, f"`{key}` is text", "put it in quotes")
            value = ""
        texts[key] = str(value)
    chosen = texts["format"] or format or "html"
    if chosen not in FORMATS:
        wrong(
            "format",
            f"there is no format `{chosen}`",
            did_you_mean(chosen, FORMATS) or f"it is one of {', '.join(FORMATS)}",
        )
        chosen = format or "html"
    transactional = data.get("transactional", False)
    if not isinstance(transactional, bool):
        wrong("transactional", "`transactional` is true or false")
        transactional = False
    policy = texts["policy"] or _policy(not transactional)
    if policy not in ("at_most_once", "at_least_once"):
        wrong("policy", f"there is no policy `{policy}`", "write at_most_once or at_least_once")
        policy = _policy(not transactional)
    expires = None if transactional else MARKETING_EXPIRES
    if "expires" in data:
        try:
            expires = None if data["expires"] == "never" else parse_duration(str(data["expires"]))
        except ValueError as error:
            wrong("expires", str(error), "or write `never`")
    template = Template(
        name=name,
        channel=texts["channel"] or "email",
        format=chosen,  # type: ignore[arg-type]  # checked above
        layout=texts["layout"],
        subject=texts["subject"],
        title=texts["title"],
        from_=texts["from"],
        reply_to=texts["reply_to"],
        preheader=texts["preheader"],
        topic=texts["topic"],
        marketing=not transactional,
        policy=policy,  # type: ignore[arg-type]  # checked above
        expires=expires,
        extra={key: value for key, value in data.items() if key not in KEYS},
        body=body,
        body_line=body_line,
        places=places,
        front=front,
    )
    return template, problems


def write(template: Template, format: str = "") -> str:
    """Write a template in canonical form. ``format``: what the file's ending says already, so that it need not be said again.

    ``read(name, write(template), format)`` gives the same template.
    """
    said: dict[str, Any] = {
        "channel": template.channel,
        "format": "" if template.format == (format or "html") else template.format,
        "layout": template.layout,
        "subject": template.subject,
        "title": template.title,
        "from": template.from_,
        "reply_to": template.reply_to,
        "preheader": template.preheader,
        "topic": template.topic,
        "transactional": "" if template.marketing else True,
        "policy": "" if template.policy == _policy(template.marketing) else template.policy,
        "expires": _expires(template),
    }
    lines = [f"{key}: {_scalar(said[key])}\n" for key in KEYS if said[key] != ""]
    lines += [f"{key}: {_value(value, 0)}\n" for key, value in template.extra.items()]
    return "---\n" + "".join(lines) + "---\n" + template.body


def _policy(marketing: bool) -> str:
    return "at_most_once" if marketing else "at_least_once"


def _expires(template: Template) -> str:
    if template.expires == (MARKETING_EXPIRES if template.marketing else None):
        return ""
    return "never" if template.expires is None else show_duration(template.expires)


def _split(name: str, text: str) -> tuple[str, str, int]:
    opening = _FENCE.match(text)
    if not opening:
        return "", text, 1
    closing = _END.search(text, opening.end())
    if not closing:
        problem = Problem("the front matter is not closed", "end it with a line of three dashes: ---", (), name, 1, 1)
        raise Invalid([problem])
    return text[opening.end() : closing.start()], text[closing.end() :], text.count("\n", 0, closing.end()) + 1


def _fields(name: str, front: str) -> tuple[dict[str, Any], dict[str, tuple[int, int]]]:
    if len(front) > _LONGEST or is_too_deep(front):
        hint = f"at most {_LONGEST >> 10} kB, and what a template says stands below it"
        raise Invalid([Problem("the front matter is too long, or nested too deeply", hint, (), name, 2, 1)])
    front = _with_quotes(front)
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = False
    try:
        root = yaml.compose(front)
        if (again := _used_again(root)) is not None:
            line, column = again.start_mark.line + 2, again.start_mark.column + 1
            hint = "write the value out where it is meant"
            raise Invalid([Problem("anchors and aliases are not read", hint, (), name, line, column)])
        data = {} if root is None else yaml.load(front)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        message = str(error.problem or error.context or "this is no YAML").split("\n")[0]
        line, column = (mark.line + 2, mark.column + 1) if mark else (1, 1)
        hint = "put a value with `: ` or `#` in quotes"
        raise Invalid([Problem(message, hint, (), name, line, column)]) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise Invalid([Problem("this is no YAML", str(error).split("\n")[0], (), name, 2, 1)]) from error
    if root is None:
        return {}, {}
    if not isinstance(root, MappingNode) or not isinstance(data, dict):
        raise Invalid([Problem("front matter is `key: value` lines", "", (), name, 2, 1)])
    places = {
        str(key.value): (key.start_mark.line + 2, key.start_mark.column + 1)
        for key, _ in root.value
        if isinstance(key, ScalarNode)
    }
    return {str(key): value for key, value in data.items()}, places


def _used_again(root: Node | None) -> Node | None:
    """A value that stands in several places: a few of those inside each other are more than any machine holds."""
    seen, waiting = set[int](), [root] if root is not None else []
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            return node
        seen.add(id(node))
        if isinstance(node, MappingNode):
            waiting += [each for pair in node.value for each in pair]
        elif isinstance(node, SequenceNode):
            waiting += node.value
    return None


def _with_quotes(front: str) -> str:
    """Quote values with Liquid in them that have no quotes yet: ``subject: Hi {{ name | default: "you" }}`` is no YAML otherwise."""
    lines, block = front.split("\n"), -1
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip(" "))
        if block >= 0 and (indent > block or not line.strip()):
            continue
        block = indent if _BLOCK.search(line) else -1
        match = _UNQUOTED.fullmatch(line)
        if match and any(True for _ in spans(match[2])):
            value = _COMMENT.sub(lambda found: found[1] or "", match[2]).rstrip()
            lines[number] = match[1] + '"' + "".join(map(_escaped, value)) + '"'
    return "\n".join(lines)


_LONGEST: Final = 64 << 10
_UNQUOTED: Final = re.compile(r"(\s*[A-Za-z_][\w-]*:[ \t]+)((?:\{\{|\{%|[^\s\"'|>\[{&*!#]).*)")
_BLOCK: Final = re.compile(r":[ \t]+[|>][-+0-9]*[ \t]*$")
_COMMENT: Final = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})|[ \t]#(?=[ \t]|$).*$")


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in _WORDS:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


_WORDS: Final = ("true", "false", "yes", "no", "on", "off", "null", "y", "n", "")
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable() or char == " ":
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _value(value: Any, depth: int) -> str:
    indent = "\n" + "  " * (depth + 1)
    if isinstance(value, Mapping) and value:
        return "".join(f"{indent}{_scalar(str(key))}: {_value(entry, depth + 1)}" for key, entry in value.items())
    if isinstance(value, (list, tuple)) and value:
        if any(isinstance(entry, (Mapping, list, tuple)) for entry in value):
            return "[" + ", ".join(_flow(entry) for entry in value) + "]"
        return "".join(f"{indent}- {_scalar(entry)}" for entry in value)
    return _flow(value)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(str(key))}: {_flow(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)
