"""The sources of events: reading one for a request, and saving one."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.audit import services as audit
from automate.events.models import API_SCHEME, BUILT_IN_SOURCES, Source
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.revisions import check_revision, write_revision
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_slug, is_slug
from automate.kernel.transactions import in_transaction
from automate.triggers.schemes import Scheme, check_secrets
from automate.vault.sealing import open_sealed, seal

# All that a request needs to know of its source.
BY_SLUG = "SELECT id, slug, scheme, secrets, options, enabled FROM source WHERE slug = %s"


@dataclass(frozen=True)
class SourceRecord:
    """A source as a request meets it. secrets: sealed."""

    id: uuid.UUID
    slug: str
    scheme: str
    secrets: Sequence[str]
    options: Mapping[str, Json]
    enabled: bool

    @property
    def takes_webhooks(self) -> bool:
        return self.scheme != API_SCHEME

    def opened_secrets(self) -> list[str]:
        """In clear, for the length of one verification."""
        return [open_sealed(sealed, _context(self.id)) for sealed in self.secrets]


def find_source(slug: str) -> SourceRecord | None:
    rows = fetch(BY_SLUG, [slug]) if is_slug(slug) else []
    for source_id, name, scheme, secrets, options, enabled in rows:
        return SourceRecord(source_id, name, scheme, json.loads(secrets), json.loads(options), enabled)
    return None


def save_source(
    *,
    slug: str,
    scheme: str,
    secrets: Sequence[str] | None,
    options: Mapping[str, Json] | None,
    enabled: bool = True,
    expected_revision: int | None,
) -> uuid.UUID:
    """Make a source or change it; what is so already stays untouched. Returns its id.

    secrets, options: None keeps what is there. expected_revision: None does not ask.
    Raises NormalizedError BAD_USER_INPUT for a field, CONFLICT for a revision that has moved on.
    """
    check_slug(slug)
    if slug in BUILT_IN_SOURCES:
        raise NormalizedError(
            "BAD_USER_INPUT", f"{slug} is built in and cannot be changed; choose another slug.", path=["slug"]
        )
    if options is not None and not isinstance(options, dict):
        raise NormalizedError("BAD_USER_INPUT", "options must be a JSON object.", path=["options"])
    kind = _scheme(scheme)
    with in_transaction():
        found = Source.objects.filter(slug=slug).first()
        check_revision(found, expected_revision)
        source_id = found.id if found else new_id()
        kept = _kept(found, replaced=secrets is not None) if found and found.scheme == kind.value else []
        keys = kept if secrets is None else list(secrets)
        settings = dict(options) if options is not None else (found.options if found else {})
        check_secrets(kind, keys, settings)
        changed = set(keys) != set(kept)
        values = {"scheme": kind.value, "options": settings, "enabled": enabled}
        if found and not changed and all(getattr(found, name) == value for name, value in values.items()):
            unchanged: uuid.UUID = found.id
            return unchanged
        if changed or found is None:
            values["secrets"] = [seal(key, _context(source_id)) for key in keys]
        write_revision(Source, found, source_id, slug, values)
        before = {"scheme": found.scheme, "options": found.options, "enabled": found.enabled} if found else {}
        changes = audit.differences(before, {name: value for name, value in values.items() if name != "secrets"})
        if changed:
            # Never a secret, only that there are others now, and how many.
            changes["secret_count"] = (len(kept), len(keys))
        audit.record("source.update" if found else "source.create", "source", source_id, slug, changes)
    return source_id


def _scheme(name: str) -> Scheme:
    try:
        return Scheme(name)
    except ValueError:
        known = ", ".join(scheme.value for scheme in Scheme)
        raise NormalizedError("BAD_USER_INPUT", f"scheme must be one of {known}.", path=["scheme"]) from None


def _kept(source: Source, *, replaced: bool) -> list[str]:
    """The secrets that are there. Those that do not open count as none where they are replaced: so they are mended."""
    try:
        return [open_sealed(sealed, _context(source.id)) for sealed in source.secrets]
    except NormalizedError:
        if not replaced:
            raise
        return []


def sealed_for(tenant_id: uuid.UUID, source_id: uuid.UUID) -> str:
    """What a sealed secret is bound to: moved to another row, it cannot be opened."""
    return f"{tenant_id}|source|{source_id}"


def _context(source_id: uuid.UUID) -> str:
    return sealed_for(current_tenant().id, source_id)
