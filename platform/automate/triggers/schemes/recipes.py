"""Ways to sign with HMAC. Each way defines the header, the form of the signature, and the signed content."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from automate.triggers.schemes.scheme import SignedRequest, no_match, refused
from automate.triggers.schemes.timestamps import check_timestamp

MAX_SIGNATURES = 20
Algorithm = Literal["sha1", "sha256", "sha512"]
Encoding = Literal["hex", "base64", "base64url"]
ALGORITHMS: Mapping[str, Algorithm] = {"sha256": "sha256", "sha1": "sha1", "sha512": "sha512"}
ENCODINGS: Mapping[str, Encoding] = {"hex": "hex", "base64": "base64", "base64url": "base64url"}

BODY = "{body}"
PLACE = re.compile(r"\{(id|timestamp|body)\}")
"""The placeholders in a template of the signed content. All other text is used unchanged."""

_URL_ALPHABET = str.maketrans("-_", "+/")


@lru_cache(maxsize=256)
def _parts(template: str) -> tuple[str, ...]:
    # Texts and names alternate, beginning with a text.
    return tuple(PLACE.split(template))


def fill(template: str, values: Mapping[str, str], body: bytes) -> bytes:
    """Return the signed content: ``template`` with values in place of its placeholders.

    ``values`` has the values for the placeholders ``{id}`` and ``{timestamp}``. ``body`` replaces ``{body}``.
    """
    parts = _parts(template)
    pieces = [
        part.encode() if place % 2 == 0 else (body if part == "body" else values[part].encode())
        for place, part in enumerate(parts)
    ]
    return b"".join(pieces)


def decode(text: str, encoding: Encoding) -> bytes | None:
    """Decode a signature, or return None. The padding of base64url is optional."""
    try:
        if encoding == "hex":
            return base64.b16decode(text.upper())
        if encoding == "base64":
            return base64.b64decode(text, validate=True)
        if "+" in text or "/" in text:
            return None
        bare = text.rstrip("=").translate(_URL_ALPHABET)
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


@lru_cache(maxsize=8)
def digest_size(algorithm: Algorithm) -> int:
    return hashlib.new(algorithm).digest_size


@dataclass(frozen=True)
class SigningRecipe:
    """A way to sign with HMAC."""

    header: str
    """The header with the signatures."""
    prefix: str = ""
    """The prefix of each signature."""
    separator: str | None = None
    """The separator between signatures. None if the header has only one signature."""
    encoding: Encoding = "hex"
    algorithm: Algorithm = "sha256"
    signs: str = BODY
    """A template of the signed content. {body} stands for the raw bytes, {id} and {timestamp} for the values of
    headers.
    """
    id_header: str | None = None
    timestamp_header: str | None = None
    """The header with the time of signing."""
    timestamp_field: str | None = None
    """The prefix of the item in ``header`` that contains the time of signing. For example, Stripe's prefix is
    ``t=``."""
    key: Callable[[str], bytes] = str.encode
    """Makes the HMAC key from a secret."""

    def verify(self, request: SignedRequest, secrets: Sequence[str]) -> int:
        """Verify a request. Return the index of the matching secret. Raises INVALID_SIGNATURE or INVALID_TIMESTAMP."""
        items = self.items(request)
        content = self.covered(request, items)
        candidates = self.candidates(items)
        for place, secret in enumerate(secrets):
            expected = hmac.new(self.key(secret), content, self.algorithm).digest()
            if any([hmac.compare_digest(expected, candidate) for candidate in candidates]):  # noqa: C419 - all are compared
                return place
        raise no_match(f"the signature in {self.header}", secrets)

    def items(self, request: SignedRequest) -> list[str]:
        header = request.header(self.header)
        return [item.strip() for item in header.split(self.separator)] if self.separator else [header]

    def covered(self, request: SignedRequest, items: Sequence[str]) -> bytes:
        """Return the signed content. Raises INVALID_TIMESTAMP if the time of signing is outside the tolerance."""
        values = self.values(request, items)
        if self.timestamp_field is not None:
            check_timestamp(request, values["timestamp"], f"the time {self.timestamp_field}… in {self.header}")
        if self.timestamp_header is not None:
            check_timestamp(request, values["timestamp"], f"the header {self.timestamp_header}")
        return fill(self.signs, values, request.body)

    def values(self, request: SignedRequest, items: Sequence[str]) -> dict[str, str]:
        """Read the id and the timestamp of a request. The template of the signed content needs these values.

        Raises INVALID_SIGNATURE if the id is missing or is not ASCII.
        """
        values: dict[str, str] = {}
        if self.timestamp_field is not None:
            stamps = [
                item.removeprefix(self.timestamp_field) for item in items if item.startswith(self.timestamp_field)
            ]
            values["timestamp"] = stamps[0] if len(stamps) == 1 else ""
        if self.timestamp_header is not None:
            values["timestamp"] = request.headers.get(self.timestamp_header.lower(), "").strip()
        if self.id_header is not None:
            values["id"] = request.header(self.id_header)
            if not values["id"].isascii():
                raise refused(f"the header {self.id_header} has characters outside ASCII", header=self.id_header)
        return values

    def candidates(self, items: Sequence[str]) -> list[bytes]:
        """Return the well-formed signatures of a header. Signatures of unknown kinds are ignored.

        Raises INVALID_SIGNATURE if the header has too many signatures, or no well-formed signature.
        """
        texts = [item.removeprefix(self.prefix) for item in items if item.startswith(self.prefix)]
        size = digest_size(self.algorithm)
        decoded = [decode(text, self.encoding) for text in texts[: MAX_SIGNATURES + 1]]
        candidates = [digest for digest in decoded if digest is not None and len(digest) == size]
        if len(decoded) > MAX_SIGNATURES:
            raise refused(f"{self.header} has more than {MAX_SIGNATURES} signatures", header=self.header)
        if not candidates:
            digits = (
                f"{2 * size} hexadecimal digits" if self.encoding == "hex" else f"the {self.encoding} of {size} bytes"
            )
            raise refused(
                f"{self.header} holds no signature of the form {self.prefix}<{digits}>; was it cut, or sent twice?",
                header=self.header,
            )
        return candidates
