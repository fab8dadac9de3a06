"""Read an event's type, idempotency key and subject from a webhook."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.triggers.schemes.scheme import Scheme

UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Characters that the texts of an event must not contain."""


@dataclass(frozen=True)
class EventIdentity:
    """The type, idempotency key and subject of an event."""

    event_type: str
    """Never empty; see ``fit_type``."""
    idempotency_key: str | None
    """None if the sender sent none."""
    subject: str | None
    """None if the sender sent none."""


@dataclass(frozen=True)
class SelectedIdentity:
    """The event type, key and subject that the settings of a source select from a request.

    A value here takes precedence over the value that the source's scheme finds.
    """

    event_type: str | None = None
    key: str | None = None
    subject: str | None = None


NOTHING_SAID = SelectedIdentity()


@dataclass(frozen=True)
class _Places:
    # A place is `header:name` or `body:path.of.keys`. The preferred places come first.
    types: Sequence[str]
    keys: Sequence[str] = ()
    subjects: Sequence[str] = ()


_CLOUDEVENT = "body:specversion"
# Shopify sends one action as an event of each topic concerned, all with the same id.
_SHOPIFY_KEY = "header:x-shopify-topic x-shopify-event-id"
_ANY = _Places(
    types=("header:x-github-event", "header:x-shopify-topic", "header:ce-type", "body:type"),
    keys=("header:webhook-id", "header:x-github-delivery", _SHOPIFY_KEY),
    subjects=("header:ce-subject",),
)

# UNSIGNED, HMAC, BASIC and BEARER do not tie a source to one kind of sender, so any known place counts.
_PLACES: Mapping[Scheme, _Places] = {
    Scheme.STANDARD_WEBHOOKS: _Places(types=("body:type",), keys=("header:webhook-id",)),
    Scheme.GITHUB: _Places(("header:x-github-event",), ("header:x-github-delivery",), ("body:repository.full_name",)),
    Scheme.STRIPE: _Places(("body:type",), ("body:id",), ("body:data.object.id",)),
    Scheme.SLACK: _Places(("body:event.type",), ("body:event_id",)),
    Scheme.SHOPIFY: _Places(("header:x-shopify-topic",), (_SHOPIFY_KEY,)),
}


def identify(
    scheme: Scheme,
    headers: Mapping[str, str],
    body_json: JsonValue,
    source_slug: str,
    said: SelectedIdentity = NOTHING_SAID,
) -> EventIdentity:
    """Read the type, idempotency key and subject of an event.

    Raises BAD_USER_INPUT for a key that is too long or has control characters.
    """
    places = _PLACES.get(scheme, _ANY)
    event_type = fit_type(said.event_type or _first(places.types, headers, body_json), source_slug)
    key = said.key or _first(places.keys, headers, body_json)
    subject = said.subject or _first(places.subjects, headers, body_json)
    if _read(_CLOUDEVENT, headers, body_json):
        subject = subject or _read("body:subject", headers, body_json)
    if key is None:
        key = _cloudevent_key_in(headers, body_json)
    if key is not None:
        check_key(key)
    return EventIdentity(event_type, key, fit_subject(subject))


def fit_type(event_type: str | None, source_slug: str) -> str:
    if not event_type or len(event_type) > LIMITS.text_characters or UNFIT.search(event_type):
        return f"webhook.{source_slug}"
    return event_type


def fit_subject(subject: str | None) -> str | None:
    return None if subject is None or UNFIT.search(subject) else subject[: LIMITS.text_characters]


def _read(place: str, headers: Mapping[str, str], body: JsonValue) -> str | None:
    kind, _, name = place.partition(":")
    value: JsonValue = body
    if kind == "header":
        values = [headers.get(part, "").strip() for part in name.split()]
        value = " ".join(filter(None, values)) if values[-1] else None
    else:
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, str) and value else None


def _first(places: Sequence[str], headers: Mapping[str, str], body: JsonValue) -> str | None:
    found = (_read(place, headers, body) for place in places)
    return next((text for text in found if text is not None), None)


def _cloudevent_key_in(headers: Mapping[str, str], body: JsonValue) -> str | None:
    if _read("header:ce-specversion", headers, body):
        source, event_id = _read("header:ce-source", headers, body), _read("header:ce-id", headers, body)
    elif _read(_CLOUDEVENT, headers, body):
        source, event_id = _read("body:source", headers, body), _read("body:id", headers, body)
    else:
        return None
    return cloudevent_key(source, event_id) if source and event_id else None


def cloudevent_key(source: str, event_id: str) -> str:
    # Spaces in the source are percent-encoded, so that different events have different keys.
    key = f"{source.replace(' ', '%20')} {event_id}"
    if len(key) <= LIMITS.idempotency_key_characters:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: LIMITS.idempotency_key_characters - len(digest) - 1]} {digest}"


def check_key(key: str) -> None:
    """Check an idempotency key. Raises BAD_USER_INPUT if it is too long or has control characters."""
    if len(key) > LIMITS.idempotency_key_characters:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"The idempotency key has {len(key)} characters. The maximum is {LIMITS.idempotency_key_characters}. Send a shorter key.",
            details={"characters": len(key), "max_characters": LIMITS.idempotency_key_characters},
        )
    if UNFIT.search(key):
        raise NormalizedError("BAD_USER_INPUT", "The idempotency key has control characters. Send printable text.")
