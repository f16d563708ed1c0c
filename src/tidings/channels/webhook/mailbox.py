"""The development provider: see `tidings.channels.mailbox`."""

from tidings.channels.mailbox import Mailbox

PROVIDER = Mailbox()
