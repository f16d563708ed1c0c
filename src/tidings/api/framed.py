"""A message's HTML as a page of its own, which may do nothing."""

from litestar import Response

from tidings.delivery.mailbox_pages import framed
from tidings.settings import Settings


def frame(html: str, images: bool, settings: Settings) -> Response[bytes]:
    """Answer with it, in a sandbox and without scripts. ``images``: load remote ones."""
    body, own = framed(html, images, settings.shown)
    fields = {
        **own,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
    }
    return Response(body, media_type="text/html", headers=fields)
