"""Simulates the run of a workflow for one event, with a simulated clock and without a database."""
