"""Both ways of rendering a template, for the tests that hold them against each other."""

from typing import Any

from tidings.content.liquid import RenderError, Script, State, parse

NOW = 1_700_000_000_000_000  # 2023-11-14T22:13:20Z
URLS = {"unsubscribe_url": "https://t.example/u?a=1&b=2", "view_in_browser_url": "https://t.example/v"}


def show(source: str, html: bool = False, **values: Any) -> str:
    """Render, and insist that the interpreter gives the same."""
    script = parse(source, html=html)
    found = script.render(values, State(NOW, urls=URLS))
    assert interpret(script, values) == found
    return found


def interpret(script: Script, values: Any) -> str:
    """Render without the compiled function."""
    plain = Script(script.source, script.bound.nodes, script.environment, script.locate)
    plain.function = None
    return plain.render(values, State(NOW, urls=URLS))


def outcome(script: Script, values: Any, interpreted: bool) -> tuple[str, str]:
    """Give the text, or the error with its place."""
    try:
        return "text", interpret(script, values) if interpreted else script.render(values, State(NOW, urls=URLS))
    except RenderError as error:
        return "error", error.message
