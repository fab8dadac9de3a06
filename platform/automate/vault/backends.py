"""Where secrets come from. One backend so far: the worker's environment.

``AUTOMATE_SECRET_<TENANT>__<NAME>``: the tenant's slug in capitals, ``-`` as ``_``. A slug has no two hyphens in a row
and none at its end, so the first ``__`` ends it, whatever the name holds: no tenant names another's.
"""

from __future__ import annotations

import os

from automate.kernel.errors import NormalizedError
from automate.kernel.scrubbing import MIN_SECRET_CHARACTERS
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import TENANT_SLUG

ENVIRONMENT = "environment"


def variable_of(slug: str, name: str) -> str:
    """The variable of one tenant's secret, and of no other's.

    Raises NormalizedError SECRET_UNAVAILABLE for a slug whose variables could be another tenant's.
    """
    if not TENANT_SLUG.fullmatch(slug):
        raise NormalizedError(
            "SECRET_UNAVAILABLE",
            f"The tenant {slug} has no secrets: two hyphens in a row, or one at the end, could make its variables "
            "another tenant's. Make a tenant with another slug.",
        )
    return f"AUTOMATE_SECRET_{slug.upper().replace('-', '_')}__{name}"


def secret_names() -> list[str]:
    """Those of which the tenant of the running code has a value, in order."""
    try:
        start = variable_of(current_tenant().slug, "")
    except NormalizedError:
        return []
    return sorted(
        variable.removeprefix(start) for variable, value in os.environ.items() if value and variable.startswith(start)
    )


def secret_exists(name: str) -> bool:
    """Whether the tenant of the running code has a secret of this name."""
    try:
        return bool(os.environ.get(variable_of(current_tenant().slug, name)))
    except NormalizedError:
        return False


def read_secret(name: str, version: int | None) -> str:
    """The value, for the call frame that needs it. Raises NormalizedError SECRET_UNAVAILABLE."""
    if version is not None:
        raise NormalizedError(
            "SECRET_UNAVAILABLE",
            f"The environment keeps one version of a secret: write $secret:{name} without @{version}.",
        )
    variable = variable_of(current_tenant().slug, name)
    value = os.environ.get(variable)
    if not value:
        raise NormalizedError(
            "SECRET_UNAVAILABLE", f"$secret:{name} has no value: set {variable} where the workers run."
        )
    if not value.isascii() and not _is_text(value):
        raise NormalizedError(
            "SECRET_UNAVAILABLE", f"$secret:{name} is no text in UTF-8, and can be sent nowhere: set {variable} anew."
        )
    if len(value.strip()) < MIN_SECRET_CHARACTERS:
        raise NormalizedError(
            "SECRET_UNAVAILABLE",
            f"$secret:{name} has fewer than {MIN_SECRET_CHARACTERS} characters, too few to be removed from what a step "
            f"writes: set a longer one in {variable}.",
        )
    return value


def _is_text(value: str) -> bool:
    """Whether it can be encoded: bytes that are no UTF-8 come out of the environment as surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
