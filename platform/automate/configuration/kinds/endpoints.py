"""Webhook endpoints of a configuration."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from automate.configuration.kinds.given_secrets import given_secrets
from automate.configuration.kinds.kind import ObjectKind, Saved, StoredEntry, flagged
from automate.configuration.shape import Entry
from automate.endpoints.models import WebhookEndpoint
from automate.endpoints.services import BY_HAND, save_endpoint
from automate.kernel.json_values import as_flag, as_text
from automate.workflows.diffing import ChangedValue


class Endpoints(ObjectKind):
    name, section, model = "webhook_endpoint", "webhookEndpoints", WebhookEndpoint
    listed, enabled = Q(deleted_at__isnull=True), Q(disabled_at__isnull=True)

    def known(self, rows: Sequence[WebhookEndpoint]) -> list[StoredEntry]:
        return [StoredEntry(_entry(row), row.revision, len(row.secrets), ended=_ended(row)) for row in rows]

    def secret_stem(self, slug: str) -> str:
        return f"{slug}_endpoint"

    def whole(self, entry: Entry) -> Entry:
        return {"enabled": True, **entry}

    def save(self, entry: Entry, known: StoredEntry | None) -> Saved:
        # An endpoint that its receiver ended is enabled again if its URL changes.
        stays_ended = known is not None and known.ended and known.entry["url"] == entry["url"]
        save_endpoint(
            slug=as_text(entry["slug"]),
            url=as_text(entry["url"]),
            secrets=given_secrets(entry, known.secrets if known else 0),
            enabled=as_flag(entry.get("enabled", True)) and not stays_ended,
            expected_revision=known.revision if known else None,
        )
        return Saved()

    def archive_or_delete(self, known: StoredEntry) -> ChangedValue:
        self.save({**known.entry, "enabled": False}, known)
        return ChangedValue(("enabled",), before=True, after=False)


def _entry(endpoint: WebhookEndpoint) -> Entry:
    on = endpoint.disabled_at is None or _ended(endpoint)
    return flagged({"slug": endpoint.slug, "url": endpoint.url}, enabled=(on, True))


def _ended(endpoint: WebhookEndpoint) -> bool:
    return endpoint.disabled_at is not None and endpoint.disabled_reason != BY_HAND
