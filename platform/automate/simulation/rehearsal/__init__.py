"""Runs without a database: one workflow on one event, through the engine's own rounds, on a clock that does not wait.

What would leave the platform is answered by a case, a file that a person or a real run wrote.
"""
