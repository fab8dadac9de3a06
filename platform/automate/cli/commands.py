"""Run Django's own commands."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from django.core.management import execute_from_command_line

from automate.kernel.tenancy import NoScopeError


def run(arguments: Sequence[str]) -> None:
    """Run a command. A command that knows no tenants, such as flush, ends with one line that says what to do."""
    try:
        execute_from_command_line(list(arguments))
    except NoScopeError:
        name = " ".join(arguments[1:2])
        sys.exit(
            f"CommandError: {name} knows no tenants, and tables are read only for a tenant or for the platform."
            " Use `automate manage shell`, and wrap statements in acting_for(tenant) or acting_for_platform(reason)."
        )
