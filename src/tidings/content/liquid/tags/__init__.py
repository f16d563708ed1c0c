"""The tags that Liquid itself does not have."""

from typing import Any, Final

from tidings.content.liquid.tags import chance, countdown, links, rendered, urls

TAGS: Final[tuple[Any, ...]] = (*urls.TAGS, *chance.TAGS, *countdown.TAGS, *links.TAGS, *rendered.TAGS)
