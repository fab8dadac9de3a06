"""Tests of workflows.

A file with a case is run by ``automate test`` or pytest; ``automate record`` creates such files.
"""

SUFFIX = ".automate.yaml"
"""The suffix of the name of such a file."""
