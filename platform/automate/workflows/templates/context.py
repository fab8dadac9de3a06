"""The data that expressions read: the roots themselves, or roots whose large values are read on demand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping

from automate.kernel.errors import Json
from automate.workflows.templates.expressions import Reference


class LazyContext(ABC):
    """A context whose large values are read on demand."""

    @abstractmethod
    def read(self, reads: Collection[Reference]) -> Mapping[str, Json]:
        """The roots, with every value that the reads name. Raises NormalizedError if these values are too large together."""


Context = Mapping[str, Json] | LazyContext
