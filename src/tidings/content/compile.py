"""Publishing a template: everything that can be done once is done here, and every fault that can be found is found.

Each source is read as Liquid by itself first, so that faults have its own lines. Then Liquid is masked, snippets and the layout are
put together, MJML or Markdown becomes HTML, styles are set into the elements, links become slots, the text part is made, and the
result is parsed and compiled.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from tidings.content import markdown, page
from tidings.content.links import slot_links
from tidings.content.liquid import ROOTS, Place, Script, Unread, locator, parse
from tidings.content.liquid.tags.links import PIXEL
from tidings.content.mask import CONTENT, SNIPPET, Mask, fresh_word
from tidings.content.message import Message
from tidings.content.mjml.check import check_mjml
from tidings.content.mjml.engine import EngineError, to_html
from tidings.content.plain import plain_text
from tidings.content.template import Template
from tidings.kernel.problems import Invalid, Problem, did_you_mean

NO_ASSETS: Final[Mapping[str, str]] = {}
Form = Literal["mail", "text", "raw"]
"""What the channel makes of a body: HTML and text; text; exactly what was written."""


def compile(
    template: Template,
    *,
    layouts: Mapping[str, str],
    snippets: Mapping[str, str],
    form: Form = "mail",
    assets: Mapping[str, str] = NO_ASSETS,
) -> Message:
    """Make the message that is sent. ``assets``: the addresses of pictures by name. Raises Invalid with file, line and column of every
    fault found."""
    made = _Publishing(template, layouts, snippets, form).message()
    return replace(made, assets=assets) if made.reads("assets") else made


class _Publishing:
    def __init__(self, template: Template, layouts: Mapping[str, str], snippets: Mapping[str, str], form: Form) -> None:
        self.template, self.layouts, self.snippets, self.form = template, layouts, snippets, form
        self.layout = layouts.get(template.layout, "") if template.layout else ""
        self.mask = Mask(fresh_word(template.body, self.layout, template.preheader, *snippets.values()), snippets)
        self.problems: list[Problem] = []
        self.is_html = template.format != "text" and form != "raw"
        self.is_mjml = template.format == "mjml" and self.is_html

    def message(self) -> Message:
        template = self.template
        fields: dict[str, Any] = {
            name: self.field(key, value)
            for name, key, value in (
                ("subject", "subject", template.subject),
                ("title", "title", template.title),
                ("preheader", "preheader", template.preheader),
                ("from_", "from", template.from_),
                ("reply_to", "reply_to", template.reply_to),
            )
        }
        extra = {key: self.own(key, value) for key, value in template.extra.items()}
        self.check_sources()
        if self.problems:
            raise Invalid(self.problems)
        links: list[str] = []
        html_script = None
        if self.is_html:
            masked, links = self.html()
            text_script = self.script(plain_text(masked, self.mask.pattern), is_html=False)
            if self.form == "mail":
                masked = page.at_end(masked, self.mask.mark(f"{{% {PIXEL} %}}", ("", 0, 0)))
                html_script = self.script(masked, is_html=True)
        else:
            text_script = self.script(self.composed(), is_html=False)
        used = self.rendered_snippets()
        return Message(
            template=template,
            text=text_script,
            html=html_script,
            extra=extra,
            links=tuple(links),
            snippets=_snippets(used, is_html=False),
            html_snippets=_snippets(used, is_html=True) if html_script else {},
            **fields,
        )

    # Checks, each source by itself

    def field(self, key: str, value: str) -> Script:
        line, _ = self.template.places.get(key, (1, 1))
        file = self.template.name
        empty = parse("", html=False)
        try:
            mask = Mask(fresh_word(value), self.snippets)
            source, locate = mask.reveal(mask.hide(value, file, line))
            return parse(source, html=False, locate=lambda offset: self.in_field(key, value, locate(offset)))
        except Invalid as error:
            self.problems += error.problems
            return empty

    def in_field(self, key: str, value: str, place: Place) -> Place:
        """Where the author finds a place in a field's value; one in a snippet is right already. Of what is no whole piece
        of Liquid, such as a `{{` that is not closed, it is the field."""
        file, line, column = place
        if not file:
            return (self.template.name, *self.template.places.get(key, (1, 1)))
        if file != self.template.name:
            return place
        before = value.split("\n")[: line - self.template.places.get(key, (1, 1))[0]]
        return (file, *self.template.place(key, value, sum(len(each) + 1 for each in before) + column - 1))

    def own(self, key: str, value: Any) -> Any:
        if isinstance(value, str):
            return self.field(key, value) if "{{" in value or "{%" in value else value
        if isinstance(value, Mapping):
            return {str(name): self.own(key, entry) for name, entry in value.items()}
        if isinstance(value, list):
            return [self.own(key, entry) for entry in value]
        return value

    def check_sources(self) -> None:
        template = self.template
        if template.layout and template.layout not in self.layouts:
            line, column = template.places.get("layout", (1, 1))
            hint = did_you_mean(template.layout, list(self.layouts))
            self.problems.append(
                Problem(f"there is no layout `{template.layout}`", hint, ("layout",), template.name, line, column)
            )
            self.check_liquid(template.body, template.name, template.body_line)
            return
        inside_mjml = bool(self.layout) and _is_mjml(self.layout)
        fragment = inside_mjml or (bool(self.layout) and not _is_mjml(template.body))
        if self.check_liquid(template.body, template.name, template.body_line) and self.is_mjml:
            self.problems += check_mjml(template.body, template.name, template.body_line, fragment)
        if template.layout:
            file = f"layouts/{template.layout}"
            if self.check_liquid(self.layout, file, 1) and self.is_mjml and inside_mjml:
                self.problems += check_mjml(CONTENT.sub(lambda m: " " * len(m[0]), self.layout), file, 1, False)
            if not CONTENT.search(self.layout):
                self.problems.append(
                    Problem("the layout has no place for the message", "write {{ content }} there", (), file, 1, 1)
                )
            if inside_mjml and template.format != "mjml":
                hint = "give the template `format: mjml`, or another layout"
                self.problems.append(
                    Problem("the layout is MJML, the template is not", hint, ("layout",), template.name, 1, 1)
                )
        for name in self.used_snippets():
            self.check_liquid(self.snippets[name], f"snippets/{name}", 1)

    def check_liquid(self, source: str, file: str, first_line: int) -> bool:
        """Whether it is Liquid at all, with whatever faults."""
        try:
            parse(source, html=self.is_html, locate=locator(source, file, first_line), roots=ROOTS)
        except Invalid as error:
            self.problems += error.problems
            return not isinstance(error, Unread)
        return True

    def used_snippets(self) -> list[str]:
        found: dict[str, None] = {}
        waiting = [self.template.body, self.layout]
        while waiting:
            for match in SNIPPET.finditer(waiting.pop()):
                name = match[1] or match[2]
                if name in self.snippets and name not in found:
                    found[name] = None
                    waiting.append(self.snippets[name])
        return list(found)

    def rendered_snippets(self) -> dict[str, str]:
        """Snippets that are chosen when a message is sent: all of them, where a name is computed."""
        sources = [self.template.body, self.layout, *(self.snippets[name] for name in self.used_snippets())]
        if not any(re.search(r"\{%-?\s*render_liquid\b", source) for source in sources):
            return {}
        made = {}
        for name, source in self.snippets.items():
            mask = Mask(fresh_word(source, *self.snippets.values()), self.snippets)
            made[name] = mask.reveal(mask.hide(source.removesuffix("\n"), f"snippets/{name}"))[0]
        return made

    # Making

    def composed(self) -> str:
        template = self.template
        body = self.mask.hide(template.body, template.name, template.body_line)
        if template.format == "markdown" and self.is_html:
            body = markdown.to_html(body, self.mask)
        if not self.layout:
            return body
        return self.mask.hide(self.layout, f"layouts/{template.layout}", content=body)

    def html(self) -> tuple[str, list[str]]:
        template = self.template
        masked, css = self.composed(), ""
        if template.format == "mjml":
            if not _is_mjml(masked):
                raise Invalid(
                    [
                        Problem(
                            "the layout is no MJML",
                            "MJML stands in <mjml><mj-body>…</mj-body></mjml>",
                            (),
                            template.name,
                            1,
                            1,
                        )
                    ]
                )
            try:
                masked, css = to_html(masked, self.mask.word)
            except EngineError as error:
                raise Invalid([Problem(f"MJML: {error}", "", (), template.name, template.body_line, 1)]) from error
        if page.nesting(masked) > page.DEEPEST:
            says = f"more than {page.DEEPEST} elements stand inside each other"
            raise Invalid([Problem(says, "is one of them never closed?", (), template.name, template.body_line, 1)])
        if template.format == "mjml":
            masked = page.set_styles(masked, css) if css else masked
        else:
            masked = page.set_styles(page.document(masked, readable=template.format == "markdown"))
        masked, links = slot_links(masked, self.mask)
        if template.preheader:
            line, _ = template.places.get("preheader", (1, 1))
            hidden = self.mask.hide(
                html.escape(template.preheader, quote=False) if "{" not in template.preheader else template.preheader,
                template.name,
                line,
            )
            masked = page.with_preheader(masked, hidden)
        return masked, links

    def script(self, masked: str, is_html: bool) -> Script:
        source, locate = self.mask.reveal(masked)
        return parse(source, html=is_html, locate=locate, slots=True)


def _snippets(sources: Mapping[str, str], is_html: bool) -> dict[str, Script]:
    return {
        name: parse(source, html=is_html, locate=locator(source, f"snippets/{name}"))
        for name, source in sources.items()
    }


def _is_mjml(source: str) -> bool:
    return bool(re.search(r"<mjml\b", source))
