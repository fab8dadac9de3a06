"""Workflows and rules tried out: rehearsals of cases, tests of a draft, live tests, and backtests of a rule."""
