"""CloudEvents 1.0 over HTTP: binary, structured and batched mode."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from urllib.parse import unquote

from automate.events.bodies import event_body
from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import json_bytes
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.timestamps import parse_timestamp
from automate.triggers.schemes.identity import UNFIT, cloudevent_key
from automate.triggers.timestamps import can_be

VERSION = "1.0"
_STRUCTURED, _BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
_PREFIX = "ce-"
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,12})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
NO_DATA = b"null"
"""The payload of a binary event without data."""
_JSON = re.compile(r"(?:[^/]+/json|[^/]+/[^/]+\+json)")
_TEXT = re.compile(r"(?:text/.+|[^/]+/(?:xml|yaml|x-yaml|javascript|x-ndjson|graphql|sql)|[^/]+/[^/]+\+(?:xml|yaml))")
_UTF8 = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class CloudEvent:
    """One CloudEvent of a request. A batch request contains several CloudEvents."""

    type: str
    subject: str | None
    key: str
    occurred_at: datetime | None
    body: bytes
    """The event's payload as JSON. For a batch it is this event alone."""
    payload: JsonValue
    """The parsed body."""


def is_batch(headers: Mapping[str, str]) -> bool:
    return _media_type(headers) == _BATCH


def declared(headers: Mapping[str, str], payload: JsonValue) -> Mapping[str, str]:
    """Return the headers of a request. If the payload is a list of CloudEvents, the headers declare a batch.

    For a batch, the content type becomes ``application/cloudevents-batch+json``.
    """
    batch = (
        isinstance(payload, list) and payload and all(isinstance(one, dict) and "specversion" in one for one in payload)
    )
    return {**headers, "content-type": _BATCH} if batch else headers


def is_binary(headers: Mapping[str, str]) -> bool:
    return f"{_PREFIX}specversion" in headers and _media_type(headers) not in (_STRUCTURED, _BATCH)


def binary_data(headers: Mapping[str, str], body: bytes) -> bytes:
    # A JSON body stays unchanged. UTF-8 text becomes a JSON string. Other bytes become {"data_base64": …}.
    kind = _media_type(headers)
    if not body:
        return NO_DATA
    if not kind or _JSON.fullmatch(kind):
        return body
    if _TEXT.fullmatch(kind) and _charset(headers) in _UTF8:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            pass
        else:
            if "\0" not in text:
                return json_bytes(text)
    return json_bytes({"data_base64": base64.b64encode(body).decode("ascii")})


def _charset(headers: Mapping[str, str]) -> str:
    message = Message()
    message["content-type"] = headers.get("content-type", "")
    return str(message.get_content_charset() or "")


def cloud_events(headers: Mapping[str, str], body: bytes, payload: JsonValue) -> list[CloudEvent] | None:
    """Read the events of a request. Returns None if the request is no CloudEvent.

    Raises BAD_USER_INPUT with the path of a wrong attribute, and LIMIT_EXCEEDED for a batch that is too long.
    """
    # None if the request is no CloudEvent. `identify` reads a structured event that was sent as plain JSON.
    kind = _media_type(headers)
    if kind == _BATCH:
        return [_structured(one, event_body(one), (place,)) for place, one in enumerate(_listed(payload))]
    if kind == _STRUCTURED:
        return [_structured(payload, body, ())]
    if is_binary(headers):
        attributes = {
            name.removeprefix(_PREFIX): _unescaped(value) for name, value in headers.items() if name.startswith(_PREFIX)
        }
        return [_event(attributes, body, payload, ())]
    return None


def _unescaped(value: str) -> str:
    if _QUOTED.fullmatch(value):
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return unquote(value)


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _listed(payload: JsonValue) -> Sequence[JsonValue]:
    if not isinstance(payload, list):
        raise _refuse("a batch is a JSON array of CloudEvents", ())
    if len(payload) > LIMITS.batch_events:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"This batch has {len(payload)} events. The maximum is {LIMITS.batch_events}. Send several batches.",
            details={"limit": "batch_events", "maximum": LIMITS.batch_events},
        )
    return payload


def _structured(value: JsonValue, body: bytes, path: Path) -> CloudEvent:
    if not isinstance(value, dict):
        raise _refuse("a CloudEvent is a JSON object", path)
    return _event(value, body, value, path)


def _event(attributes: Mapping[str, JsonValue], body: bytes, payload: JsonValue, path: Path) -> CloudEvent:
    version = _text(attributes, "specversion", path)
    if version != VERSION:
        raise _refuse(f"specversion is {version[:16]!r}; only {VERSION} is supported", (*path, "specversion"))
    key = cloudevent_key(_text(attributes, "source", path), _text(attributes, "id", path))
    event_type = _text(attributes, "type", path)
    if len(event_type) > LIMITS.text_characters:
        raise _refuse(f"the attribute type has more than {LIMITS.text_characters} characters", (*path, "type"))
    return CloudEvent(
        type=event_type,
        subject=_text(attributes, "subject", path) if attributes.get("subject") is not None else None,
        key=key,
        occurred_at=_timestamp(_text(attributes, "time", path), (*path, "time"))
        if attributes.get("time") is not None
        else None,
        body=body,
        payload=payload,
    )


def _text(attributes: Mapping[str, JsonValue], name: str, path: Path) -> str:
    value = attributes.get(name)
    if not isinstance(value, str) or not value:
        state = "missing" if value is None else "empty, or no text"
        raise _refuse(f"the attribute {name} is {state}", (*path, name))
    if UNFIT.search(value):
        raise _refuse(f"the attribute {name} has control characters", (*path, name))
    return value


def _timestamp(text: str, path: Path) -> datetime:
    if _TIME.fullmatch(text) is None:
        raise _refuse("the attribute time is not RFC 3339, such as 2026-11-25T10:00:00Z", path)
    try:
        timestamp = parse_timestamp(text)
    except (ValueError, OverflowError):
        raise _refuse("the attribute time is not a valid date and time", path) from None
    if not can_be(timestamp):
        raise _refuse("the attribute time must lie between 1970 and a day from now", path)
    return timestamp


def _refuse(message: str, path: Path) -> NormalizedError:
    place = f" Event {path[0]} of the batch." if path and isinstance(path[0], int) else ""
    return NormalizedError(
        "BAD_USER_INPUT", f"{message[0].upper()}{message[1:]}.{place}", details={"path": list(path)}, path=path
    )
