"""Turns an HTTP response into the output of a step: JSON, or text of limited length."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

import orjson

from actors.connectors.base import ConnectorError
from actors.connectors.guard import OutboundResponse
from actors.connectors.guard.headers import Header
from automate.kernel.json_text import json_bytes
from automate.kernel.json_values import JsonValue
from automate.workflows.connectors import Failure

MAX_OUTPUT_BYTES = 1024 * 1024
MAX_TEXT_CHARACTERS = 128 * 1024
MAX_DEPTH = 64

_JSON_TYPE = re.compile(r"application/(?:[\w.+-]+\+)?json", re.ASCII)
_CHARSET = re.compile(r"charset=[\"']?([\w-]+)", re.ASCII | re.IGNORECASE)
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "iso-8859-1", "windows-1252", "utf-16"})
"""Other charsets are read as UTF-8: the server chooses them, and some of Python's codecs take quadratic time."""
_BOM = b"\xef\xbb\xbf"


class NoJson(Enum):
    """The type of NO_JSON. ``parse_json`` returns NO_JSON for a body that is not JSON."""

    NO_JSON = auto()


NO_JSON: Final = NoJson.NO_JSON
TOO_DEEP = Failure("answer_too_deep", "CONNECTOR_REFUSED", f"The answer is JSON of more than {MAX_DEPTH} levels.", True)
OUTPUT_TOO_LARGE = Failure("output_too_large", "CONNECTOR_REFUSED", "The output would have more than 1 MiB.", True)
OUTPUT_FAILURES: Sequence[Failure] = (TOO_DEEP, OUTPUT_TOO_LARGE)


def build_output(response: OutboundResponse, elapsed_seconds: float) -> dict[str, JsonValue]:
    """Build a step's output from a response.

    Raises CONNECTOR_REFUSED if the output is nested too deep or is too large.
    """
    output: dict[str, JsonValue] = {"status": response.status, "headers": {**merged_headers(response.headers)}}
    content_type = response.header("content-type") or ""
    value = parse_json(response.body) if is_json(content_type) and response.body else NO_JSON
    if value is not NO_JSON:
        output["json"] = value
    elif response.body:
        output.update(_text(response.body, content_type))
    output["elapsed_ms"] = round(elapsed_seconds * 1000)
    return bounded_output(output, len(response.body))


def bounded_output(output: dict[str, JsonValue], body_bytes: int) -> dict[str, JsonValue]:
    """Return the output. Raises ConnectorError if the output is too large."""
    # `body_bytes`: the size of the responses.
    if body_bytes >= MAX_TEXT_CHARACTERS and len(json_bytes(output)) > MAX_OUTPUT_BYTES:
        message = "The answer gives an output of more than 1 MiB. Request less, such as fewer pages."
        raise ConnectorError.of(OUTPUT_TOO_LARGE, message, arrived=True)
    return output


def merged_headers(headers: Sequence[Header]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for name, value in headers:
        merged[name] = f"{merged[name]}, {value}" if name in merged else value
    return merged


def is_json(content_type: str) -> bool:
    return _JSON_TYPE.fullmatch(content_type.partition(";")[0].strip().lower()) is not None


def parse_json(body: bytes) -> JsonValue | NoJson:
    """Parse JSON into a form that PostgreSQL can store. Returns NO_JSON if the body is not JSON.

    Raises ConnectorError if the value is nested too deep.
    """
    try:
        value: JsonValue = orjson.loads(body.removeprefix(_BOM))
    except orjson.JSONDecodeError:
        return NO_JSON
    nested = isinstance(value, (dict, list)) and body.count(b"[") + body.count(b"{") > MAX_DEPTH
    if nested and _depth_exceeds(value):
        message = f"The answer is JSON nested deeper than {MAX_DEPTH} levels."
        raise ConnectorError.of(TOO_DEEP, message, arrived=True)
    return _without_nul(value) if b"\\u0000" in body else value


def _depth_exceeds(value: JsonValue) -> bool:
    # Without recursion, because a deeply nested value could exhaust the stack.
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        items = [item for one in level for item in (one.values() if isinstance(one, dict) else one)]
        level = [item for item in items if isinstance(item, (dict, list))]
        if not level:
            return False
    return True


def _without_nul(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {name.replace("\0", "\ufffd"): _without_nul(item) for name, item in value.items()}
    return value


def _text(body: bytes, content_type: str) -> dict[str, JsonValue]:
    match = _CHARSET.search(content_type)
    charset = match[1].lower() if match and match[1].lower() in _CHARSETS else "utf-8"
    text = body.decode(charset, errors="replace").replace("\0", "\ufffd")
    if len(text) <= MAX_TEXT_CHARACTERS:
        return {"text": text}
    return {"text": text[:MAX_TEXT_CHARACTERS], "text_truncated": True}
