"""Finds objects by name, because lower layers must not import higher ones."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def named(path: str) -> Any:
    """The object ``package.module.name``, without Django's settings: a child has none."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
