"""A piece of Liquid, ready to render: checked, its variables known, compiled where possible."""

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any, Final, TypeVar

from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, StringLiteral
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.for_tag import BreakNode, ContinueNode, ForNode
from liquid.builtin.tags.tablerow_tag import TablerowNode
from liquid.exceptions import LiquidError, LiquidInterrupt
from liquid.expression import Expression

from tidings.content.liquid.compiled import FILE, Function, Uncovered, children, compile_nodes, paths
from tidings.content.liquid.context import Context, Sink, State, show_path
from tidings.content.liquid.environment import HTML, TEXT, Bound, Environment
from tidings.content.liquid.faults import Place, placed, unread
from tidings.content.liquid.filters import FILTERS
from tidings.content.liquid.filters.expressions import parse as parse_rule
from tidings.content.liquid.limits import PROBLEMS, SOURCE
from tidings.content.liquid.settle import settle
from tidings.content.liquid.tags import TAGS
from tidings.content.liquid.tags.links import PIXEL, SLOT, Pixel, Slot
from tidings.content.liquid.values import Missing, missing_name
from tidings.kernel.problems import Invalid, Problem, did_you_mean

T = TypeVar("T")

ROOTS: Final = (
    "customer",
    "event",
    "trigger",
    "journey",
    "objects",
    "company",
    "snippets",
    "content",
    "campaign",
    "broadcast",
    "message",
    "layout",
    "delivery",
    "delivery_id",
    "event_timestamp",
    "workspace",
    "brand",
    "assets",
    "topic",
)
"""The objects a template may read."""


class RenderError(Exception):
    """A rendering failed: why, in which ``file`` and ``line``, and the missing ``name`` if that is why."""

    def __init__(self, message: str, line: int = 0, name: str = "", file: str = "") -> None:
        super().__init__(message)
        self.message, self.line, self.name, self.file = message, line, name, file

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else self.message


