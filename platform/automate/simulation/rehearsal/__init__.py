"""Runs a workflow on one event without a database: the engine's own rounds, on a simulated clock.

A case answers the calls that would leave the platform. A case is a file, written by a person or recorded from a real run.
"""
