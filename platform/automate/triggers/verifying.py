"""Explains why a secret does not match the signature of a request. Nothing is stored."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.events.deliveries.queries import rejected_by_id, stored_requests
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import as_integer
from automate.kernel.problems import no_such
from automate.triggers.queries import SourceRecord, find_source, sources_of
from automate.triggers.receiving import Webhook, check_size, understand
from automate.triggers.redelivering import stored_webhook
from automate.triggers.schemes import Cause, Scheme, SignatureFinding, SignedRequest, diagnose


@dataclass(frozen=True)
class SecretFinding:
    """The result of the check with one secret: a match, or the cause of the mismatch."""

    version: int
    finding: SignatureFinding


@dataclass(frozen=True)
class Verification:
    """The result of checking a request with all secrets of its source."""

    verified: bool
    secret_version: int | None
    """The version of the secret that made the signature. None if no secret made it, or if the source needs no
    signature."""
    findings: Sequence[SecretFinding]
    refusal: NormalizedError | None
    """Why the request would be refused although its sender is verified. None otherwise."""


def verify_request(source: str, headers: Mapping[str, str], body: bytes, received_at: float) -> Verification:
    """Check the signature of a captured request against each secret of the source.

    ``received_at`` is in seconds since 1970.

    Raises NOT_FOUND if no source that receives webhooks has the slug ``source``.
    """
    found = find_source(source)
    if found is None or not found.takes_webhooks:
        raise no_such("source that receives webhooks", "slug", "sources", "source")
    return _verification(found, Webhook(headers, body, received_at))


def verify_rejected(delivery_id: uuid.UUID | None) -> Verification:
    """Check the signature of a stored delivery against each secret of its source.

    Raises NOT_FOUND if there is no such delivery, or if its source is deleted. Raises BAD_USER_INPUT if its body was
    not stored.
    """
    ids = [delivery_id] if delivery_id is not None else []
    row, stored = rejected_by_id(ids), stored_requests(ids)
    if delivery_id is None or delivery_id not in row:
        raise no_such("delivery", "id", "deliveries", "delivery")
    source = sources_of([row[delivery_id].source_id]).get(row[delivery_id].source_id)
    if source is None:
        raise NormalizedError(
            "NOT_FOUND",
            "The source of this delivery is deleted, so its signature cannot be checked.",
            path=["delivery"],
        )
    return _verification(source, stored_webhook(row[delivery_id], stored[delivery_id]))


def _verification(source: SourceRecord, webhook: Webhook) -> Verification:
    request = SignedRequest(webhook.headers, webhook.body, webhook.received_at, source.options)
    scheme = Scheme(source.scheme)
    findings = [
        SecretFinding(as_integer(secret["version"]), diagnose(scheme, text, request))
        for secret, text in zip(source.secrets, source.opened_secrets(), strict=True)
    ]
    version = next((one.version for one in findings if one.finding.cause is Cause.VERIFIED), None)
    verified = version is not None or scheme is Scheme.UNSIGNED
    return Verification(verified, version, findings, _refusal(source, webhook, version) if verified else None)


def _refusal(source: SourceRecord, webhook: Webhook, version: int | None) -> NormalizedError | None:
    try:
        check_size(len(webhook.body), source.intake)
        understand(source, webhook, version)
    except NormalizedError as refusal:
        return refusal
    return None
