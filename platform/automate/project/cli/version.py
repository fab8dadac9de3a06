"""``automate --version``, without the libraries of the command line."""

from __future__ import annotations

import sys
from importlib.metadata import version

DISTRIBUTION = "django-automate"


def say_version() -> None:
    sys.stdout.write(f"Django Automate {version(DISTRIBUTION)}\n")
