"""Finds the values of the secrets that calls of connectors need."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import structlog
from django.conf import settings
from django.utils.module_loading import import_string

from automate.kernel.errors import NormalizedError
from automate.kernel.scrubbing import MIN_SECRET_CHARACTERS
from automate.vault.backends.backend import Opener, SecretBackend
from automate.vault.backends.database import DatabaseBackend
from automate.vault.backends.environment import EnvironmentBackend, variable_of
from automate.vault.queries import SecretReference, StoredSecret

log = structlog.get_logger(__name__)

MOST_SHOWN = 32
"""Maximum characters of the backends' names that a row stores."""
BUILT_IN = {backend.name: backend for backend in (DatabaseBackend, EnvironmentBackend)}


@dataclass(frozen=True)
class Values:
    """The values of secrets. Each value is decrypted when it is read."""

    slug: str
    """The tenant's."""
    openers: Mapping[SecretReference, Opener]

    def read(self, name: str, version: int | None) -> str:
        """Return the plain value of a secret. Raises SECRET_UNAVAILABLE if the value is missing or cannot be used."""
        opener = self.openers.get((name, version))
        if opener is None:
            raise _missing(self.slug, name, version)
        value = opener()
        if not value.isascii() and not is_text(value):
            raise NormalizedError(
                "SECRET_UNAVAILABLE", f"$secret:{name} is not UTF-8 text, so it cannot be sent. Set another value."
            )
        if len(value.strip()) < MIN_SECRET_CHARACTERS:
            raise NormalizedError(
                "SECRET_UNAVAILABLE",
                f"$secret:{name} has fewer than {MIN_SECRET_CHARACTERS} characters, which is too short to be redacted from the outputs of "
                "steps. Set a longer value.",
            )
        return value


@lru_cache(maxsize=1)
def backends() -> Sequence[SecretBackend]:
    """Return the backends that the setting AUTOMATE_SECRET_BACKENDS names, in the order of the setting."""
    return [
        BUILT_IN[name]() if name in BUILT_IN else import_string(name)() for name in settings.AUTOMATE_SECRET_BACKENDS
    ]


@lru_cache(maxsize=1)
def other_backends() -> str:
    """Return the names of all backends except the database."""
    return ", ".join(backend.name for backend in backends() if backend.name != DatabaseBackend.name)[:MOST_SHOWN]


def find_values(
    slug: str, wanted: Collection[SecretReference], stored: Mapping[SecretReference, StoredSecret]
) -> Values:
    """Find the values of secrets. Asks the backends in the order of the setting. Never raises an exception."""
    openers: dict[SecretReference, Opener] = {}
    for backend in backends():
        missing = [one for one in wanted if one not in openers]
        if not missing:
            break
        try:
            openers.update(backend.find(missing, stored))
        except Exception as error:  # noqa: BLE001 - the edge towards backends of other packages
            log.error("a secret backend failed", backend=backend.name, error=type(error).__name__)  # noqa: TRY400 - its message may contain a value
            return Values(slug, {**dict.fromkeys(missing, _away(backend.name)), **openers})
    return Values(slug, openers)


def known_names() -> set[str]:
    """Return the names of the current tenant's secrets for which a backend has a value."""
    return {name for backend in backends() for name in backend.names()}


def is_text(value: str) -> bool:
    # Python reads other bytes in the environment as surrogates, which cannot be encoded.
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _away(backend: str) -> Opener:
    def refuse() -> str:
        raise NormalizedError(
            "UNAVAILABLE",
            f"The secret backend {backend} did not answer, so nothing was sent. The step tries again while it has attempts left. "
            "The worker's log names the error.",
        )

    return refuse


def _missing(slug: str, name: str, version: int | None) -> NormalizedError:
    if version is not None:
        return NormalizedError(
            "SECRET_UNAVAILABLE",
            f"$secret:{name}@{version} has no value: this version was never set, was deleted, or its overlap has ended. "
            f"`secrets {{ versions }}` lists the versions of {name}.",
        )
    try:
        variable = f", or {variable_of(slug, name)} where the workers run"
    except NormalizedError:
        variable = ""
    return NormalizedError(
        "SECRET_UNAVAILABLE", f"$secret:{name} has no value. Set the value with setSecret{variable}."
    )
