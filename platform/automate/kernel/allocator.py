"""Makes the C library return freed memory to the operating system."""

from __future__ import annotations

import ctypes
import os
import threading
from pathlib import Path

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1
"""Parameters of glibc's ``mallopt``."""
LARGE_BLOCK_BYTES = 128 * 1024
"""glibc maps blocks of at least this size separately. Freeing such a block returns it to the kernel."""


CHECK_SECONDS = 2.0
GROWTH_BYTES = 24 * 1024 * 1024
"""glibc keeps small freed blocks between blocks in use. They are returned when the process has grown by this much."""
STATM = Path("/proc/self/statm")


def give_memory_back() -> None:
    """Configure glibc to return freed memory."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt") and hasattr(library, "malloc_trim"):
        library.mallopt(MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
        library.mallopt(TRIM_THRESHOLD, LARGE_BLOCK_BYTES)
        threading.Thread(target=_trim, args=[library], name="allocator", daemon=True).start()


def _trim(library: ctypes.CDLL) -> None:
    least, pause = _resident(), threading.Event()
    while not pause.wait(CHECK_SECONDS):
        if _resident() > least + GROWTH_BYTES:
            library.malloc_trim(0)
            least = _resident()
        least = min(least, _resident())


def _resident() -> int:
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
