"""The data that expressions can read. A large value may be loaded only when an expression reads it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping

from automate.kernel.errors import Json
from automate.workflows.templates.expressions import Reference


class LazyContext(ABC):
    """Data that expressions can read. A large value is loaded only when an expression reads it."""

    @abstractmethod
    def read(self, reads: Collection[Reference]) -> Mapping[str, Json]:
        """Return data with all values that ``reads`` names.

        Raises NormalizedError if these values together are too large.
        """


Context = Mapping[str, Json] | LazyContext
