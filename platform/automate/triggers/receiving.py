"""Turns a webhook into events. The raw bytes are verified before the events are read."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from django.db import Error

from automate.events.services import NewEvent
from automate.kernel.bounded import BoundedCache
from automate.kernel.causation import depth_in
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.strict_json import loads
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import RUN_FAILED
from automate.kernel.trace import current_trace
from automate.triggers.cloudevents import CloudEvent, binary_data, cloud_events, declared, is_batch, is_binary
from automate.triggers.field_selectors import reader_of
from automate.triggers.queries import SourceRecord
from automate.triggers.schemes import (
    EventIdentity,
    Scheme,
    SelectedIdentity,
    check_key,
    fit_subject,
    fit_type,
    identify,
    kept_headers,
    signed_headers,
    verify,
)
from automate.triggers.source_settings import SourceSettings
from automate.triggers.transitions import mark_used

log = structlog.get_logger(__name__)

HEADER_OPTIONS = ("header", "timestamp_header")
URL_VERIFICATION = "url_verification"
"""The type of the request with which Slack verifies the owner of a URL. The answer must repeat the challenge
of this request."""
_ONE_SENDERS_OWN = frozenset({Scheme.GITHUB, Scheme.STRIPE, Scheme.SLACK, Scheme.SHOPIFY})
"""Schemes that belong to a single sender. These senders never send CloudEvents."""
EXACT_TO_SECONDS = 60
"""A process writes the use of a secret at most once in this time. Each event stores the exact version anyway."""
MOST_REMEMBERED = 4_096
_noted: BoundedCache[tuple[uuid.UUID, int], float] = BoundedCache(MOST_REMEMBERED)
"""Monotonic time of the last write, by source and version."""


@dataclass(frozen=True)
class Webhook:
    """A webhook request as it was received."""

    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    received_at: float
    """Seconds since 1970."""


@dataclass(frozen=True)
class Understood:
    """The content of a verified webhook."""

    events: Sequence[NewEvent] = ()
    """The events in the order of the request."""
    batch: bool = False
    """True if the request is a batch, whose answer is a list."""
    challenge: str | None = None
    """The text to send back if the request has no event. None otherwise."""


def prove(source: SourceRecord, webhook: Webhook) -> int | None:
    """Check who sent the webhook. Returns the version of the secret that matches the webhook's signature.

    Returns None for a source without signatures. Raises INVALID_SIGNATURE or INVALID_TIMESTAMP if the check fails.
    """
    scheme = Scheme(source.scheme)
    place = verify(scheme, source.opened_secrets(), webhook.headers, webhook.body, webhook.received_at, source.options)
    return source.version_of(place)


def note_use(source_id: uuid.UUID, version: int | None) -> None:
    """Record the use of a version of a secret. Errors are only logged.

    If ``version`` is None, the source checks no signature, and nothing is recorded.
    """
    now = time.monotonic()
    if version is None or now - (_noted.get((source_id, version)) or -EXACT_TO_SECONDS) < EXACT_TO_SECONDS:
        return
    _noted.put((source_id, version), now)
    try:
        mark_used(source_id, version, unless_within_seconds=EXACT_TO_SECONDS / 2)
    except Error as error:
        log.warning("the use of a secret was not noted", version=version, error=str(error))


def understand(source: SourceRecord, webhook: Webhook, secret_version: int | None) -> Understood:
    """Read the events of a webhook.

    If one event is invalid, the whole webhook is refused. Raises UNSUPPORTED_MEDIA_TYPE for a compressed body, and the error of
    the first invalid event.
    """
    intake, headers, body = source.intake, webhook.headers, webhook.body
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise NormalizedError(
            "UNSUPPORTED_MEDIA_TYPE",
            "The body is compressed, and this source cannot decompress it. Send the body without Content-Encoding.",
            details={"encoding": encoding[:64]},
        )
    scheme = Scheme(source.scheme)
    signed = signed_headers(scheme, source.options)
    if signed.names is not None and scheme not in _ONE_SENDERS_OWN and is_binary(headers):
        raise _unsigned_attributes()
    if scheme not in _ONE_SENDERS_OWN and is_binary(headers):
        body = binary_data(headers, body)
    payload = loads(body, max_bytes=LIMITS.event_bytes)
    if scheme is Scheme.SLACK and (challenge := _challenge(payload)) is not None:
        return Understood(challenge=challenge)
    if signed.names is not None:
        headers = declared(headers, payload)
    found = None if scheme in _ONE_SENDERS_OWN else cloud_events(headers, body, payload)
    batch = is_batch(headers)
    depth = depth_in(headers, current_tenant().id)
    draft = _Draft(source, secret_version, shown_headers(source, webhook.headers), depth)
    headers = signed.of(headers)
    if found is None:
        said = _said(intake, headers, payload)
        return Understood([draft.event(identify(scheme, headers, payload, source.slug, said), body)])
    # One request id cannot be the key of several events.
    key_of_request = None if batch else headers.get("webhook-id") if scheme is Scheme.STANDARD_WEBHOOKS else None
    events = [draft.cloud_event(one, _said(intake, headers, one.payload), key_of_request) for one in found]
    return Understood(events, batch=batch)


def _unsigned_attributes() -> NormalizedError:
    return NormalizedError(
        "BAD_USER_INPUT",
        "This is a CloudEvent in binary mode. Its attributes are headers, which the signature of this source does not cover. Send the event in "
        "structured mode (application/cloudevents+json), or save the source with trustUnsignedHeaders: true.",
        details={"header": "ce-specversion"},
    )


def shown_headers(source: SourceRecord, headers: Mapping[str, str]) -> dict[str, str]:
    proofs = [str(source.options[option]) for option in HEADER_OPTIONS if source.options.get(option)]
    return kept_headers(headers, proofs)


def check_size(size: int, intake: SourceSettings) -> None:
    """Raise PAYLOAD_TOO_LARGE if a body is larger than the source accepts."""
    if size > intake.max_bytes:
        raise NormalizedError(
            "PAYLOAD_TOO_LARGE",
            f"The body has more than {intake.max_bytes} bytes, the maximum of this source. Send less data, or a link to the data.",
            details={"max_bytes": intake.max_bytes},
        )


@dataclass(frozen=True)
class _Draft:
    source: SourceRecord
    secret_version: int | None
    headers: Mapping[str, str]
    depth: int

    def event(self, identity: EventIdentity, body: bytes) -> NewEvent:
        if identity.event_type == RUN_FAILED:
            raise NormalizedError(
                "BAD_USER_INPUT",
                f"The event type {RUN_FAILED} is reserved, because the platform reports failed runs with it. Send another type. Or "
                "set intake.eventType of the source, so that the type is read from another place.",
                details={"type": RUN_FAILED},
            )
        return NewEvent(
            source_id=self.source.id,
            type=identity.event_type,
            body=body,
            trace_id=current_trace().trace_id,
            idempotency_key=identity.idempotency_key or "",
            key_seconds=self.source.intake.idempotency_key.keep_seconds,
            subject=identity.subject or "",
            headers=self.headers,
            depth=self.depth,
            secret_version=self.secret_version,
        )

    def cloud_event(self, event: CloudEvent, said: SelectedIdentity, key_of_request: str | None) -> NewEvent:
        key = said.key or key_of_request or event.key
        check_key(key)
        event_type = fit_type(said.event_type or event.type, self.source.slug)
        identity = EventIdentity(event_type, key, fit_subject(said.subject or event.subject))
        return replace(self.event(identity, event.body), occurred_at=event.occurred_at)


def _said(intake: SourceSettings, headers: Mapping[str, str], payload: JsonValue) -> SelectedIdentity:
    if intake.event_type is None and intake.key is None and intake.subject is None:
        return SelectedIdentity()
    reader = reader_of(headers, payload)
    return SelectedIdentity(
        event_type=reader.read(intake.event_type, "the event type"),
        key=reader.read(intake.key, "the idempotency key"),
        subject=reader.read(intake.subject, "the subject"),
    )


def _challenge(payload: JsonValue) -> str | None:
    if not isinstance(payload, dict) or payload.get("type") != URL_VERIFICATION:
        return None
    challenge = payload.get("challenge")
    return challenge if isinstance(challenge, str) else None
