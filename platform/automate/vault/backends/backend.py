"""The interface of a secret backend."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from automate.vault.queries import SecretReference, StoredSecret

Opener = Callable[[], str]
"""Returns the plain value, in the call frame that needs it. Raises NormalizedError if it cannot be opened."""


class SecretBackend(Protocol):
    """A source of values. All methods run in a tenant's scope: ``automate.kernel.tenancy.current_tenant`` names the tenant."""

    name: str
    """At most 32 characters. ``secretUses`` shows it."""

    def find(
        self, wanted: Collection[SecretReference], stored: Mapping[SecretReference, StoredSecret]
    ) -> Mapping[SecretReference, Opener]:
        """Return an opener for each wanted value that this backend holds. A worker calls it once for a set of calls.

        wanted: names with a version, or None for the newest. stored: the database's rows of these secrets, already read.
        It may wait for a network, within a timeout of its own. Any exception fails these calls with UNAVAILABLE, which is
        retried.
        """
        ...

    def names(self) -> Collection[str]:
        """Return the names of the tenant's secrets that this backend holds, and never a value. Called by web, which holds no
        key.
        """
        ...
