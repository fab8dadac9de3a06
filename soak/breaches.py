"""The result type of the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from soak.evidence import Evidence


@dataclass(frozen=True)
class Breach:
    """A violated promise."""

    promise: int
    """Its number in docs/guarantees.md."""
    tenant: str
    subject: str
    words: str

    def __str__(self) -> str:
        return f"promise {self.promise} · {self.tenant} · {self.subject}: {self.words}"


Article = Callable[[Evidence], Iterator[Breach]]
