"""Routes about rehearsals: backtests and simulations."""
