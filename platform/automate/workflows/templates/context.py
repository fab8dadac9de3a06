"""The data that expressions read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection

from automate.kernel.json_values import JsonObject
from automate.workflows.templates.expressions import Reference


class LazyContext(ABC):
    """The data that expressions read. A large value is loaded only when an expression reads it."""

    @abstractmethod
    def read(self, reads: Collection[Reference]) -> JsonObject:
        """Return data for a template: the value of each reference in ``reads``. The template contains these references.

        Raises NormalizedError if these values are too large.
        """


Context = JsonObject | LazyContext
