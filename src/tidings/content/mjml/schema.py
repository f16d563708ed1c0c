# ruff: noqa: E501
"""MJML's components: what each may be given and stand in. From the language's documentation (MJML 4)."""

from typing import Final

_PADDING: Final = "padding padding-top padding-right padding-bottom padding-left"
_FONT: Final = (
    "font-family font-size font-style font-weight letter-spacing line-height text-decoration text-transform color"
)
_BORDER: Final = "border border-top border-right border-bottom border-left border-radius"
_INNER: Final = "inner-border inner-border-top inner-border-right inner-border-bottom inner-border-left inner-border-radius inner-background-color"
_BACKGROUND: Final = "background-color background-url background-repeat background-size background-position background-position-x background-position-y"

_ATTRIBUTES: Final = {
    "mjml": "lang dir owa version",
    "mj-head": "",
    "mj-body": "background-color width id lang dir title",
    "mj-attributes": "",
    "mj-all": "*",
    "mj-class": "*",
    "mj-breakpoint": "width",
    "mj-font": "name href",
    "mj-html-attributes": "",
    "mj-selector": "path",
    "mj-html-attribute": "name",
    "mj-preview": "",
    "mj-style": "inline",
    "mj-title": "",
    "mj-section": f"{_BACKGROUND} {_BORDER} direction full-width {_PADDING} text-align text-padding",
    "mj-wrapper": f"{_BACKGROUND} {_BORDER} direction full-width gap {_PADDING} text-align text-padding",
    "mj-group": "background-color direction vertical-align width",
    "mj-column": f"background-color {_BORDER} {_INNER} direction {_PADDING} vertical-align width",
    "mj-text": f"{_FONT} align height {_PADDING} container-background-color vertical-align",
    "mj-button": (
        f"{_FONT} align background-color {_BORDER} container-background-color height href inner-padding name {_PADDING} rel target "
        "text-align title vertical-align width text-padding"
    ),
    "mj-image": (
        f"align alt {_BORDER} container-background-color fluid-on-mobile font-size height max-height href name {_PADDING} rel sizes src "
        "srcset target title usemap width"
    ),
    "mj-divider": f"align border-color border-style border-width container-background-color {_PADDING} width",
    "mj-spacer": f"container-background-color height {_BORDER} {_PADDING} vertical-align width",
    "mj-table": (
        f"align border cellpadding cellspacing color container-background-color font-family font-size font-weight line-height {_PADDING} "
        "role table-layout vertical-align width"
    ),
    "mj-raw": "position",
    "mj-hero": (
        f"background-color background-height background-position background-url background-width {_BORDER} container-background-color "
        f"height inner-background-color inner-padding inner-padding-top inner-padding-left inner-padding-right inner-padding-bottom mode {_PADDING} vertical-align width"
    ),
    "mj-navbar": (
        f"align base-url hamburger ico-align ico-close ico-color ico-font-family ico-font-size ico-line-height ico-open ico-padding "
        "ico-padding-top ico-padding-right ico-padding-bottom ico-padding-left ico-text-decoration ico-text-transform "
        f"{_PADDING}"
    ),
    "mj-navbar-link": f"{_FONT} href name {_PADDING} rel target",
    "mj-social": (
        f"align border-radius color container-background-color {_FONT} icon-height icon-padding icon-size inner-padding mode {_PADDING} "
        "table-layout text-padding vertical-align"
    ),
    "mj-social-element": (
        f"align alt background-color border-radius {_FONT} href icon-height icon-padding icon-position icon-size name {_PADDING} rel sizes src "
        "srcset target text-padding title vertical-align"
    ),
    "mj-accordion": (
        f"border container-background-color font-family icon-align icon-height icon-position icon-unwrapped-alt icon-unwrapped-url icon-width "
        f"icon-wrapped-alt icon-wrapped-url {_PADDING}"
    ),
    "mj-accordion-element": (
        "background-color border font-family icon-align icon-height icon-position icon-unwrapped-alt icon-unwrapped-url icon-width "
        "icon-wrapped-alt icon-wrapped-url"
    ),
    "mj-accordion-title": f"background-color color font-family font-size font-weight {_PADDING}",
    "mj-accordion-text": f"background-color color font-family font-size font-weight letter-spacing line-height {_PADDING}",
    "mj-carousel": (
        f"align background-color border-radius icon-width left-icon right-icon {_PADDING} tb-border tb-border-radius tb-hover-border-color "
        "tb-selected-border-color tb-width thumbnails container-background-color"
    ),
    "mj-carousel-image": "alt border-radius href rel src target tb-border tb-border-radius thumbnails-src title",
}
ATTRIBUTES: Final[dict[str, frozenset[str]]] = {name: frozenset(given.split()) for name, given in _ATTRIBUTES.items()}
ANYWHERE: Final = frozenset({"css-class", "mj-class", "id", "lang"})
"""Attributes of every component of the body."""
DEFAULTS: Final = frozenset({"mj-attributes"})
"""Inside these a component's name sets defaults, so it stands outside its own parents."""
ENDING: Final = frozenset(
    {
        "mj-text",
        "mj-button",
        "mj-table",
        "mj-raw",
        "mj-navbar-link",
        "mj-social-element",
        "mj-accordion-title",
        "mj-accordion-text",
        "mj-html-attribute",
        "mj-style",
        "mj-title",
        "mj-preview",
    }
)
"""What stands in these is HTML or text and no MJML."""

_COLUMN: Final = ("mj-column", "mj-hero")
PARENTS: Final[dict[str, tuple[str, ...]]] = {
    "mj-head": ("mjml",),
    "mj-body": ("mjml",),
    "mj-attributes": ("mj-head",),
    "mj-breakpoint": ("mj-head",),
    "mj-font": ("mj-head",),
    "mj-html-attributes": ("mj-head",),
    "mj-preview": ("mj-head",),
    "mj-style": ("mj-head",),
    "mj-title": ("mj-head",),
    "mj-section": ("mj-body", "mj-wrapper"),
    "mj-wrapper": ("mj-body",),
    "mj-hero": ("mj-body", "mj-wrapper"),
    "mj-group": ("mj-section",),
    "mj-column": ("mj-section", "mj-group"),
    "mj-text": _COLUMN,
    "mj-button": _COLUMN,
    "mj-image": _COLUMN,
    "mj-divider": _COLUMN,
    "mj-spacer": _COLUMN,
    "mj-table": _COLUMN,
    "mj-navbar": _COLUMN,
    "mj-navbar-link": ("mj-navbar",),
    "mj-social": _COLUMN,
    "mj-social-element": ("mj-social",),
    "mj-accordion": _COLUMN,
    "mj-accordion-element": ("mj-accordion",),
    "mj-accordion-title": ("mj-accordion-element",),
    "mj-accordion-text": ("mj-accordion-element",),
    "mj-carousel": _COLUMN,
    "mj-carousel-image": ("mj-carousel",),
}
