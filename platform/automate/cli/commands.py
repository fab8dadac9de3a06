"""Runs Django's own commands."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from django.core.management import execute_from_command_line

from automate.kernel.tenancy import NoScopeError


def run(arguments: Sequence[str]) -> None:
    """Run one of Django's commands."""
    try:
        execute_from_command_line(list(arguments))
    except NoScopeError:
        name = " ".join(arguments[1:2])
        sys.exit(
            f"CommandError: {name} used a table outside the scope of a tenant or of the platform, which the platform refuses."
            " Use `automate manage shell`, and wrap statements in acting_for(tenant) or acting_for_platform(reason)."
        )
