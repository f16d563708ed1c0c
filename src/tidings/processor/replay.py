"""What a batch says when somebody else was quicker."""


class Replay(Exception):
    """Another process changed something this batch rests on: work it out again from what is there now."""
