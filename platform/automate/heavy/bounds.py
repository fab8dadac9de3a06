"""What one task in a child may cost."""

from __future__ import annotations

from dataclasses import dataclass

from automate.kernel.limits import MIB


@dataclass(frozen=True)
class Bounds:
    """cpu_seconds: of the child's processor time. wall_seconds: until the caller has its answer. memory_bytes: of the child's data
    segment and anonymous memory, its imports included. answer_bytes: of the pickled answer.
    """

    cpu_seconds: float = 5.0
    wall_seconds: float = 15.0
    memory_bytes: int = 512 * MIB
    answer_bytes: int = 32 * MIB
