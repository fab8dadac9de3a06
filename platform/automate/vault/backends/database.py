"""The default backend: encrypted values in the tenant's schema. Only workers can decrypt these values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

import structlog

from automate.kernel.tenancy import current_tenant
from automate.vault.backends.backend import Opener
from automate.vault.envelope import open_envelope
from automate.vault.places import secret_place
from automate.vault.queries import SecretReference, StoredSecret, stored_names
from automate.vault.unopened import CannotOpenError, unopened

log = structlog.get_logger(__name__)


class DatabaseBackend:
    name = "database"

    def find(
        self, wanted: Collection[SecretReference], stored: Mapping[SecretReference, StoredSecret]
    ) -> Mapping[SecretReference, Opener]:
        tenant_id = current_tenant().id
        return {
            one: partial(_open, row.sealed, secret_place(tenant_id, one[0], row.number))
            for one in wanted
            if (row := stored.get(one)) is not None and row.number is not None
        }

    def names(self) -> Collection[str]:
        return stored_names()


def _open(sealed: str, place: str) -> str:
    try:
        return open_envelope(sealed, place)
    except CannotOpenError as error:
        log.error("a stored secret cannot be opened", place=place, cause=str(error))  # noqa: TRY400 - the trace adds nothing
        raise unopened(error) from error
