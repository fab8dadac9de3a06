"""Save an endpoint, and what a worker needs to send to some."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from django.db.models.functions import Now

from automate.audit import services as audit
from automate.endpoints import transitions
from automate.endpoints.models import WebhookEndpoint
from automate.endpoints.queries import ReceiverRow, receivers
from automate.endpoints.receiver import Receiver
from automate.endpoints.sealed_secrets import are_secrets, open_secret, seal_secret
from automate.endpoints.transitions import Sent
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.revisions import DELETE_IT, check_revision, write_revision
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_slug, check_text
from automate.kernel.transactions import in_transaction

SECRET_PREFIX = "whsec_"  # noqa: S105 - what secrets begin with
MAX_SECRETS = 2
"""The one that signs, and while it is rotated the one before."""
LEAST_SECRET_BYTES, MOST_SECRET_BYTES = 24, 64
MAX_URL_CHARACTERS = 2048

BY_HAND = "disabled by hand"


def save_endpoint(
    *, slug: str, url: str, secrets: Sequence[str] | None, expected_revision: int | None, enabled: bool | None = None
) -> uuid.UUID:
    """Make an endpoint or change it; what is so already stays untouched. Returns its id.

    secrets: None keeps those that are there. enabled: True also takes back what a 410 did; None leaves it as it is, but that a new
    one is, and one that a 410 ended and that has another url now. expected_revision: None does not ask. Raises NormalizedError BAD_USER_INPUT for a field, CONFLICT for a revision that has moved on.
    """
    check_slug(slug)
    _check_url(url)
    if secrets is not None:
        _check_secrets(secrets)
    with in_transaction():
        found = _live(slug)
        check_revision(found, expected_revision)
        if found is None and secrets is None:
            raise NormalizedError("BAD_USER_INPUT", "A new endpoint needs a secret to sign with.", path=["secrets"])
        endpoint_id = found.id if found else new_id()
        stored = found.secrets if found else []
        changed = secrets is not None and not are_secrets(stored, secrets, _context(endpoint_id))
        stands = found.disabled_reason if found else ""
        if enabled is None:
            enabled = not stands or (found is not None and stands == transitions.GONE and found.url != url)
        reason = "" if enabled else (stands or BY_HAND)
        values: dict[str, Json] = {"url": url, "disabled_reason": reason}
        before = {name: getattr(found, name) for name in values} if found else {}
        if found and not changed and before == values:
            unchanged: uuid.UUID = found.id
            return unchanged
        changes = audit.differences(before, values)
        if changed and secrets is not None:
            values["secrets"] = [seal_secret(secret, _context(endpoint_id)) for secret in secrets]
            # Never a secret, only that there are others now, and how many.
            changes["secret_count"] = (len(found.secrets) if found else None, len(secrets))
        values["disabled_at"] = None if enabled else ((found.disabled_at if found else None) or Now())
        write_revision(WebhookEndpoint, found, endpoint_id, slug, values)
        verb = "webhook_endpoint.update" if found else "webhook_endpoint.create"
        audit.record(verb, "webhook_endpoint", endpoint_id, slug, changes)
    return endpoint_id


def delete_endpoint(named: str, row_id: uuid.UUID | None, *, expected_revision: int | None) -> uuid.UUID:
    """Send nothing more to an endpoint, for good: its secrets are gone, its slug is free for another one, which is sent none of its
    messages; its deliveries stay. One that was deleted already stays as it is. Returns its id.

    named: its slug; row_id: where the caller gave that instead. expected_revision: None does not ask. Raises NormalizedError
    NOT_FOUND, CONFLICT for a revision that has moved on.
    """
    with in_transaction():
        rows = WebhookEndpoint.objects.select_for_update(no_key=True)
        found = rows.filter(id=row_id).first() if row_id is not None else _live(named)
        if found is None and row_id is None:
            found = WebhookEndpoint.objects.filter(slug=named).order_by("-deleted_at", "-id").first()
        if found is None:
            message = "There is no webhook endpoint of this slug or id here; look it up in webhookEndpoints."
            raise NormalizedError("NOT_FOUND", message, path=["webhookEndpoint"])
        endpoint_id: uuid.UUID = found.id
        if found.deleted_at is not None:
            return endpoint_id
        check_revision(found, expected_revision, DELETE_IT)
        write_revision(WebhookEndpoint, found, endpoint_id, found.slug, {"deleted_at": Now(), "secrets": []})
        changes: audit.Changes = {"url": (found.url, None), "secret_count": (len(found.secrets), 0)}
        audit.record("webhook_endpoint.delete", "webhook_endpoint", endpoint_id, found.slug, changes)
    return endpoint_id


def begin_deliveries(slugs: Mapping[str, str]) -> Mapping[str, Receiver | NormalizedError]:
    """Note that these messages go out, and say where to: an error where the secrets do not open, nothing for an endpoint that
    there is not. slugs: of the endpoints, by the messages' keys. Opens its own transaction.
    """
    with in_transaction():
        rows = receivers(slugs)
        transitions.record_deliveries([Sent(row.id, row.key, row.target) for row in rows if not row.deleted])
    return {row.key: _opened(row) for row in rows}


def disable_gone(seen: Sequence[tuple[str, int]]) -> None:
    """After a 410: nothing more is sent to these endpoints, each its id with the revision that was sent to, until somebody
    enables them. Opens its own transaction.
    """
    with in_transaction():
        for endpoint_id, slug in transitions.disable_gone(seen):
            changes = {"disabled_reason": ("", transitions.GONE)}
            audit.record("webhook_endpoint.disable", "webhook_endpoint", endpoint_id, slug, changes)


def _opened(row: ReceiverRow) -> Receiver | NormalizedError:
    try:
        secrets = [open_secret(stored, _context(row.id)) for stored in row.secrets]
    except NormalizedError as error:
        return error
    return Receiver(row.id, row.slug, row.url, secrets, row.revision, row.disabled, row.deleted, row.target)


def _live(slug: str) -> WebhookEndpoint | None:
    """Locked, so that whoever saves or deletes it at the same time comes one after the other."""
    rows = WebhookEndpoint.objects.select_for_update(no_key=True)
    found: WebhookEndpoint | None = rows.filter(slug=slug, deleted_at__isnull=True).first()
    return found


def _check_url(url: str) -> None:
    """What is plainly none; the outbound guard judges each time that it is called."""
    check_text(url, path=["url"], most=MAX_URL_CHARACTERS)
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or " " in url:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "url must begin with https:// or http:// and name a host, without a user name or password.",
            path=["url"],
        )


def _check_secrets(secrets: Sequence[str]) -> None:
    if not 1 <= len(secrets) <= MAX_SECRETS:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"Give one secret, or {MAX_SECRETS} while one is rotated: the newest first.",
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
                f"A secret is {SECRET_PREFIX} and {LEAST_SECRET_BYTES} to {MOST_SECRET_BYTES} random bytes in base64, such "
                f"as `echo {SECRET_PREFIX}$(openssl rand -base64 32)` prints.",
                path=["secrets", place],
            )
        if secret in secrets[:place]:
            raise NormalizedError(
                "BAD_USER_INPUT",
                "The same secret stands twice; give the one before it is rotated, or leave this one out.",
                path=["secrets", place],
            )


def sealed_for(tenant_id: uuid.UUID, endpoint_id: uuid.UUID) -> str:
    """What a sealed secret is bound to: moved to another row, it cannot be opened."""
    return f"{tenant_id}|webhook_endpoint|{endpoint_id}"


def _context(endpoint_id: uuid.UUID) -> str:
    return sealed_for(current_tenant().id, endpoint_id)
