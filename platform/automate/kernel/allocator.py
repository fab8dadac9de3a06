"""How the C library gives memory back: by default it keeps large blocks that were freed."""

from __future__ import annotations

import ctypes

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1
"""Parameters of glibc's ``mallopt``."""
LARGE_BLOCK_BYTES = 128 * 1024
"""The C library maps blocks of this size or more separately. Freeing such a block returns it to the kernel."""


def give_memory_back() -> None:
    """Does nothing where the C library is not glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
        mallopt(TRIM_THRESHOLD, LARGE_BLOCK_BYTES)
