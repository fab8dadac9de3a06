"""A source's secrets: several at once, each with a number of its own, so that one is told from another unshown."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from automate.events.models import Source
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.tenancy import current_tenant
from automate.triggers.queries import sealed_for
from automate.vault.sealing import open_sealed, seal


@dataclass(frozen=True)
class Secret:
    """version: counts up, and is never given out again. sealed: empty for one that is new. added_at: RFC 3339."""

    version: int
    text: str = field(repr=False)
    sealed: str = field(repr=False)
    added_at: str

    def stored(self, source_id: uuid.UUID) -> dict[str, Json]:
        sealed = self.sealed or seal(self.text, _context(source_id))
        return {"version": self.version, "sealed": sealed, "added_at": self.added_at}


@dataclass(frozen=True)
class SecretChange:
    """What is to become of them. all: exactly these, newest first; None keeps those that are there. add: put before them,
    newest first. revoke: versions.
    """

    all: Sequence[str] | None = field(default=None, repr=False)
    add: Sequence[str] = field(default=(), repr=False)
    revoke: Sequence[int] = ()

    @property
    def field(self) -> str:
        """What the client calls those that may be wrong."""
        return "addSecrets" if self.add else "secrets"

    def applied(self, kept: Sequence[Secret], last: int) -> list[Secret]:
        """The secrets from now on, newest first. last: the version that was given out last.

        One that is there already keeps its version. Raises NormalizedError BAD_USER_INPUT.
        """
        if self.all is not None:
            if self.add or self.revoke:
                raise NormalizedError(
                    "BAD_USER_INPUT",
                    "Give all secrets, or those to add and to revoke, not both.",
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
                    f"This source has no secret of version {version}; it has {has}.",
                    path=["revokeSecrets", place],
                )
        left = [secret for secret in kept if secret.version not in self.revoke]
        return _numbered([*map(_new, self.add), *left], last)


def secrets_of(source: Source, *, replaced: bool) -> list[Secret]:
    """Those that are there. Those that do not open count as none where they are replaced: so they are mended."""
    try:
        return [
            Secret(each["version"], open_sealed(each["sealed"], _context(source.id)), each["sealed"], each["added_at"])
            for each in source.secrets
        ]
    except NormalizedError:
        if not replaced:
            raise
        return []


def _new(text: str) -> Secret:
    return Secret(0, text, "", datetime.now(timezone.utc).isoformat())


def _numbered(secrets: Sequence[Secret], last: int) -> list[Secret]:
    """New ones get the next numbers, the newest the highest."""
    count = sum(not secret.version for secret in secrets)
    numbers = iter(range(last + count, last, -1))
    return [secret if secret.version else replace(secret, version=next(numbers)) for secret in secrets]


def _context(source_id: uuid.UUID) -> str:
    return sealed_for(current_tenant().id, source_id)
