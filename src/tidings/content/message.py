"""A published template: what one recipient costs is filling it in."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec import Struct

from tidings.content.liquid import Place, RenderError, Script, State
from tidings.content.liquid.context import untouched
from tidings.content.template import Template

_GAPS: Final = re.compile(r"\n{3,}")
"""What conditions that do not hold leave in a text part."""


class Rendered(Struct, frozen=True):
    """One message for one person. ``html`` is None where the channel has none. ``extra``: the channel's own fields, filled in."""

    subject: str
    html: str | None
    text: str
    preheader: str
    from_: str
    reply_to: str
    title: str
    extra: dict[str, Any]


@dataclass(frozen=True)
class Message:
    """Made by `compile.compile`. ``links``: the counted links as written, position 1 first. ``variables``: the paths it reads."""

    template: Template
    subject: Script
    title: Script
    preheader: Script
    from_: Script
    reply_to: Script
    text: Script
    html: Script | None
    extra: Mapping[str, Any]
    links: tuple[str, ...] = ()
    snippets: Mapping[str, Script] = field(default_factory=dict)
    html_snippets: Mapping[str, Script] = field(default_factory=dict)
    assets: Mapping[str, str] = field(default_factory=dict)
    """The addresses of pictures by name, as they were when it was published; empty where it reads none."""

    def reads(self, root: str) -> bool:
        """Whether it reads something of this name from the values."""
        return any(re.match(rf"{root}\b", path) for path in self.variables)

    @property
    def variables(self) -> tuple[str, ...]:
        """The paths it reads from the values, sorted: ``customer.first_name``."""
        return tuple(sorted({path for script in self._scripts() for path in script.variables}))

    def place(self, variable: str) -> Place:
        """Where its author finds the first of one of its ``variables``: file (`layouts/base`, say), line and column."""
        return next(script.place(variable) for script in self._scripts() if variable in script.variables)

    def _scripts(self) -> list[Script]:
        """All it is made of; what people see first comes first."""
        scripts = [self.subject, self.title, self.preheader, self.from_, self.reply_to, *_scripts(self.extra)]
        scripts += [self.html] if self.html else []
        return [*scripts, self.text, *self.snippets.values(), *self.html_snippets.values()]

    def render(
        self,
        values: Mapping[str, Any],
        *,
        links: Callable[[str, int], str] = untouched,
        pixel: str | None = None,
        urls: Mapping[str, str] | None = None,
        now: int | None = None,
    ) -> Rendered:
        """Fill it in. Raises RenderError with the line and the missing name.

        ``links``: given a link's address and its position (from 1), what stands in its place. ``pixel``: the address of the picture by
        which an opening is seen. ``urls``: by tag: ``unsubscribe_url``, ``view_in_browser_url``, ``manage_subscription_preferences_url``,
        ``tracking_consent_url``, ``countdown_url``, ``cio_link_id``, ``subscription_topic_name``; links to them are never replaced.
        ``now``: microseconds, for dates (the clock's, where None).
        """
        given = {**values, "assets": self.assets} if self.assets else values if type(values) is dict else dict(values)
        state = State(
            time.time_ns() // 1000 if now is None else now,
            links=links,
            urls=urls or {},
            pixel=pixel or "",
            snippets={name: script.render for name, script in self.snippets.items()},
        )
        subject = _line(self.subject, given, state)
        title = _line(self.title, given, state)
        preheader = _line(self.preheader, given, state)
        from_ = _line(self.from_, given, state)
        reply_to = _line(self.reply_to, given, state)
        extra = {key: _filled(value, given, state) for key, value in self.extra.items()}
        text = self.text.render(given, state)
        html = None
        if self.html is not None:
            state.snippets = {name: script.render for name, script in self.html_snippets.items()}
            html = self.html.render(given, state)
            if "\n\n\n" in text:
                text = _GAPS.sub("\n\n", text).lstrip("\n")
        return Rendered(subject, html, text, preheader, from_, reply_to, title, extra)


def _line(script: Script, given: Mapping[str, Any], state: State) -> str:
    """Render what has to fit on one line, as headers do."""
    return " ".join(script.render(given, state).split()) if script.source else ""


def _filled(value: Any, given: Mapping[str, Any], state: State) -> Any:
    if isinstance(value, Script):
        return value.render(given, state)
    if isinstance(value, Mapping):
        return {key: _filled(entry, given, state) for key, entry in value.items()}
    if isinstance(value, list):
        return [_filled(entry, given, state) for entry in value]
    return value


def _scripts(value: Any) -> list[Script]:
    if isinstance(value, Script):
        return [value]
    if isinstance(value, Mapping):
        return [script for entry in value.values() for script in _scripts(entry)]
    if isinstance(value, list):
        return [script for entry in value for script in _scripts(entry)]
    return []


__all__ = ["Message", "RenderError", "Rendered"]
