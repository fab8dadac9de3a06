"""A backend that reads secrets from the environment of the workers.

A variable is named ``AUTOMATE_SECRET_<TENANT>__<NAME>``. ``<TENANT>`` is the slug in capitals, and ``_`` replaces ``-``.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from functools import partial

from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import TENANT_SLUG
from automate.vault.backends.backend import Opener
from automate.vault.keys import TENANT_SECRET
from automate.vault.queries import SecretReference, StoredSecret, names_held_by_workers

PREFIX = "AUTOMATE_SECRET_"


class EnvironmentBackend:
    name = "environment"

    def find(
        self,
        wanted: Collection[SecretReference],
        stored: Mapping[SecretReference, StoredSecret],  # noqa: ARG002 - the interface's
    ) -> Mapping[SecretReference, Opener]:
        slug = current_tenant().slug
        return {
            (name, version): partial(os.environ.__getitem__, variable)
            for name, version in wanted
            if version is None and (variable := _variable_or_none(slug, name)) and os.environ.get(variable)
        }

    def names(self) -> Collection[str]:
        return names_held_by_workers()


def variable_of(slug: str, name: str) -> str:
    """The name of the environment variable for a secret of a tenant.

    Raises SECRET_UNAVAILABLE for a slug whose variables could belong to another tenant.
    """
    if not TENANT_SLUG.fullmatch(slug):
        raise NormalizedError(
            "SECRET_UNAVAILABLE",
            f"The tenant {slug} cannot have secrets in environment variables. The slug has two hyphens in a row, or a "
            "hyphen at the end. So the variables could belong to another tenant. Set the value with setSecret.",
        )
    return f"{PREFIX}{slug.upper().replace('-', '_')}__{name}"


def held_slugs() -> list[str]:
    """Return the slugs for which this environment has secrets. It is possible that no tenant has such a slug."""
    return sorted(
        {
            variable[len(PREFIX) :].partition("__")[0].lower().replace("_", "-")
            for variable in os.environ
            if TENANT_SECRET.match(variable)
        }
    )


def held_names(slug: str) -> list[str]:
    """Return the names of the secrets that this environment contains for a tenant."""
    start = _variable_or_none(slug, "")
    if not start:
        return []
    return sorted(
        variable.removeprefix(start) for variable, value in os.environ.items() if value and variable.startswith(start)
    )


def _variable_or_none(slug: str, name: str) -> str:
    try:
        return variable_of(slug, name)
    except NormalizedError:
        return ""
