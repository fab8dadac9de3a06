"""The installation that ``make up`` starts on one machine.

A supervisor runs PostgreSQL, Valkey and the platform's processes.
"""
