#!/usr/bin/env python
"""Django's own commands; ``automate`` is the platform's."""

import os
import sys

from automate.cli.commands import run

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    run(sys.argv)
