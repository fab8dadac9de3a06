"""The interface that a backend for secrets implements."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from automate.vault.queries import SecretReference, StoredSecret

Opener = Callable[[], str]
"""Returns the plain value, in the call frame that needs it. Raises NormalizedError if it cannot be opened."""


class SecretBackend(Protocol):
    """A source of the values of secrets. Its methods act for the tenant of ``automate.kernel.tenancy.current_tenant``."""

    name: str
    """At most 32 characters. ``secretUses`` shows it."""

    def find(
        self, wanted: Collection[SecretReference], stored: Mapping[SecretReference, StoredSecret]
    ) -> Mapping[SecretReference, Opener]:
        """Return a function for each wanted secret of this backend. The function returns the plain value.

        - wanted: names, each with a version, or with None for the newest version.
        - stored: the database rows of these secrets, which have been read already.

        A worker calls this method once for several calls. The method may wait for a network, with a timeout of its
        own. If it raises any exception, these calls fail with UNAVAILABLE and are retried.
        """
        ...

    def names(self) -> Collection[str]:
        """Return the names of the tenant's secrets in this backend, without their values.

        Web calls this method, but has no key to decrypt values.
        """
        ...
