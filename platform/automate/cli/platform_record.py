"""The platform's whole audit record, for ``automate audit verify --platform``."""

from __future__ import annotations

import os
from collections.abc import Iterator

from automate.cli.checkup.environment import adopt_installation
from automate.cli.processes import make_django_ready
from automate.cli.setup import ADMIN
from automate.kernel.errors import NormalizedError


def lines() -> Iterator[str]:
    """Yield each audit entry as a line of JSON. Raises BAD_USER_INPUT if the admin login is not set."""
    os.environ.update(adopt_installation(os.environ))
    if not os.environ.get(ADMIN):
        message = f"{ADMIN} is missing: only the login that owns the tables can read the platform's whole record."
        raise NormalizedError("BAD_USER_INPUT", message)
    make_django_ready()
    from tenants.record_queries import platform_lines  # noqa: PLC0415 - with Django ready

    yield from platform_lines()
