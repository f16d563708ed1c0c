"""``account``: whoever runs the installation lets somebody in who forgot their password."""

import time
from typing import Annotated

from cyclopts import Parameter
from rich.markup import escape

from tidings.cli import show
from tidings.cli.asking import AsJson
from tidings.cli.installation import installation
from tidings.kernel.times import show_iso
from tidings.teams import audit, reset, sign_on, store
from tidings.teams.audit import Actor
from tidings.teams.key import has_key, installation_key

Email = Annotated[str, Parameter(help="The address they sign in with.")]


async def make_link(email: Email, *, json: AsJson = False) -> int:
    """Print a link by which somebody chooses a new password. It works once, within an hour; two-factor stays on."""
    async with installation() as here:
        if not has_key(here.settings):
            hint = "run it where Tidings runs, or set TIDINGS_KEY, or TIDINGS_DATA, as it is there"
            show.refuse("the installation's key is not on this machine", hint)
        async with here.pool.acquire() as connection, connection.transaction():
            account = await store.account(connection, email=email.strip().lower())
            if account is None:
                show.refuse(f"nobody here signs in as `{email}`", "look for a typing error, or invite them")
            ways = await sign_on.kept_out(connection, account.id)
            if not account.password or ways:
                way = " or ".join(ways) or "a provider"
                show.refuse(f"{account.email} signs in with {way}: a password would open nothing")
            until = time.time_ns() // 1000 + reset.GOOD
            url = f"{here.settings.url}/password#{reset.secret_of(installation_key(here.settings), account, until)}"
            by = Actor(None, show.operator().id)
            await audit.note_account(connection, account.id, by, "made a password link for", "account", account.email)
    if json:
        show.show_json({"email": account.email, "url": url, "until": show_iso(until)})
    else:
        show.say(f"[green]✓[/] {escape(account.email)} chooses a new password here; it works once, within an hour:\n")
        show.plain(f"    {url}\n")
    return show.DONE
