"""Errors of commands: one clear message, exit status 1, no stack trace."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from automate.kernel.errors import NormalizedError


@contextmanager
def exit_on_error() -> Iterator[None]:
    try:
        yield
    except NormalizedError as error:
        sys.exit(error.message)
    except _of_django("django.db.utils", "OperationalError") as error:
        sys.exit(f"The database cannot be used: {str(error).strip()}")
    except _of_django("django.core.exceptions", "ImproperlyConfigured") as error:
        sys.exit(f"The configuration is refused: {error}")


def _of_django(module: str, name: str) -> type[Exception] | tuple[()]:
    # () if this command has not imported Django: then it cannot raise such an error.
    return getattr(sys.modules[module], name) if module in sys.modules else ()
