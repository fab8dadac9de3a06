"""Where secrets come from. One backend so far: the worker's environment.

``AUTOMATE_SECRET_<TENANT>__<NAME>``: the tenant's slug in capitals, ``-`` as ``_``, so that no tenant names another's.
"""

from __future__ import annotations

import os

from automate.kernel.errors import NormalizedError
from automate.kernel.scrubbing import MIN_SECRET_CHARACTERS
from automate.kernel.tenancy import current_tenant

ENVIRONMENT = "environment"


def _variable(name: str) -> str:
    return f"AUTOMATE_SECRET_{current_tenant().slug.upper().replace('-', '_')}__{name}"


def secret_exists(name: str) -> bool:
    """Whether the tenant of the running code has a secret of this name."""
    return _variable(name) in os.environ


def read_secret(name: str, version: int | None) -> str:
    """The value, for the call frame that needs it. Raises NormalizedError SECRET_UNAVAILABLE."""
    if version is not None:
        raise NormalizedError(
            "SECRET_UNAVAILABLE",
            f"The environment keeps one version of a secret: write $secret:{name} without @{version}.",
        )
    value = os.environ.get(_variable(name))
    if not value:
        raise NormalizedError(
            "SECRET_UNAVAILABLE", f"$secret:{name} has no value: set {_variable(name)} where the workers run."
        )
    if len(value.strip()) < MIN_SECRET_CHARACTERS:
        raise NormalizedError(
            "SECRET_UNAVAILABLE",
            f"$secret:{name} has fewer than {MIN_SECRET_CHARACTERS} characters, too few to be removed from what a step "
            f"writes: set a longer one in {_variable(name)}.",
        )
    return value
