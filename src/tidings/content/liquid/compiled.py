"""Turning a parsed template into one Python function.

The function's source is made of our own words only: every name, text and number of the template is a constant handed to it (``k0``,
``k1``, …), never spelled in it. It reads values, prints, compares and filters with the same functions as the interpreter and spends from
the same meter; a construct not covered here raises `Uncovered`, and the template is left to the interpreter.

Each line of the source remembers the tag it came from, so that an error in it can be placed in the template.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, Nil, Path
from liquid.builtin.expressions import logical as theirs
from liquid.builtin.expressions.primitive import Blank, Empty, Literal, RangeLiteral, StringLiteral
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.case_tag import CaseNode, MultiExpressionBlockNode
from liquid.builtin.tags.comment_tag import CommentNode
from liquid.builtin.tags.cycle_tag import CycleNode
from liquid.builtin.tags.decrement_tag import DecrementNode
from liquid.builtin.tags.doc_tag import DocNode
from liquid.builtin.tags.for_tag import BreakNode, ContinueNode, ForLoop, ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.increment_tag import IncrementNode
from liquid.builtin.tags.liquid_tag import LiquidNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.expression import Expression
from liquid.token import Token
from markupsafe import Markup

from tidings.content.liquid import compare, values
from tidings.content.liquid.context import Shown, State, follow, show_path
from tidings.content.liquid.environment import Environment, cycle_key
from tidings.content.liquid.filters import FILTERS
from tidings.content.liquid.filters.filter import Filter
from tidings.content.liquid.settle import OPERATORS, AnyOf, Comparison, bounds, count, entries
from tidings.content.liquid.tags.links import Slot
from tidings.content.liquid.tags.printing import Printing
from tidings.content.liquid.tags.rendered import Snippet

Function = Callable[[Mapping[str, Any], State], str]

FILE = "<template>"
"""The file name of compiled functions, by which an error's trace is recognised."""
_STRIDE = 48
"""Writes between two looks at the meter where no loop does it."""
_ABSENT = object()


class Uncovered(Exception):
    """The interpreter has to render this template."""


def compile_nodes(nodes: list[Node], environment: Environment) -> tuple[Function, dict[int, Token]]:
    """Make the function, and the tag of each of its lines. Raises Uncovered."""
    writer = _Writer(environment, nodes)
    writer.function(nodes)
    source = "\n".join(writer.lines)
    names: dict[str, Any] = dict(writer.constants)
    try:
        exec(compile(source, FILE, "exec"), names)  # noqa: S102  (made of our own words only)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise Uncovered("nested too deep for one function") from error
    function: Function = names["render"]
    return function, writer.tokens


