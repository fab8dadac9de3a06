"""Tests of workflows, as files with one case each."""

SUFFIX = ".automate.yaml"
"""The suffix of the name of such a file."""
