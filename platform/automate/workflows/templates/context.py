"""What expressions are evaluated on: the roots as they are, or read as far as an expression reads them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping

from automate.kernel.errors import Json
from automate.workflows.templates.expressions import Reference


class LazyContext(ABC):
    """A context whose large values are read on demand."""

    @abstractmethod
    def read(self, reads: Collection[Reference]) -> Mapping[str, Json]:
        """The roots, with every value that the reads name. Raises NormalizedError."""


Context = Mapping[str, Json] | LazyContext
