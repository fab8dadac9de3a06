"""Tries out workflows and rules, by simulated runs, tests of drafts, live tests with real effects, and backtests."""
