"""The state of one rendering by the interpreter, and what both ways of rendering know about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, TextIO

from liquid.builtin.output import OutputNode
from liquid.context import RenderContext
from liquid.exceptions import ContextDepthError
from liquid.template import BoundTemplate
from liquid.token import Token
from liquid.undefined import Undefined

from tidings.content.liquid import values
from tidings.content.liquid.limits import Meter


def untouched(url: str, position: int) -> str:
    """Leave a link as it is written."""
    return url


@dataclass(slots=True)
class State:
    """What a rendering is given besides its values. ``now``: microseconds. ``urls``: those the tags print, by the tag's name."""

    now: int
    meter: Meter = field(default_factory=Meter)
    links: Callable[[str, int], str] = untouched
    urls: Mapping[str, str] = field(default_factory=dict)
    pixel: str = ""
    snippets: Mapping[str, Callable[[Mapping[str, Any], "State"], str]] = field(default_factory=dict)
    depth: int = 0


class Sink(StringIO):
    """Output that is counted."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self.meter = meter

    def write(self, text: str, /) -> int:
        """Write, and count it."""
        self.meter.wrote(len(text))
        return super().write(text)


class Context(RenderContext):
    """Reads values as `values.item` does and spends from the meter."""

    __slots__ = ("state",)

    def __init__(self, template: BoundTemplate, **kwargs: Any) -> None:
        super().__init__(template, **kwargs)
        self.state = State(0)
        self.scope: Any = _Scope(self.locals, self.globals, self.counters)

    def get(self, path: list[object], *, token: Token | None, default: object = None) -> object:
        """Follow a path from the nearest scope that has its first name."""
        root = path[0]
        missing = values.Missing(show_path(path), token=token)
        try:
            found = self.scope[root]
        except (KeyError, TypeError):
            return missing
        return values.reach(found, tuple(key_of(key) for key in path[1:]), missing)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """Give a filter with what it needs from this rendering."""
        used: Any = self.env.filters[name]
        found: Callable[..., object] = used.bind(environment=self.env, now=self.state.now, context=self)
        return found

    def get_buffer(self, buf: TextIO | None = None) -> StringIO:
        """Give a buffer that spends from the same meter."""
        return Sink(self.state.meter)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Count the turns of a loop that begins."""
        self.state.meter.loop(length)


class _Scope:
    """Names by nearness: blocks, then the template's own, the values given, the counters."""

    def __init__(self, *maps: Mapping[Any, Any]) -> None:
        self.maps = list(maps)

    def __getitem__(self, key: str) -> Any:
        for names in self.maps:
            if key in names:
                return names[key]
        raise KeyError(key)

    def size(self) -> int:
        return len(self.maps)

    def push(self, names: Mapping[Any, Any]) -> None:
        if len(self.maps) > 100:
            raise ContextDepthError("too many blocks inside each other", token=None)
        self.maps.insert(0, names)

    def pop(self) -> Mapping[Any, Any]:
        return self.maps.pop(0)


def key_of(key: Any) -> Any:
    """Give a key as mappings know it; what is missing finds nothing."""
    return None if isinstance(key, (Undefined, list, dict)) else key


def follow(found: Any, keys: tuple[Any, ...], root: str, token: Token | None) -> Any:
    """Follow keys of which some were computed, as ``customer[x]``."""
    missing = values.Missing(show_path([root, *keys]), token=token)
    return values.reach(found, tuple(key_of(key) for key in keys), missing)


def show_path(path: Sequence[object]) -> str:
    """Print a path as a person would write it."""
    return str(path[0]) + "".join(_shown_key(key) for key in path[1:])


def _shown_key(key: object) -> str:
    if isinstance(key, str):
        return f".{key}" if key.replace("-", "_").isidentifier() else f"[{str(key[:100])!r}]"
    if isinstance(key, Undefined):
        return f"[{key.name}]"
    return f"[{key!r}]" if key is None or isinstance(key, (bool, int, float)) else "[…]"


class Shown(OutputNode):
    """``{{ value }}``, printed as `values` prints."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Print the value."""
        value = self.expression.evaluate(context)
        context.state.meter.time()  # type: ignore[attr-defined]  # our own context's
        return buffer.write(values.html(value) if context.autoescape else values.text(value))
