"""The actors of a worker, found as django-dramatiq finds them: in the module ``tasks`` of each installed app."""

from __future__ import annotations

import importlib
import io

from django_dramatiq.management.commands.rundramatiq import Command

SETUP = "django_dramatiq.setup"
"""Makes Django ready in Dramatiq's own worker processes."""


def declare_actors() -> list[str]:
    """Import the modules of actors. Returns their names.

    An app of the host may have actors of its own. The relay sends no jobs to these actors. The host's own code sends their messages.
    """
    found = [name for name in Command(stdout=io.StringIO()).discover_tasks_modules() if name != SETUP]
    for name in found:
        importlib.import_module(name)
    return found
