"""The brand of a workspace: what its mail has in common. Layouts and messages read it as `brand.accent`, `brand.address`, and so on.

It is read when a message is made, never copied into templates: a new address stands in the footer of the next mail.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from tidings.content import pictures
from tidings.kernel.problems import Problem

_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_URL: Final = re.compile(r"https?://[^\s\"'<>]+")
_FONT: Final = re.compile(r"[A-Za-z0-9 ,'-]{1,200}")


class Brand(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The table `[brand]`. ``name``: of the sender, "" for the workspace's. ``logo``: the name of a picture, or the address of one.
    ``address``: the postal one, which the law asks for below marketing mail. Colours are `#rrggbb`; ``font``: names as CSS lists them."""

    name: str = ""
    logo: str = ""
    website: str = ""
    address: str = ""
    accent: str = "#0f766e"
    background: str = "#f3f4f6"
    text: str = "#1f2937"
    font: str = "Helvetica, Arial, sans-serif"


def check(brand: Brand) -> list[Problem]:
    """Say what is wrong, each with its field as the path. Whether a picture of the logo's name is there, the project says."""
    problems = []
    for name in ("accent", "background", "text"):
        if not _COLOUR.fullmatch(getattr(brand, name)):
            problems.append(
                Problem(f"`{getattr(brand, name)}` is no colour", "write for example `#0f766e`", ("brand", name))
            )
    for name in ("logo", "website"):
        value = getattr(brand, name)
        if value and not _URL.fullmatch(value) and not (name == "logo" and pictures.NAME.fullmatch(value)):
            hint = "write the whole of it, for example `https://example.com/logo.png`"
            hint += ", or the name of a picture" if name == "logo" else ""
            problems.append(Problem(f"`{value}` is no address on the web", hint, ("brand", name)))
    if not _FONT.fullmatch(brand.font):
        hint = "write names as CSS lists them, for example `Georgia, serif`"
        problems.append(Problem(f"`{brand.font}` names no fonts", hint, ("brand", "font")))
    return problems


def values(table: Mapping[str, Any], workspace: str, assets: Mapping[str, str]) -> dict[str, str]:
    """Give what templates read of a workspace's settings. ``assets``: the addresses of pictures by name. What is not said is left out
    where it has no default, so that `{% if %}` holds for what is there."""
    said = {name: table.get(name) or default for name, default in _DEFAULTS.items()}
    said["name"] = said["name"] or workspace
    said["logo"] = assets.get(str(said["logo"]), said["logo"])
    return {name: str(value) for name, value in said.items() if value}


_DEFAULTS: Final = {name: getattr(Brand(), name) for name in Brand.__struct_fields__}
