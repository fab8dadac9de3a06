"""Simulates the run of a workflow for one event, with a simulated clock and without a database.

A case has the answers of other systems. A person writes the case, or it is recorded from a real run.
"""
