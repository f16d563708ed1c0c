"""Find the channels and their providers by walking the folders; nothing lists them by name."""

import importlib
import pkgutil
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from tidings.channels.channel import Channel
from tidings.channels.provider import Provider
from tidings.kernel.expected import plain
from tidings.kernel.problems import Invalid, Problem, did_you_mean


class Configured(Struct, frozen=True):
    """A channel with the provider and settings a workspace chose for it."""

    channel: Channel
    provider: Provider[Any]
    settings: Struct


@cache
def registry() -> Mapping[str, Channel]:
    """Give every channel by name, each with its ``providers``."""
    return walk()


def walk() -> dict[str, Channel]:
    """Read the folders afresh."""
    found: dict[str, Channel] = {}
    here = sys.modules[__package__]
    for module in sorted(pkgutil.iter_modules(here.__path__, __package__ + "."), key=lambda found: found.name):
        if not module.ispkg:
            continue
        channel: Channel = importlib.import_module(module.name + ".channel").CHANNEL
        channel.providers = _providers(module.name)
        found[channel.name] = channel
    return found


def _providers(package: str) -> dict[str, Provider[Any]]:
    found: dict[str, Provider[Any]] = {}
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__, package + "."):
        provider = getattr(importlib.import_module(module.name), "PROVIDER", None)
        if isinstance(provider, Provider):
            found[provider.name] = provider
    return found


def configure(tables: Mapping[str, Any]) -> dict[str, Configured]:
    """Read a workspace's ``[channels.<name>]`` tables: ``provider`` and that provider's settings.

    Raises `Invalid`; each problem's path begins with the channel's name. Values are never repeated in it: one may be a secret
    that was written where its variable's name belongs.
    """
    channels, chosen, problems = registry(), dict[str, Configured](), list[Problem]()
    for name, table in tables.items():
        if name not in channels:
            hint = did_you_mean(name, list(channels)) or f"channels are {', '.join(channels)}"
            problems.append(Problem(f"no channel is called `{name}`", hint, (name,)))
            continue
        try:
            chosen[name] = _configured(channels[name], table)
        except Invalid as invalid:
            problems += [
                Problem(problem.message, problem.hint, (name, *problem.path), warning=problem.warning)
                for problem in invalid.problems
            ]
    if problems:
        raise Invalid(problems)
    return chosen


def _configured(channel: Channel, table: object) -> Configured:
    names = ", ".join(channel.providers)
    if not isinstance(table, dict):
        raise Invalid([Problem("is no table", f'write `provider = "…"` in it, one of {names}')])
    settings = {key: value for key, value in table.items() if key != "provider"}
    chosen = table.get("provider")
    if not isinstance(chosen, str) or chosen not in channel.providers:
        near = did_you_mean(chosen, list(channel.providers)) if isinstance(chosen, str) else ""
        raise Invalid([Problem("no such provider", near or f"choose one of {names}", ("provider",))])
    provider = channel.providers[chosen]
    known = {field.encode_name: field for field in msgspec.structs.fields(provider.Settings)}
    problems = [
        Problem(f"{chosen} has no setting `{key}`", did_you_mean(key, list(known)), (key,))
        for key in settings
        if key not in known
    ]
    for key, field in known.items():
        if key in settings:
            try:
                msgspec.convert(settings[key], field.type)
            except msgspec.ValidationError as error:
                problems.append(Problem(plain(str(error)), _hint(key), (key,)))
        elif field.required:
            problems.append(Problem(f"`{key}` is missing", f"{chosen} needs it", (key,)))
    if problems:
        raise Invalid(problems)
    made = msgspec.convert(settings, provider.Settings)
    if found := provider.check(made):
        raise Invalid(found)
    return Configured(channel, provider, made)


def _hint(key: str) -> str:
    if key.endswith("_env"):
        return "write the name of the environment variable that holds the secret, for example TIDINGS_SECRET_SMTP"
    return ""
