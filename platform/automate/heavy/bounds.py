"""The limits of one computation in a child process."""

from __future__ import annotations

from dataclasses import dataclass

from automate.kernel.limits import MIB


@dataclass(frozen=True)
class TaskLimits:
    cpu_seconds: float = 5.0
    """Processor time of the child."""
    wall_seconds: float = 15.0
    """The time until the caller has its answer."""
    memory_bytes: int = 512 * MIB
    """The child's data segment and anonymous memory, with its imports."""
    answer_bytes: int = 32 * MIB
    """The pickled answer."""
