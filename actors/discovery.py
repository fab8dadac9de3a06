"""The actors of a worker. As in django-dramatiq, they are in the module ``tasks`` of each installed app."""

from __future__ import annotations

import importlib
import io

from django_dramatiq.management.commands.rundramatiq import Command

SETUP = "django_dramatiq.setup"
"""Sets up Django in Dramatiq's own worker processes."""


def declare_actors() -> list[str]:
    """Import the modules of actors. Returns their names.

    An app of the host may have its own actors. The relay sends no jobs to them; the host's own code sends their
    messages.
    """
    found = [name for name in Command(stdout=io.StringIO()).discover_tasks_modules() if name != SETUP]
    for name in found:
        importlib.import_module(name)
    return found
