"""How the C library gives memory back: by default it keeps large blocks that were freed."""

from __future__ import annotations

import ctypes
import os
import threading
from pathlib import Path
from typing import Any

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1
"""Parameters of glibc's ``mallopt``."""
LARGE_BLOCK_BYTES = 128 * 1024
"""The C library maps blocks of this size or more separately. Freeing such a block returns it to the kernel."""


LOOK_SECONDS = 2.0
GROWTH_BYTES = 24 * 1024 * 1024
"""The C library keeps small blocks that were freed between blocks in use. They are given back after so much growth."""
STATM = Path("/proc/self/statm")


def give_memory_back() -> None:
    """Does nothing where the C library is not glibc."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt") and hasattr(library, "malloc_trim"):
        library.mallopt(MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
        library.mallopt(TRIM_THRESHOLD, LARGE_BLOCK_BYTES)
        threading.Thread(target=_trim, args=[library], name="allocator", daemon=True).start()


def _trim(library: Any) -> None:
    least, look = _resident(), threading.Event()
    while not look.wait(LOOK_SECONDS):
        if _resident() > least + GROWTH_BYTES:
            library.malloc_trim(0)
            least = _resident()
        least = min(least, _resident())


def _resident() -> int:
    """Bytes of memory that the process holds."""
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
