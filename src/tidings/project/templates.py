"""Check templates, layouts and snippets: what each says of the rest of the project, and whether it compiles."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tidings.channels.walk import registry
from tidings.content import pictures
from tidings.content.compile import Form, compile
from tidings.content.message import Message
from tidings.content.template import Template, read, readable
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.project.folder import Project, Source
from tidings.project.workspace import Settings

Found = Iterator[tuple[str, str, Problem]]
"""(kind, name, problem) each."""


def check(project: Project, settings: Settings | None) -> Found:
    """Check them all; ``settings`` None where those are faulty themselves. A fault in a shared layout is named once."""
    layouts, snippets = _texts(project.layouts), _texts(project.snippets)
    told: set[Problem] = set()
    for kind, sources in (("template", project.templates), ("layout", project.layouts), ("snippet", project.snippets)):
        for name, source in sources.items():
            for problem in pictures.unknown(source.text, project.assets) if "assets" in source.text else ():
                yield kind, name, problem
    for name, source in project.templates.items():
        try:
            template, problems = readable(name, source.text, source.format)
        except Invalid as error:
            problems = error.problems
        else:
            fields = {problem.path for problem in problems}
            problems += [each for each in _template(template, project, settings) if each.path not in fields]
            if ("layout", template.layout) not in project.unread:
                problems += _compiled(template, layouts, snippets, problems)
        for problem in problems:
            kind, own = whose(problem.file, name)
            found = replace(problem, file="")
            if problem.file in ("", name) or problem not in told:
                told.add(problem)
                yield kind, own, found


def _compiled(
    template: Template, layouts: Mapping[str, str], snippets: Mapping[str, str], told: list[Problem]
) -> list[Problem]:
    try:
        compile(template, layouts=layouts, snippets=snippets, form=_form(template))
    except Invalid as error:
        lacks_layout = any(problem.path == ("layout",) for problem in told)
        return [each for each in error.problems if not (lacks_layout and each.path == ("layout",))]
    return []


def compiled(project: Project, name: str, base: str = "") -> Message:
    """Give one template compiled. ``base``: where pictures are loaded from. Raises
    Invalid where it can't be, KeyError where there is none of that name."""
    source = project.templates[name]
    template = read(name, source.text, source.format)
    shown = {name: pictures.address(base, name, asset.hash) for name, asset in project.assets.items()}
    return compile(
        template,
        layouts=_texts(project.layouts),
        snippets=_texts(project.snippets),
        form=_form(template),
        assets=shown,
    )


def _texts(sources: Mapping[str, Source]) -> dict[str, str]:
    return {name: source.text for name, source in sources.items()}


def _form(template: Template) -> Form:
    """What the template's channel makes of it; a channel that does not exist is a fault of its own."""
    channel = registry().get(template.channel)
    return channel.form if channel else "text"


def whose(file: str, template: str) -> tuple[str, str]:
    """The document that a file of content's naming is: ``welcome``, ``layouts/base``, ``snippets/footer``."""
    folder, _, name = file.rpartition("/")
    kind = {"layouts": "layout", "snippets": "snippet"}.get(folder)
    return (kind, name) if kind else ("template", template)


def _template(template: Template, project: Project, settings: Settings | None) -> Iterator[Problem]:
    channels = registry()
    channel = channels.get(template.channel)
    if channel is None:
        yield _at(template, "channel", f"there is no channel `{template.channel}`", _near(template.channel, channels))
        return
    for problem in channel.check(_fields(template)):
        yield _at(template, str(problem.path[0]) if problem.path else "", problem.message, problem.hint)
    if settings is not None and template.channel not in settings.channels:
        hint = (
            f"choose one in Settings, Senders and providers, or write `[channels.{template.channel}]` in tidings.toml"
        )
        yield _at(template, "channel", f"the channel `{template.channel}` has no provider", hint, warning=True)
    if settings is not None and template.topic and template.topic not in settings.topics:
        hint = (
            did_you_mean(template.topic, list(settings.topics))
            or f"add it in Settings, Topics and limits, or write `[topics.{template.topic}]` in tidings.toml"
        )
        yield _at(template, "topic", f"there is no topic `{template.topic}`", hint)
    if settings is not None and template.from_ and not {"@", "{"} & set(template.from_):
        senders = settings.senders
        if template.from_ not in senders:
            hint = (
                did_you_mean(template.from_, list(senders))
                or f"add it in Settings, Senders and providers, or write `[senders.{template.from_}]` in tidings.toml"
            )
            yield _at(template, "from", f"there is no sender `{template.from_}`", hint)
    if template.layout and template.layout not in project.layouts:
        hint = did_you_mean(template.layout, list(project.layouts)) or "begin it in Content"
        yield _at(template, "layout", f"there is no layout `{template.layout}`", hint)


def _fields(template: Template) -> dict[str, Any]:
    """The front matter that concerns the channel."""
    own = {
        "subject": template.subject,
        "title": template.title,
        "from": template.from_,
        "reply_to": template.reply_to,
        "preheader": template.preheader,
    }
    return {key: value for key, value in own.items() if value} | template.extra


def _at(template: Template, key: str, message: str, hint: str = "", *, warning: bool = False) -> Problem:
    line, column = template.places.get(key, (1, 1))
    return Problem(message, hint, (key,), line=line, column=column, warning=warning)


def _near(word: str, known: Mapping[str, object]) -> str:
    return did_you_mean(word, list(known)) or f"there are: {', '.join(known)}"
