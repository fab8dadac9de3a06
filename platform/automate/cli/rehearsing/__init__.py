"""Tests of workflows, as files with one case each.

``automate test`` and pytest run them; ``automate record`` creates them.
"""

SUFFIX = ".automate.yaml"
"""The suffix of the name of such a file."""
