"""The secrets of a source. Each secret has a version."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from automate.events.models import Source
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.tenancy import current_tenant
from automate.triggers.places import source_place
from automate.vault.sealing import open_sealed, seal


@dataclass(frozen=True)
class SigningSecret:
    """One secret of a source."""

    version: int
    """Counts up and is never reused. 0 for a new secret without version."""
    text: str = field(repr=False)
    sealed: str = field(repr=False)
    """Empty for a new secret."""
    added_at: str
    """RFC 3339."""

    def stored(self, source_id: uuid.UUID) -> dict[str, JsonValue]:
        sealed = self.sealed or seal(self.text, _context(source_id))
        return {"version": self.version, "sealed": sealed, "added_at": self.added_at}


@dataclass(frozen=True)
class SecretChange:
    """A requested change of a source's secrets: replace all secrets, add secrets, or revoke secrets."""

    all: Sequence[str] | None = field(default=None, repr=False)
    """Replaces all secrets, newest first. None keeps the stored secrets."""
    add: Sequence[str] = field(default=(), repr=False)
    """New secrets, newest first. They are put before the stored secrets."""
    revoke: Sequence[int] = ()
    """Versions."""

    @property
    def field(self) -> str:
        """The name of the API field in which the client sent the new secrets. The paths of errors contain this name."""
        return "addSecrets" if self.add else "secrets"

    def applied(self, kept: Sequence[SigningSecret], last: int) -> list[SigningSecret]:
        """Return the source's secrets after this change, newest first.

        Secrets that are kept have the same version as before.

        Raises BAD_USER_INPUT for an unknown version. Raises BAD_USER_INPUT if ``all`` is combined with ``add`` or
        ``revoke``.
        """
        if self.all is not None:
            if self.add or self.revoke:
                raise NormalizedError(
                    "BAD_USER_INPUT",
                    "`secrets` replaces all secrets. Pass either `secrets`, or `addSecrets` and `revokeSecrets`.",
                    path=["addSecrets" if self.add else "revokeSecrets"],
                )
            there = {secret.text: secret for secret in kept}
            return _numbered([there.get(text, _new(text)) for text in self.all], last)
        versions = {secret.version for secret in kept}
        for place, version in enumerate(self.revoke):
            if version not in versions:
                has = ", ".join(map(str, sorted(versions))) or "none"
                raise NormalizedError(
                    "BAD_USER_INPUT",
                    f"This source has no secret with the version {version}. The versions of its secrets are: {has}.",
                    path=["revokeSecrets", place],
                )
        left = [secret for secret in kept if secret.version not in self.revoke]
        return _numbered([*map(_new, self.add), *left], last)


def secrets_of(source: Source, *, replaced: bool) -> list[SigningSecret]:
    # Secrets that cannot be opened do not matter if `replaced` is true.
    try:
        return [
            SigningSecret(
                each["version"], open_sealed(each["sealed"], _context(source.id)), each["sealed"], each["added_at"]
            )
            for each in source.secrets
        ]
    except NormalizedError:
        if not replaced:
            raise
        return []


def _new(text: str) -> SigningSecret:
    return SigningSecret(0, text, "", datetime.now(timezone.utc).isoformat())


def _numbered(secrets: Sequence[SigningSecret], last: int) -> list[SigningSecret]:
    count = sum(not secret.version for secret in secrets)
    numbers = iter(range(last + count, last, -1))
    return [secret if secret.version else replace(secret, version=next(numbers)) for secret in secrets]


def _context(source_id: uuid.UUID) -> str:
    return source_place(current_tenant().id, source_id)
