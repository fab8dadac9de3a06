"""Read the source that a request names."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from automate.events.models import API_SCHEME
from automate.kernel.json_values import JsonValue, as_integer, as_text
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import is_slug
from automate.triggers.places import source_place
from automate.triggers.source_settings import SourceSettings, source_settings_in
from automate.vault.sealing import open_sealed

# The columns that a request needs.
_SELECT = "SELECT id, slug, scheme, secrets, options, intake, enabled FROM source WHERE deleted_at IS NULL"
BY_SLUG = f"{_SELECT} AND slug = %s"
BY_SLUGS = f"{_SELECT} AND slug = ANY (%s)"
BY_IDS = f"{_SELECT} AND id = ANY (%s)"


@dataclass(frozen=True)
class SourceRecord:
    """The columns of a source that a request needs."""

    id: uuid.UUID
    slug: str
    scheme: str
    secrets: Sequence[Mapping[str, JsonValue]] = field(repr=False)
    """``{version, sealed, added_at}``, newest first."""
    options: Mapping[str, JsonValue]
    intake: SourceSettings
    enabled: bool

    @property
    def takes_webhooks(self) -> bool:
        return self.scheme != API_SCHEME

    def opened_secrets(self) -> list[str]:
        context = source_place(current_tenant().id, self.id)
        return [open_sealed(as_text(secret["sealed"]), context) for secret in self.secrets]

    def version_of(self, place: int | None) -> int | None:
        return None if place is None else as_integer(self.secrets[place]["version"])


def find_source(slug: str) -> SourceRecord | None:
    rows = fetch(BY_SLUG, [slug]) if is_slug(slug) else []
    return _record(*rows[0]) if rows else None


def find_sources(slugs: Collection[str]) -> dict[str, SourceRecord]:
    wanted = sorted({slug for slug in slugs if is_slug(slug)})
    found = [_record(*row) for row in fetch(BY_SLUGS, [wanted])] if wanted else []
    return {source.slug: source for source in found}


def sources_of(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, SourceRecord]:
    return {source.id: source for source in (_record(*row) for row in fetch(BY_IDS, [sorted(ids)]))}


def _record(  # noqa: PLR0917 - a row's columns
    source_id: uuid.UUID,
    slug: str,
    scheme: str,
    secrets: str,
    options: str,
    intake: str,
    enabled: bool,  # noqa: FBT001
) -> SourceRecord:
    return SourceRecord(
        source_id,
        slug,
        scheme,
        json.loads(secrets),
        json.loads(options),
        source_settings_in(intake),
        enabled,
    )
