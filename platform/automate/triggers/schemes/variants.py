"""Wrong bodies that senders often sign by mistake, and wrong keys that senders often use by mistake.

These variants help to explain why a signature does not match.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import KIB
from automate.kernel.strict_json import loads

MOST_BODY_BYTES = 64 * KIB
"""For a longer body, only an empty body and changes at its end are tried."""


def bodies(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield variants of a request's body that senders often sign by mistake. Each variant has a description."""
    if not body:
        return
    yield "an empty body: the body was consumed before it was signed", b""
    if body.endswith(b"\n"):
        yield "the body without the line feed at its end: something added it", body.rstrip(b"\r\n")
    yield "the body with a line feed at its end: something removed it", body + b"\n"
    if len(body) > MOST_BODY_BYTES:
        return
    if b"\r\n" in body:
        yield "the body with other line ends: something changed LF to CRLF", body.replace(b"\r\n", b"\n")
    elif b"\n" in body:
        yield "the body with other line ends: something changed CRLF to LF", body.replace(b"\n", b"\r\n")
    try:
        value = loads(body)
    except NormalizedError:
        return
    for how, text in _serialised(value):
        if text != body:
            yield (
                f"the same JSON {how}: something parsed the body and wrote it again. Both sides must use the raw bytes",
                text,
            )


def _serialised(value: JsonValue) -> Iterator[tuple[str, bytes]]:
    for escaped in (False, True):
        letters = " with letters beyond ASCII escaped" if escaped else ""
        for how, options in (
            ("without spaces", {"separators": (",", ":")}),
            ("with spaces", {}),
            ("without spaces and with its keys in order", {"separators": (",", ":"), "sort_keys": True}),
            ("with spaces and its keys in order", {"sort_keys": True}),
            ("indented by two", {"indent": 2}),
            ("indented by four", {"indent": 4}),
        ):
            yield f"{how}{letters}", json.dumps(value, ensure_ascii=escaped, **options).encode(errors="replace")


def keys(secret: str, key: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield wrong keys that senders often use by mistake. Each key has a description."""
    forms: list[tuple[str, bytes | None]] = [
        ("the text of the secret itself, with its prefix", secret.encode()),
        ("the text after the secret's prefix, not decoded", secret.partition("_")[2].encode()),
        ("the secret with a line feed at its end", f"{secret}\n".encode()),
        ("the secret within quotes", f'"{secret}"'.encode()),
        ("the secret decoded from base64", _decoded(secret)),
        ("the text after the secret's prefix, decoded from base64", _decoded(secret.partition("_")[2])),
        ("the secret decoded from hexadecimal digits", _unhexed(secret)),
    ]
    for how, form in forms:
        if form and form != key:
            yield how, form


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _unhexed(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None
