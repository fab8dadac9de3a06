"""Simulates the run of a workflow for one event. It uses the run engine and a simulated clock, but no database.

A case has the answers to calls that would leave the platform. It is a file that a person writes, or a recorded real
run.
"""
