"""``automate --version``. It does not import the libraries of the command line."""

from __future__ import annotations

import sys
from importlib.metadata import version

DISTRIBUTION = "django-automate"


def main() -> None:
    """Print the version."""
    sys.stdout.write(f"Django Automate {version(DISTRIBUTION)}\n")
