"""Tries out workflows and rules: simulated runs, tests, live tests and backtests."""
