"""Tests of workflows. Each file contains one case."""

SUFFIX = ".automate.yaml"
"""The suffix of the file names of workflow tests."""
