"""Errors of commands. A command prints one clear message and exits with 1, and never prints a stack trace."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from automate.kernel.errors import NormalizedError


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Print an error that the user can fix, and exit with status 1."""
    try:
        yield
    except NormalizedError as error:
        sys.exit(error.message)
    except _of_django("django.db.utils", "OperationalError") as error:
        sys.exit(f"The database cannot be used: {str(error).strip()}")
    except _of_django("django.core.exceptions", "ImproperlyConfigured") as error:
        sys.exit(f"The configuration is refused: {error}")


def _of_django(module: str, name: str) -> type[Exception] | tuple[()]:
    """Return a class of Django's errors for an ``except`` clause. Return () if this command has not imported Django.

    An ``except`` clause with () catches nothing. A command without Django cannot raise such an error.
    """
    return getattr(sys.modules[module], name) if module in sys.modules else ()
