"""Finds the actors that a worker runs. Each installed Django app can have a module ``tasks`` with actors."""

from __future__ import annotations

import importlib
import io

from django_dramatiq.management.commands.rundramatiq import Command

SETUP = "django_dramatiq.setup"
"""Sets up Django in Dramatiq's own worker processes."""


def declare_actors() -> list[str]:
    # The relay sends no jobs to actors of the host's apps: the host's code sends their messages.
    found = [name for name in Command(stdout=io.StringIO()).discover_tasks_modules() if name != SETUP]
    for name in found:
        importlib.import_module(name)
    return found
