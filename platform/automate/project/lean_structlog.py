"""Imports structlog in processes whose logs have no colours."""

from __future__ import annotations

import importlib
import sys


def import_structlog_without_rich() -> None:
    """Import structlog, but not its optional dependency rich.

    The logs are JSON without colours. They do not need rich, and importing rich would take time.
    """
    if "rich" not in sys.modules:
        sys.modules["rich"] = None  # type: ignore[assignment] # Python's way to forbid an import
        try:
            importlib.import_module("structlog")
        finally:
            del sys.modules["rich"]
