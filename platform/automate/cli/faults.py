"""Errors of commands: one clear message and exit status 1, never a stack trace."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from automate.kernel.errors import NormalizedError


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Exit with status 1 for an error that the user can fix."""
    try:
        yield
    except NormalizedError as error:
        sys.exit(error.message)
    except _of_django("django.db.utils", "OperationalError") as error:
        sys.exit(f"The database cannot be used: {str(error).strip()}")
    except _of_django("django.core.exceptions", "ImproperlyConfigured") as error:
        sys.exit(f"The configuration is refused: {error}")


def _of_django(module: str, name: str) -> type[Exception] | tuple[()]:
    """Describe an error of Django. Only commands that import Django can raise it, so its class is looked up after an error."""
    return getattr(sys.modules[module], name) if module in sys.modules else ()
