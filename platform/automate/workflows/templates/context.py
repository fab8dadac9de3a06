"""The data that expressions can read. Large values may be read only when an expression needs them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping

from automate.kernel.errors import Json
from automate.workflows.templates.expressions import Reference


class LazyContext(ABC):
    """Data for expressions whose large values are read on demand."""

    @abstractmethod
    def read(self, reads: Collection[Reference]) -> Mapping[str, Json]:
        """Return the data with every value that the references name.

        Raises NormalizedError if these values together are too large.
        """


Context = Mapping[str, Json] | LazyContext
