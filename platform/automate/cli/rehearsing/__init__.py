"""Tests of workflows, as files with one case each. ``automate test`` and pytest run such files.

``automate record`` creates such a file from a real run.
"""

SUFFIX = ".automate.yaml"
"""The suffix of the name of such a file."""
