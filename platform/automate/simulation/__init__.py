"""Try out workflows and rules: rehearsals of cases, tests of a draft, live tests, and backtests of a rule."""
