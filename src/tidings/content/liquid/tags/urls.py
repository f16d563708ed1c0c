"""Tags that print addresses made for one delivery: ``{% unsubscribe_url %}`` and its like."""

from typing import Any, Final

from liquid.exceptions import LiquidError
from markupsafe import escape

from tidings.content.liquid.context import State
from tidings.content.liquid.tags.printing import Printing, PrintingTag

NAMES: Final = (
    "unsubscribe_url",
    "view_in_browser_url",
    "manage_subscription_preferences_url",
    "tracking_consent_url",
    "cio_link_id",
    "subscription_topic_name",
)


class Address(Printing):
    """Prints one of the rendering's ``urls``."""

    def show(self, state: State, html: bool, *values: Any) -> str:
        """Give it; raises LiquidError where this message has none."""
        found = state.urls.get(self.name)
        if found is None:
            raise LiquidError(f"this message has no `{self.name}`", token=self.token)
        return escape(found) if html else found


class Unsubscribe(Printing):
    """Prints a whole link."""

    def show(self, state: State, html: bool, *values: Any) -> str:
        """Give the link, or the word and the address in text."""
        url = state.urls.get("unsubscribe_url")
        if url is None:
            raise LiquidError("this message has no `unsubscribe_url`", token=self.token)
        return f'<a href="{escape(url)}" class="untracked">Unsubscribe</a>' if html else f"Unsubscribe: {url}"


class UnsubscribeTag(PrintingTag):
    """``{% unsubscribe %}``"""

    name = "unsubscribe"
    node = Unsubscribe


TAGS: Final = (*(type(name, (PrintingTag,), {"name": name, "node": Address}) for name in NAMES), UnsubscribeTag)
