"""What a preview is made with, read and checked in one place for the preview as data and as a page."""

from typing import Annotated, Final, NamedTuple

from litestar.di import Provide
from litestar.params import QueryParameter

LOCALE: Final = r"^(?:[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3})?$"


class With(NamedTuple):
    """What a preview is made with; "" and 0 leave one out."""

    person: str = ""
    event: str = ""
    piece: str = ""
    number: int = 0
    waiting: int = 0
    locale: str = ""


def _with(
    person: Annotated[
        str, QueryParameter(description='Our own id for them; "" is somebody made up of the catalog\'s examples.')
    ] = "",
    event: Annotated[str, QueryParameter(description="As `previews/events` names it, or `sample:NAME`.")] = "",
    piece: Annotated[str, QueryParameter(description="A draft to use with it, such as `layout:base`.")] = "",
    number: Annotated[
        int,
        QueryParameter(ge=0, le=1 << 31, description="As those definitions had it, with their layouts and snippets."),
    ] = 0,
    waiting: Annotated[
        int,
        QueryParameter(
            ge=0, le=1 << 31, description="As the request of that number, which waits for approval, would have it."
        ),
    ] = 0,
    locale: Annotated[
        str,
        QueryParameter(
            pattern=LOCALE, description="As if the person's `locale` and `language` were this, such as `de-CH`."
        ),
    ] = "",
) -> With:
    return With(person, event, piece, number, waiting, locale)


WITH: Final = {"using": Provide(_with, sync_to_thread=False)}
"""Gives a route what the query says to make the preview with, as ``using``."""
