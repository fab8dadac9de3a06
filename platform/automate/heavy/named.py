"""Imports an object by its name. So a lower layer can use a higher layer, although it may not import it directly."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def named(path: str) -> Any:
    """Import the object ``package.module.name``."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
