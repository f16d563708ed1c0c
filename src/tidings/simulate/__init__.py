"""Rehearsals: the engine itself on a virtual clock, for journey tests, simulations and backtests. Reads; writes nothing live."""
