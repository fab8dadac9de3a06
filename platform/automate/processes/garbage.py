"""Keeps Python's garbage collector away from what is imported."""

from __future__ import annotations

import gc


def freeze_imported() -> None:
    """Exclude all current objects from garbage collection. Call it once everything is imported.

    Modules and schemas live as long as the process. Without this, each full collection visits them and stops every thread of a
    worker for about 0.1 s.
    """
    gc.collect()
    gc.freeze()