class _Writer:
    def __init__(self, environment: Environment, nodes: list[Node]) -> None:
        self.environment, self.html = environment, environment.autoescape
        self.constants: dict[str, Any] = {"__builtins__": {"len": len}}
        self.shared: list[tuple[Any, str]] = []
        self.lines: list[str] = []
        self.tokens: dict[int, Token] = {}
        self.token: Token | None = None
        self.depth = 0
        self.fresh = 0
        self.writes = 0
        self.scopes: list[dict[str, str]] = []
        self.in_capture: list[bool] = []
        every = list(_walk(nodes))
        self.locals = {name: f"l{i}" for i, name in enumerate(_names(every, (AssignNode, CaptureNode)))}
        self.counters = {name: f"n{i}" for i, name in enumerate(_names(every, (IncrementNode, DecrementNode)))}
        self.globals: dict[str, str] = {}
        self.drops = any("forloop" in _roots(node) for node in every)
        self.show = self.constant(values.html if self.html else values.text)

    # Lines, names and constants

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)
        if self.token is not None:
            self.tokens[len(self.lines)] = self.token

    def constant(self, value: Any) -> str:
        if callable(value) or value is _ABSENT:
            for known in self.shared:
                if known[0] is value:
                    return known[1]
            self.shared.append((value, f"k{len(self.constants)}"))
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def variable(self) -> str:
        self.fresh += 1
        return f"v{self.fresh}"

    def function(self, nodes: list[Node]) -> None:
        self.depth = 1
        body_from = len(self.lines)
        for node in nodes:
            self.node(node)
        body = self.lines[body_from:]
        tokens = self.tokens
        self.lines, self.tokens, self.token = [], {}, None
        absent = self.constant(_ABSENT)
        self.depth = 0
        self.line("def render(given, state):")
        self.depth = 1
        self.line(
            "meter = state.meter; now = state.now; out = []; w = out.append; n = 0; cycles = {}; parent = " + absent
        )
        for name in (*self.locals.values(), *self.counters.values()):
            self.line(f"{name} = {absent}")
        for name, variable in self.globals.items():
            key = self.constant(name)
            self.line(f"{variable} = given[{key}] if {key} in given else {absent}")
        start = len(self.lines)
        self.lines += body
        self.tokens = {number - body_from + start: token for number, token in tokens.items()}
        self.line("meter.spend(out, n)")
        self.line(f"return {self.constant('')}.join(out)")

    # Nodes

    def block(self, block: BlockNode) -> None:
        self.depth += 1
        before = len(self.lines)
        for node in block.nodes:
            if block.blank and isinstance(node, ContentNode):
                continue
            self.node(node)
        if len(self.lines) == before:
            self.line("pass")
        self.depth -= 1

    def write(self, expression: str) -> None:
        self.line(f"w({expression})")
        self.writes += 1
        if self.writes % _STRIDE == 0:
            self.line("n = meter.spend(out, n)")

    def node(self, node: Node) -> None:
        self.token = node.token
        if isinstance(node, ContentNode):
            if node.text:
                self.write(self.constant(node.text))
        elif isinstance(node, Shown):
            self.shown(node)
        elif isinstance(node, AssignNode):
            self.line(f"{self.locals[str(node.name)]} = {self.filtered(node.expression)}")
        elif isinstance(node, (CommentNode, DocNode)):
            pass
        elif isinstance(node, LiquidNode):
            for inner in node.block.nodes:
                if not (node.block.blank and isinstance(inner, ContentNode)):
                    self.node(inner)
        elif isinstance(node, (IfNode, UnlessNode)):
            self.choice(node)
        elif isinstance(node, CaseNode):
            self.case(node)
        elif isinstance(node, ForNode):
            self.loop(node)
        elif isinstance(node, (BreakNode, ContinueNode)):
            if not self.in_capture or self.in_capture[-1]:
                raise Uncovered("an interrupt inside a capture")
            self.line("break" if isinstance(node, BreakNode) else "continue")
        elif isinstance(node, CaptureNode):
            self.capture(node.block)
            self.line(f"{self.locals[str(node.name)]} = {self.marked('text')}")
        elif isinstance(node, Slot):
            self.slot(node)
        elif isinstance(node, Printing):
            arguments = "".join(f", {self.value(argument)}" for argument in node.arguments)
            self.write(f"{self.constant(node.show)}(state, {self.html}{arguments})")
        elif isinstance(node, Snippet):
            key = self.value(node.key) if isinstance(node.key, Path) else self.constant(node.key)
            self.write(f"{self.constant(node.show)}(state, {key}, given)")
        elif isinstance(node, (IncrementNode, DecrementNode)):
            self.counter(node)
        elif isinstance(node, CycleNode):
            self.cycle(node)
        else:
            raise Uncovered(type(node).__name__)

    def shown(self, node: Shown) -> None:
        expression = node.expression
        plain = isinstance(expression, FilteredExpression) and not expression.filters
        if plain and isinstance(expression.left, StringLiteral):  # type: ignore[attr-defined]  # `plain` says so
            self.write(self.constant(expression.left.value))  # type: ignore[attr-defined]  # likewise
        else:
            self.write(f"{self.show}({self.filtered(expression)})")

    def choice(self, node: IfNode | UnlessNode) -> None:
        test = self.condition(node.condition)
        self.line(f"if {test}:" if isinstance(node, IfNode) else f"if not {test}:")
        self.block(node.consequence)
        for other in node.alternatives:
            self.token = other.token
            self.line(f"elif {self.condition(other.expression)}:")
            self.block(other.block)
        if node.default:
            self.line("else:")
            self.block(node.default)

    def case(self, node: CaseNode) -> None:
        matched, equal = self.variable(), self.constant(compare.equal)
        self.line(f"{matched} = False")
        for block in node.blocks:
            if isinstance(block, MultiExpressionBlockNode):
                self.token = block.token
                wanted = block.expression
                assert isinstance(wanted, AnyOf)
                left, answers, again = self.variable(), self.variable(), self.variable()
                self.line(f"{left} = {self.value(wanted.left)}")
                tests = "".join(f"{equal}({left}, {self.value(value)}), " for value in wanted.values)
                self.line(f"{answers} = [{tests}]")
                self.line(f"for {again} in {answers}:")
                self.depth += 1
                self.line(f"if {again}:")
                self.in_capture.append(True)  # a `break` would leave this loop instead of the template's
                self.block(block.block)
                self.in_capture.pop()
                self.line(f"    {matched} = True")
                self.depth -= 1
            else:
                self.line(f"if not {matched}:")
                self.block(block)

    def loop(self, node: ForNode) -> None:
        each = node.expression
        items, first, last, item = self.variable(), self.variable(), self.variable(), self.variable()
        self.line(f"{items} = {self.constant(entries)}({self.value(each.iterable)})")
        limit = f"{self.constant(count)}({self.value(each.limit)})" if each.limit else "None"
        offset = f"{self.constant(count)}({self.value(each.offset)})" if each.offset else "0"
        if isinstance(each.offset, StringLiteral) and each.offset.value == "continue":
            raise Uncovered("a loop that goes on where another ended")
        self.line(f"{first}, {last} = {self.constant(bounds)}(len({items}), {limit}, {offset})")
        self.line(f"if {last} > {first}:")
        self.depth += 1
        self.line(f"meter.loop({last} - {first})")
        if each.limit or each.offset:
            self.line(f"{items} = {items}[{first}:{last}]")
        if each.reversed:
            self.line(f"{items} = {items}[::-1]")
        names = {str(each.identifier): item}
        if self.drops:
            drop, outer = self.variable(), self.variable()
            name = self.constant(f"{each.identifier}-{each.iterable}")
            missing = self.constant(values.Missing("parentloop"))
            self.line(f"{outer} = parent")
            self.line(
                f"parent = {drop} = {self.constant(ForLoop)}({name}, None, {last} - {first}, "
                f"{outer} if {outer} is not {self.constant(_ABSENT)} else {missing})"
            )
            names = {"forloop": drop} | names
        self.line(f"for {item} in {items}:")
        self.depth += 1
        self.line("n = meter.spend(out, n)")
        if self.drops:
            self.line(f"{drop}.step()")
        self.depth -= 1
        self.scopes.append(names)
        self.in_capture.append(False)
        self.block(node.block)
        self.in_capture.pop()
        self.scopes.pop()
        if self.drops:
            self.line(f"parent = {outer}")
        self.depth -= 1
        if node.default:
            self.line("else:")
            self.block(node.default)

    def capture(self, block: BlockNode) -> None:
        saved = self.variable()
        self.line(f"{saved} = (out, n); out = []; w = out.append; n = 0")
        self.in_capture.append(True)
        self.depth -= 1
        self.block(block)
        self.depth += 1
        self.in_capture.pop()
        self.line(f"meter.spend(out, n); text = {self.constant('')}.join(out)")
        self.line(f"out, n = {saved}; w = out.append")

    def marked(self, text: str) -> str:
        return f"{self.constant(Markup)}({text})" if self.html else text

    def slot(self, node: Slot) -> None:
        fixed = all(isinstance(inner, ContentNode) for inner in node.block.nodes)
        show = self.constant(node.show)
        if fixed:
            address = "".join(inner.text for inner in node.block.nodes if isinstance(inner, ContentNode))
            self.write(f"{show}(state, {self.html}, {self.constant(address)})")
        elif all(isinstance(inner, (ContentNode, Shown)) for inner in node.block.nodes):
            parts = []
            for inner in node.block.nodes:
                if isinstance(inner, ContentNode):
                    parts.append(self.constant(inner.text))
                elif isinstance(inner, Shown):
                    parts.append(f"{self.show}({self.filtered(inner.expression)})")
            address = parts[0] if len(parts) == 1 else f"{self.constant('')}.join([{', '.join(parts)}])"
            self.write(f"{show}(state, {self.html}, {address})")
        else:
            self.capture(node.block)
            self.write(f"{show}(state, {self.html}, text)")

    def counter(self, node: IncrementNode | DecrementNode) -> None:
        name, absent = self.counters[str(node.name)], self.constant(_ABSENT)
        self.line(f"if {name} is {absent}: {name} = 0")
        if isinstance(node, IncrementNode):
            self.write(f"{self.constant(str)}({name})")
            self.line(f"{name} = {name} + 1")
        else:
            self.line(f"{name} = {name} - 1")
            self.write(f"{self.constant(str)}({name})")

    def cycle(self, node: CycleNode) -> None:
        shown, key, at = self.variable(), self.variable(), self.variable()
        group = self.value(node.group) if node.group else "None"
        self.line(f"{shown} = [{', '.join(map(self.value, node.args))}]")
        self.line(f"{key} = {self.constant(cycle_key)}({group}, {shown})")
        self.line(f"{at} = cycles[{key}] if {key} in cycles else 0")
        self.line(f"cycles[{key}] = ({at} + 1) % len({shown})")
        self.write(f"{self.show}({shown}[{at} % len({shown})])")

    # Expressions

    def filtered(self, expression: Expression) -> str:
        if not isinstance(expression, FilteredExpression):
            return self.value(expression)
        found = self.value(expression.left)
        for each in expression.filters or ():
            use: Filter = FILTERS[each.name]
            if "context" in use.needs:
                raise Uncovered(each.name)
            arguments = [found]
            for argument in each.args:
                name = getattr(argument, "name", None)
                value = self.value(argument.value)
                arguments.append(value if name is None else f"**{{{self.constant(str(name))}: {value}}}")
            if "now" in use.needs:
                arguments.append("now=now")
            call = f"{self.constant(use.bind(environment=self.environment))}({', '.join(arguments)})"
            found = self.variable()
            self.line(f"{found} = {call}")
        return found

    def condition(self, expression: Expression) -> str:
        if isinstance(expression, BooleanExpression):
            return self.condition(expression.expression)
        if isinstance(expression, theirs.LogicalAndExpression):
            return f"({self.condition(expression.left)} and {self.condition(expression.right)})"
        if isinstance(expression, theirs.LogicalOrExpression):
            return f"({self.condition(expression.left)} or {self.condition(expression.right)})"
        if isinstance(expression, Comparison):
            return self.value(expression)
        return f"{self.constant(compare.truthy)}({self.value(expression)})"

    def value(self, expression: Expression) -> str:
        if isinstance(expression, Path):
            return self.path(expression)
        if isinstance(expression, StringLiteral):
            return self.constant(Markup(expression.value) if self.html else expression.value)  # noqa: S704  (the author's)
        if isinstance(expression, Literal):
            return self.constant(expression.value)
        if isinstance(expression, (Empty, Blank)):
            return self.constant(expression)
        if isinstance(expression, Nil):
            return "None"
        if isinstance(expression, RangeLiteral):
            start, stop = self.value(expression.start), self.value(expression.stop)
            return f"{self.constant(expression._make_range)}({start}, {stop})"
        if isinstance(expression, Comparison):
            left, right = self.value(expression.left), self.value(expression.right)
            return f"{self.constant(OPERATORS[expression.operator])}({left}, {right})"
        if isinstance(expression, BooleanExpression) or expression.__class__ in (
            theirs.LogicalAndExpression,
            theirs.LogicalOrExpression,
        ):
            return self.condition(expression)
        raise Uncovered(type(expression).__name__)

    def path(self, path: Path) -> str:
        root = path.path[0]
        if not isinstance(root, str):
            raise Uncovered("a name that is computed")
        keys = path.path[1:]
        if any(isinstance(key, Path) for key in keys):
            found = self.root(root, self.constant(values.Missing(root, token=path.token)))
            shown = ", ".join(self.path(key) if isinstance(key, Path) else self.constant(key) for key in keys)
            return f"{self.constant(follow)}({found}, ({shown},), {self.constant(root)}, {self.constant(path.token)})"
        missing = self.constant(values.Missing(show_path(path.path), token=path.token))
        found = self.root(root, missing)
        if not keys:
            return found
        if len(keys) == 1:
            return f"{self.constant(values.at)}({found}, {self.constant(keys[0])}, {missing})"
        return f"{self.constant(values.reach)}({found}, {self.constant(tuple(keys))}, {missing})"

    def root(self, name: str, missing: str) -> str:
        for names in reversed(self.scopes):
            if name in names:
                return names[name]
        if name not in self.globals:
            self.globals[name] = f"g{len(self.globals)}"
        absent = self.constant(_ABSENT)
        found = f"({self.globals[name]} if {self.globals[name]} is not {absent} else {missing})"
        if name in self.counters:
            counter = self.counters[name]
            given = self.globals[name]
            found = f"({given} if {given} is not {absent} else {counter} if {counter} is not {absent} else {missing})"
        if name in self.locals:
            local = self.locals[name]
            found = f"({local} if {local} is not {absent} else {found})"
        return found


def _walk(nodes: Iterable[Node]) -> Iterable[Node]:
    for node in nodes:
        yield node
        yield from _walk(children(node))


def children(node: Node) -> list[Node]:
    """Give the nodes inside a node."""
    return list(node.children(None, include_partials=False))  # type: ignore[arg-type]  # only partials ask for a context


def _names(nodes: list[Node], kinds: tuple[type[Node], ...]) -> list[str]:
    return list(dict.fromkeys(str(node.name) for node in nodes if isinstance(node, kinds)))  # type: ignore[attr-defined]  # these kinds have one


def _roots(node: Node) -> set[str]:
    return {str(path.path[0]) for expression in node.expressions() for path in paths(expression)}


def paths(expression: Expression) -> list[Path]:
    """Give the paths an expression reads, those inside others too."""
    own = [expression] if isinstance(expression, Path) else []
    return own + [path for child in expression.children() for path in paths(child)]
