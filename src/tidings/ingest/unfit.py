"""Why one message or operation can't be used."""


class Unfit(ValueError):
    """It can be read, and can't be used; the text says why."""