class Script:
    """``locate`` turns an offset in ``source`` into a place in what the author wrote. ``variables``: the paths it reads."""

    def __init__(
        self, source: str, nodes: list[Node], environment: Environment, locate: Callable[[int], Place]
    ) -> None:
        self.source, self.environment, self.locate = source, environment, locate
        self.bound = Bound(environment, nodes)
        self._reads = _variables(nodes, frozenset())
        self.variables = frozenset(self._reads)
        self.function: Function | None
        try:
            self.function, self.tokens = compile_nodes(nodes, environment)
        except Uncovered:
            self.function, self.tokens = None, {}

    def place(self, variable: str) -> Place:
        """Where it reads one of its ``variables`` first."""
        return self.locate(self._reads[variable])

    def render(self, given: Mapping[str, Any], state: State) -> str:
        """Render; raises RenderError."""
        if self.function is not None:
            function = self.function
            return self._guarded(lambda: function(given, state))
        return self._guarded(lambda: self.interpret(given, state))

    @property
    def is_value(self) -> bool:
        """Whether the text is one ``{{ … }}`` and nothing else, so that it stands for a value of any type."""
        return len(self.bound.nodes) == 1 and isinstance(self.bound.nodes[0], OutputNode)

    def value(self, given: Mapping[str, Any], state: State) -> Any:
        """Give the value of the one ``{{ … }}`` that the text is, as it is rather than as text; raises RenderError where it is missing."""
        context = Context(self.bound, globals=given)
        context.state = state
        (node,) = self.bound.nodes
        assert isinstance(node, OutputNode)
        found = self._guarded(lambda: node.expression.evaluate(context))
        if isinstance(found, Missing):
            raise RenderError(f"{found.name} is missing", 1, found.name)
        return found

    def _guarded(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except RenderError:
            raise
        except LiquidError as error:
            raise self._error(error) from error
        except RecursionError as error:
            raise RenderError("the values are nested too deep") from error
        except (ValueError, TypeError, ArithmeticError, LookupError) as error:
            raise RenderError(f"a value can't be used here: {error}", *self._traced(error)) from error

    def interpret(self, given: Mapping[str, Any], state: State) -> str:
        """Render without the compiled function; raises LiquidError."""
        context = Context(self.bound, globals=given)
        context.state = state
        out = Sink(state.meter)
        try:
            self.bound.render_with_context(context, out)
        except LiquidInterrupt as error:
            raise LiquidError(f"`{error}` stands outside a loop", token=None) from error
        return out.getvalue()

    def _error(self, error: LiquidError) -> RenderError:
        message = str(error.args[0]) if error.args else "the template can't be rendered"
        token = error.token
        if token is not None and token.start_index >= 0 and token.source == self.source:
            file, line, _ = self.locate(token.start_index)
            return RenderError(message, line, missing_name(message), file)
        line, _, file = self._traced(error)
        return RenderError(message, line, missing_name(message), file)

    def _traced(self, error: BaseException) -> tuple[int, str, str]:
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == FILE and self.function is not None:
                token = self.tokens.get(trace.tb_lineno)
                if token is not None and trace.tb_frame.f_code is getattr(self.function, "__code__", None):
                    file, line, _ = self.locate(token.start_index)
                    return line, "", file
            trace = trace.tb_next
        return 0, "", ""


class Unread(Invalid):
    """Liquid that is none: where its tags end can't be told."""


def parse(
    source: str,
    *,
    html: bool,
    locate: Callable[[int], Place] | None = None,
    roots: Collection[str] = ROOTS,
    slots: bool = False,
) -> Script:
    """Read a template's text; raises Invalid with places, Unread where it is no Liquid. ``slots``: links made at publish may stand
    in it."""
    at = locate or locator(source)
    environment = HTML if html else TEXT
    if len(source) > SOURCE:
        raise Invalid([Problem(f"the text is longer than {SOURCE} characters", file=at(0)[0], line=1, column=1)])
    try:
        nodes = environment._parse(source)
    except LiquidError as error:
        raise Unread([unread(error, source, at)]) from error
    except RecursionError as error:
        raise Unread([placed("the blocks are nested too deep", "", at, 0)]) from error
    problems = list(islice(_check(nodes, environment, at, roots, slots), PROBLEMS))
    if problems:
        raise Invalid(problems)
    for node in _all(nodes):
        settle(node, children(node))
    _number(nodes)
    return Script(source, nodes, environment, at)


def _number(nodes: list[Node]) -> None:
    """Count the links that are written as tags, after those found in HTML."""
    slots = [node for node in _all(nodes) if isinstance(node, Slot)]
    last = max((slot.position for slot in slots), default=0)
    for slot in slots:
        if not slot.position:
            last += 1
            slot.position = last


def locator(source: str, file: str = "", first_line: int = 1) -> Callable[[int], Place]:
    """Give places in the text itself, which stands in the file from a line on."""
    breaks = [match.start() for match in re.finditer("\n", source)]

    def at(offset: int) -> Place:
        line = bisect_left(breaks, offset)
        return file, first_line + line, offset - (breaks[line - 1] if line else -1)

    return at


def _all(nodes: list[Node]) -> list[Node]:
    return [found for node in nodes for found in (node, *_all(children(node)))]


def _check(
    nodes: list[Node], environment: Environment, at: Callable[[int], Place], roots: Collection[str], slots: bool
) -> Iterator[Problem]:
    every = _all(nodes)
    own = {str(name) for node in every for name in node.template_scope()}
    if not slots:
        for node in every:
            if isinstance(node, (Slot, Pixel)) and node.token.value in (SLOT, PIXEL):
                yield placed(f"there is no tag `{node.token.value}`", "", at, node.token.start_index)
    for node in every:
        for expression in _filtered(node):
            yield from _check_filters(expression, environment, at)
    yield from _check_names(nodes, own | set(roots), at)
    yield from _check_interrupts(nodes, False, at)


def _filtered(node: Node) -> list[FilteredExpression]:
    return [expression for expression in node.expressions() if isinstance(expression, FilteredExpression)]


def _check_filters(
    expression: FilteredExpression, environment: Environment, at: Callable[[int], Place]
) -> Iterator[Problem]:
    for used in expression.filters or ():
        start = used.token.start_index
        found = FILTERS.get(used.name)
        if found is None:
            yield placed(f"there is no filter `{used.name}`", did_you_mean(used.name, list(FILTERS)), at, start)
            continue
        keywords = [str(argument.name) for argument in used.args if hasattr(argument, "name")]
        wrong = found.misuse(len(used.args) - len(keywords), keywords)
        if wrong:
            yield placed(wrong, "", at, start)
        elif used.name.endswith("_exp"):
            rule = used.args[1].value
            if not all(isinstance(argument.value, StringLiteral) for argument in used.args[:2]):
                yield placed(f"`{used.name}` takes its condition as a text written here", "", at, start)
                continue
            try:
                parse_rule(environment, rule.value)  # type: ignore[attr-defined]  # a StringLiteral, by the line above
            except LiquidError as error:
                yield placed(f"the condition of `{used.name}` can't be read: {error.args[0]}", "", at, start)


def _check_names(nodes: list[Node], known: set[str], at: Callable[[int], Place]) -> Iterator[Problem]:
    for node in nodes:
        inner = known | {str(name) for name in node.block_scope()}
        for expression in node.expressions():
            for path in paths(expression):
                root = path.path[0]
                if isinstance(root, str) and root not in known:
                    says = f"there is no `{show_path(path.path)}`"
                    yield placed(says, _name_hint(root, known), at, path.token.start_index)
        yield from _check_names(children(node), inner, at)


def _name_hint(root: str, known: set[str]) -> str:
    if root in TEXT.tags and root in {tag.name for tag in TAGS}:
        return f"it is a tag: write `{{% {root} %}}`"
    if get_close_matches(root, known, n=1, cutoff=0.75):
        return did_you_mean(root, list(known))
    return f"an attribute of the person is `customer.{root}`, one of the event `event.{root}`"


def _check_interrupts(nodes: list[Node], inside: bool, at: Callable[[int], Place]) -> Iterator[Problem]:
    for node in nodes:
        if isinstance(node, (BreakNode, ContinueNode)) and not inside:
            yield placed(f"{node} stands outside a loop", "", at, max(node.token.start_index, 0))
        yield from _check_interrupts(children(node), inside or isinstance(node, (ForNode, TablerowNode)), at)


def _variables(nodes: list[Node], bound: frozenset[str]) -> dict[str, int]:
    """Give the paths read from the values given, as far as they are written out, and the offset at which each is read first."""
    found: dict[str, int] = {}
    own = bound | {str(name) for node in nodes for name in node.template_scope()}
    for node in nodes:
        for expression in node.expressions():
            for path in paths(expression):
                if path.path[0] not in own:
                    found.setdefault(_shown(path.path), max(0, path.token.start_index))
        for name, offset in _variables(children(node), own | {str(name) for name in node.block_scope()}).items():
            found.setdefault(name, offset)
    return found


def _shown(path: list[Any]) -> str:
    known = []
    for key in path:
        if isinstance(key, Expression):
            break
        known.append(key)
    return show_path(known)
