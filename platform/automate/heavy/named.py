"""Imports an object by its name.

A lower layer must not import a higher layer directly. With this module, the lower layer can still use the
object.
"""

from __future__ import annotations

from importlib import import_module

from automate.kernel.untyped import Imported


def named(path: str) -> Imported:
    """Import the object ``package.module.name``."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
