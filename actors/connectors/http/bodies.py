"""Encodes the body of a request."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence

from actors.connectors.inputs import input_problem
from actors.connectors.json_bytes import json_bytes
from actors.connectors.urls import urlencoded
from automate.kernel.json_values import JsonValue, as_object, as_objects, as_text, optional_text

Body = tuple[bytes, str | None]
"""The body and its content type; None without a body."""


def encode_body(given: Mapping[str, JsonValue], key: str) -> Body:
    # The idempotency key gives the boundary of a multipart body, so that a repetition sends the same bytes.
    if "json" in given:
        return json_bytes(given["json"], "json"), "application/json"
    if "form" in given:
        return urlencoded(as_object(given["form"])).encode(), "application/x-www-form-urlencoded"
    if "multipart" in given:
        return _multipart(as_objects(given["multipart"]), key)
    if "text" in given:
        return _text(as_text(given["text"]), "text"), "text/plain; charset=utf-8"
    if "base64" in given:
        return _base64(as_text(given["base64"]), "base64"), "application/octet-stream"
    return b"", None


def _multipart(parts: Sequence[Mapping[str, JsonValue]], key: str) -> Body:
    # RFC 7578. Special characters in names are escaped as browsers do it.
    boundary = f"part-{hashlib.sha256(key.encode()).hexdigest()[:32]}"
    body = bytearray()
    for number, part in enumerate(parts):
        content, kind = _part(part, f"multipart.{number}")
        if boundary.encode("ascii") in content:
            raise input_problem(f"multipart.{number}", "The part contains the multipart boundary. Change its text.")
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_escaped(as_text(part["name"]))}"'
        if "filename" in part:
            head += f'; filename="{_escaped(as_text(part["filename"]))}"'
        kind = optional_text(part.get("content_type", kind))
        if kind is not None:
            head += f"\r\nContent-Type: {kind}"
        body += _text(f"{head}\r\n\r\n", f"multipart.{number}") + content + b"\r\n"
    body += f"--{boundary}--\r\n".encode("ascii")
    return bytes(body), f"multipart/form-data; boundary={boundary}"


def _part(part: Mapping[str, JsonValue], field: str) -> Body:
    # A text field has no content type, as in browsers.
    if "json" in part:
        return json_bytes(part["json"], f"{field}.json"), "application/json"
    if "base64" in part:
        return _base64(as_text(part["base64"]), f"{field}.base64"), "application/octet-stream"
    kind = "text/plain; charset=utf-8" if "filename" in part else None
    return _text(as_text(part["text"]), f"{field}.text"), kind


def _escaped(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _text(text: str, field: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise input_problem(
            field, "The text contains half of a surrogate pair, which UTF-8 cannot encode. Remove it."
        ) from None


def _base64(text: str, field: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise input_problem(
            field, "The value is not base64. Encode the bytes with the standard alphabet and padding."
        ) from None
