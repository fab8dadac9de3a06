"""Objects that settings name by string, because imports point one way."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def named(path: str) -> Any:
    """The object of ``package.module.name``, without Django's settings: a child has none."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
