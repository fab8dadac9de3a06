"""Saves and deletes webhook endpoints. Reads the endpoints that receive messages."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Mapping, Sequence

from django.db.models.functions import Now

from automate.audit import services as audit
from automate.endpoints import transitions
from automate.endpoints.models import WebhookEndpoint
from automate.endpoints.places import endpoint_place
from automate.endpoints.queries import ReceiverRow, receivers
from automate.endpoints.receiver import WebhookReceiver
from automate.endpoints.sealed_secrets import are_secrets, open_secret, seal_secret
from automate.endpoints.settings import check_url
from automate.endpoints.transitions import Sent
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.revisions import DELETE_IT, check_revision, write_revision
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_slug
from automate.kernel.transactions import in_transaction

SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of secrets
MAX_SECRETS = 2
"""The secret that signs, and the previous one during a rotation."""
LEAST_SECRET_BYTES, MOST_SECRET_BYTES = 24, 64

BY_HAND = "disabled by hand"


def save_endpoint(
    *,
    slug: str,
    url: str,
    secrets: Sequence[str] | None = None,
    enabled: bool | None = None,
    expected_revision: int | None,
) -> uuid.UUID:
    """Create or change an endpoint, and return its id. An argument of None keeps the stored value.

    Raises BAD_USER_INPUT for an invalid field. Raises CONFLICT if the revision is not ``expected_revision``.
    """
    check_slug(slug)
    check_url(url)
    if secrets is not None:
        _check_secrets(secrets)
    with in_transaction():
        found = _live(slug)
        check_revision(found, expected_revision)
        if found is None and secrets is None:
            raise NormalizedError(
                "BAD_USER_INPUT",
                "A new endpoint needs a secret that signs its messages. Pass `secrets`.",
                path=["secrets"],
            )
        endpoint_id = found.id if found else new_id()
        stored = found.secrets if found else []
        changed = secrets is not None and not are_secrets(stored, secrets, _context(endpoint_id))
        stands = found.disabled_reason if found else ""
        if enabled is None:
            enabled = not stands or (found is not None and stands == transitions.GONE and found.url != url)
        reason = "" if enabled else (stands or BY_HAND)
        values: dict[str, object] = {"url": url, "disabled_reason": reason}
        before = {name: getattr(found, name) for name in values} if found else {}
        if found and not changed and before == values:
            unchanged: uuid.UUID = found.id
            return unchanged
        changes = audit.differences(before, values)
        if changed and secrets is not None:
            values["secrets"] = [seal_secret(secret, _context(endpoint_id)) for secret in secrets]
            # Never a secret, only that the secrets changed, and their number.
            changes["secret_count"] = (len(found.secrets) if found else None, len(secrets))
        values["disabled_at"] = None if enabled else ((found.disabled_at if found else None) or Now())
        write_revision(WebhookEndpoint, found, endpoint_id, slug, values)
        verb = "webhook_endpoint.update" if found else "webhook_endpoint.create"
        audit.record(verb, "webhook_endpoint", endpoint_id, slug, changes)
    return endpoint_id


def delete_endpoint(named: str, row_id: uuid.UUID | None, *, expected_revision: int | None) -> uuid.UUID:
    """Delete an endpoint and its secrets, and return its id. The rows of its deliveries are kept.

    ``expected_revision=None`` skips the check of the revision.

    Raises NOT_FOUND for an unknown endpoint. Raises CONFLICT if the revision is not ``expected_revision``.
    """
    with in_transaction():
        rows = WebhookEndpoint.objects.select_for_update(no_key=True)
        found = rows.filter(id=row_id).first() if row_id is not None else _live(named)
        if found is None and row_id is None:
            found = WebhookEndpoint.objects.filter(slug=named).order_by("-deleted_at", "-id").first()
        if found is None:
            message = "No webhook endpoint has this slug or id. Look up the endpoint in `webhookEndpoints`."
            raise NormalizedError("NOT_FOUND", message, path=["webhookEndpoint"])
        endpoint_id: uuid.UUID = found.id
        if found.deleted_at is not None:
            return endpoint_id
        check_revision(found, expected_revision, DELETE_IT)
        write_revision(WebhookEndpoint, found, endpoint_id, found.slug, {"deleted_at": Now(), "secrets": []})
        changes: audit.Changes = {"url": (found.url, None), "secret_count": (len(found.secrets), 0)}
        audit.record("webhook_endpoint.delete", "webhook_endpoint", endpoint_id, found.slug, changes)
    return endpoint_id


def begin_deliveries(slugs: Mapping[str, str]) -> Mapping[str, WebhookReceiver | NormalizedError]:
    """Record messages just before they are sent. Returns the receiver of each message. Opens a transaction."""
    with in_transaction():
        rows = receivers(slugs)
        transitions.record_deliveries([Sent(row.id, row.key, row.target) for row in rows if not row.deleted])
    return {row.key: _opened(row) for row in rows}


def disable_gone(seen: Sequence[tuple[str, int]]) -> None:
    """Disable endpoints that answered 410. Opens a transaction.

    ``seen`` has the id of each endpoint, and the revision that the endpoint had when the message was sent. An
    endpoint that has another revision now is not disabled.
    """
    with in_transaction():
        for endpoint_id, slug in transitions.disable_gone(seen):
            changes = {"disabled_reason": ("", transitions.GONE)}
            audit.record("webhook_endpoint.disable", "webhook_endpoint", endpoint_id, slug, changes)


def _opened(row: ReceiverRow) -> WebhookReceiver | NormalizedError:
    try:
        secrets = [open_secret(stored, _context(row.id)) for stored in row.secrets]
    except NormalizedError as error:
        return error
    return WebhookReceiver(row.id, row.slug, row.url, secrets, row.revision, row.disabled, row.deleted, row.target)


def _live(slug: str) -> WebhookEndpoint | None:
    # Locked, so that concurrent saves and deletions wait.
    rows = WebhookEndpoint.objects.select_for_update(no_key=True)
    found: WebhookEndpoint | None = rows.filter(slug=slug, deleted_at__isnull=True).first()
    return found


def _check_secrets(secrets: Sequence[str]) -> None:
    if not 1 <= len(secrets) <= MAX_SECRETS:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"`secrets` has {len(secrets)} secrets. Pass one, or {MAX_SECRETS} during a rotation, newest first.",
            path=["secrets"],
        )
    for place, secret in enumerate(secrets):
        try:
            key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not secret.startswith(SECRET_PREFIX) or not LEAST_SECRET_BYTES <= len(key) <= MOST_SECRET_BYTES:
            raise NormalizedError(
                "BAD_USER_INPUT",
                f"A secret must be {SECRET_PREFIX} followed by {LEAST_SECRET_BYTES} to {MOST_SECRET_BYTES} random bytes in base64. Create "
                f"one with `echo {SECRET_PREFIX}$(openssl rand -base64 32)`.",
                path=["secrets", place],
            )
        if secret in secrets[:place]:
            raise NormalizedError(
                "BAD_USER_INPUT",
                "The new secret and the previous secret are the same. Pass two different secrets, or only one.",
                path=["secrets", place],
            )


def _context(endpoint_id: uuid.UUID) -> str:
    return endpoint_place(current_tenant().id, endpoint_id)
