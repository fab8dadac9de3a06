"""The interface of a backend of secrets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from automate.vault.queries import SecretReference, StoredSecret

Opener = Callable[[], str]
"""Returns the plain value. It is called in the frame that needs the value. Raises NormalizedError if the value
cannot be decrypted."""


class SecretBackend(Protocol):
    """A source of the values of secrets. Its methods use the current tenant."""

    name: str
    """At most 32 characters. ``secretUses`` shows it."""

    def find(
        self, wanted: Collection[SecretReference], stored: Mapping[SecretReference, StoredSecret]
    ) -> Mapping[SecretReference, Opener]:
        """Return a function for each wanted secret that this backend has. The function returns the secret's plain value.

        - wanted: names with versions. The version None means the newest version.
        - stored: the database rows of these secrets.
        """
        ...

    def names(self) -> Collection[str]:
        """Return the names of the tenant's secrets in this backend. Needs no key: the web process has none."""
        ...
