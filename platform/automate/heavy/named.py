"""Import an object by its name at run time. Lower layers use this, because they must not import higher ones."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def named(path: str) -> Any:
    """Import the object ``package.module.name``. Works without Django's settings, which a child process does not have."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
