"""Records the names of the secrets that the worker's environment contains. The web process reads these names."""

from __future__ import annotations

import threading
import uuid

import structlog
from django.db import Error, connection

from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import TenantRef, acting_for
from automate.vault.backends.environment import held_names, held_slugs
from automate.vault.transitions import forget_held_names, record_held_names
from tenants.directory import tenant_by_slug

log = structlog.get_logger(__name__)

REPEAT_SECONDS = 300.0
"""A third of the time after which names expire. A tenant that is created later waits up to this long."""
AGAIN_SECONDS = 5.0
"""The delay after PostgreSQL was unavailable."""


class EnvironmentRecord:
    """Records which secrets are in the environment of one worker process. Call ``start`` first, and ``stop`` at the end."""

    def __init__(self) -> None:
        self._worker_id = uuid.uuid4()
        self._stopped = threading.Event()
        self._next_seconds = AGAIN_SECONDS
        self._thread = threading.Thread(target=self._run, name="environment-names", daemon=True)

    def start(self) -> None:
        """Record the secrets' names now. Then start a thread that records them again at intervals."""
        self._next_seconds = self._attempt()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        try:
            for tenant in self._tenants():
                with acting_for(tenant):
                    forget_held_names(self._worker_id)
        except Error as error:
            log.warning("names of secrets stay recorded until they grow stale", error=type(error).__name__)

    def record(self) -> None:
        """For each tenant, store the names of the secrets that environment variables contain. Raises django.db.Error."""
        for tenant in self._tenants():
            with acting_for(tenant):
                record_held_names(self._worker_id, held_names(tenant.slug))

    def _run(self) -> None:
        while not self._stopped.wait(self._next_seconds):
            self._next_seconds = self._attempt()
        connection.close()

    def _attempt(self) -> float:
        # Returns the seconds until the next attempt.
        try:
            self.record()
        except Error as error:
            log.warning("names of secrets are not recorded", error=type(error).__name__)
            connection.close_if_unusable_or_obsolete()
            return AGAIN_SECONDS
        return REPEAT_SECONDS

    @staticmethod
    def _tenants() -> list[TenantRef]:
        found = []
        for slug in held_slugs():
            try:
                found.append(tenant_by_slug(slug).ref)
            except NormalizedError:
                continue
        return found
