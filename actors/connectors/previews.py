"""Converts the request of a step to a preview for people. A preview reads no secret and sends nothing."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import parse_qsl

import orjson

from actors.connectors.base import Call, Connector, Previews
from actors.connectors.guard import OutboundRequest
from actors.connectors.guard.headers import Header
from actors.connectors.hosts import addressed_hosts
from automate.kernel.json_values import JsonObject, JsonValue, as_object
from automate.kernel.redaction import Scrubber, redact
from automate.workflows.refs import rendered_refs, resolve
from automate.workflows.templates import SecretRef
from automate.workflows.templates.literals import MARK

SET_WHEN_SENT = "(set when it is sent)"
MAX_TEXT_CHARACTERS = 64 * 1024

_ALONE = re.compile(r"(?:[A-Za-z]{1,16} )?secretref[0-9]+x[0-9a-f]{16}")


def previewed(connector: Connector, rendered: JsonValue) -> dict[str, JsonValue]:
    """Return the preview of a rendered input as ``{request, hosts}``. References to secrets appear as ``$secret:NAME``.

    Raises BAD_USER_INPUT.
    """
    refs = {(ref.name, ref.version): ref for ref in rendered_refs(rendered)}
    words = {key: f"secretref{number}x{secrets.token_hex(8)}" for number, key in enumerate(refs)}
    call = Call(
        input=as_object(resolve(rendered, words)),
        idempotency_key=SET_WHEN_SENT,
        traceparent=SET_WHEN_SENT,
        causation=SET_WHEN_SENT,
        timeout_seconds=1.0,
        allowed_networks=(),
    )
    request = connector.preview(call) if isinstance(connector, Previews) else dict(call.input)
    raw: JsonObject = {"request": request, "hosts": [*addressed_hosts(connector.spec, call.input)]}
    shown = _kept_stand_ins(redact(raw), raw)
    for key, word in words.items():
        shown = _replaced(shown, word, _written(refs[key]))
    return as_object(Scrubber(list(words.values())).scrub(shown))


def shown_request(request: OutboundRequest) -> dict[str, JsonValue]:
    """Return an HTTP request as ``{method, url, query, headers, body}``."""
    url, _, query = request.url.partition("#")[0].partition("?")
    shown: dict[str, JsonValue] = {"method": request.method, "url": url}
    if query:
        shown["query"] = _pairs(query)
    shown["headers"] = {name: value for name, value in request.headers}  # noqa: C416 - a header's name may come twice
    if request.body:
        shown["body"] = _body(request.body, request.headers)
    return shown


def _body(body: bytes, headers: Sequence[Header]) -> JsonValue:
    kind = next((value for name, value in headers if name.lower() == "content-type"), "").partition(";")[0].strip()
    if kind.endswith("json"):
        with suppress(orjson.JSONDecodeError):
            value: JsonValue = orjson.loads(body)
            return value
    if kind == "application/x-www-form-urlencoded":
        return _pairs(body.decode(errors="replace"))
    text = body.decode(errors="replace").replace("\0", "\ufffd")
    return text if len(text) <= MAX_TEXT_CHARACTERS else f"{text[:MAX_TEXT_CHARACTERS]}… ({len(body)} bytes in all)"


def _pairs(encoded: str) -> dict[str, JsonValue]:
    # By name, so that sensitive ones can be hidden. A repeated parameter has a list of values.
    pairs: dict[str, list[str]] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        pairs.setdefault(name, []).append(value)
    return {name: [*values] if len(values) > 1 else values[0] for name, values in pairs.items()}


def _kept_stand_ins(shown: JsonValue, raw: JsonValue) -> JsonValue:
    # They later become `$secret:NAME`.
    if isinstance(raw, str):
        return raw if _ALONE.fullmatch(raw) else shown
    if isinstance(raw, Mapping) and isinstance(shown, Mapping) and raw.keys() == shown.keys():
        return {name: _kept_stand_ins(shown[name], member) for name, member in raw.items()}
    if isinstance(raw, list) and isinstance(shown, list) and len(raw) == len(shown):
        return [_kept_stand_ins(one, other) for one, other in zip(shown, raw, strict=True)]
    return shown


def _replaced(value: JsonValue, word: str, by: str) -> JsonValue:
    if isinstance(value, str):
        return value.replace(word, by)
    if isinstance(value, Mapping):
        return {name.replace(word, by): _replaced(member, word, by) for name, member in value.items()}
    if isinstance(value, list):
        return [_replaced(item, word, by) for item in value]
    return value


def _written(ref: SecretRef) -> str:
    return f"{MARK}{ref.name}" if ref.version is None else f"{MARK}{ref.name}@{ref.version}"
