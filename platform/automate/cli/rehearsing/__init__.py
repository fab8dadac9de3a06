"""Tests of workflows: files of cases, run by ``automate test`` and by pytest, and created by ``automate record``."""

SUFFIX = ".automate.yaml"
"""The suffix of the name of such a file."""
