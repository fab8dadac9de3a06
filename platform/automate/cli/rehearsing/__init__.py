"""Tests of workflows: files of cases, run by ``automate test`` and by pytest, and made of real runs by ``automate record``."""

SUFFIX = ".automate.yaml"
"""What the name of such a file ends with."""
