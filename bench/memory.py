"""The memory of the measured PostgreSQL."""

from __future__ import annotations

import psutil

from bench.system import System

BYTES = 1 << 20


def private_megabytes(system: System) -> float:
    """The private memory of PostgreSQL's processes; shared buffers are not counted."""
    private = 0
    for pid in system.server_pids():
        for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            try:
                if "postgres" in process.name():
                    private += process.memory_full_info().uss
            except psutil.NoSuchProcess:
                continue
    return private / BYTES
