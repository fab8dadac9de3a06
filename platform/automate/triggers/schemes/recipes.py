"""HMAC signatures as data: where the signature stands, how it is written and what it covers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from automate.triggers.schemes.scheme import Delivery, no_match, refused
from automate.triggers.schemes.timestamps import check_timestamp

MAX_SIGNATURES = 20
Algorithm = Literal["sha1", "sha256", "sha512"]
Encoding = Literal["hex", "base64"]


@dataclass(frozen=True)
class Recipe:
    """A way to sign with HMAC.

    header: carries one signature, or several between separators, each behind prefix.
    signs: what the signature covers before the body, with {id} and {timestamp} for the headers' values.
    timestamp_header or timestamp_field (an item of the signature header, as Stripe's ``t=``) tell the signed time.
    key: makes the HMAC key of a secret.
    """

    header: str
    prefix: str = ""
    separator: str | None = None
    encoding: Encoding = "hex"
    algorithm: Algorithm = "sha256"
    signs: str = ""
    id_header: str | None = None
    timestamp_header: str | None = None
    timestamp_field: str | None = None
    key: Callable[[str], bytes] = str.encode

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        """Raises INVALID_SIGNATURE unless one of the secrets made one of the signatures, or INVALID_TIMESTAMP."""
        header = delivery.header(self.header)
        items = [item.strip() for item in header.split(self.separator)] if self.separator else [header]
        content = self.covered(delivery, items) + delivery.body
        candidates = self._candidates(items)
        for secret in secrets:
            expected = hmac.new(self.key(secret), content, self.algorithm).digest()
            if any([hmac.compare_digest(expected, candidate) for candidate in candidates]):  # noqa: C419 - all are compared
                return
        raise no_match(f"the signature in {self.header}", secrets)

    def covered(self, delivery: Delivery, items: Sequence[str]) -> bytes:
        """What is signed before the body; the signed time is checked on the way."""
        values = {}
        if self.timestamp_field is not None:
            stamps = [
                item.removeprefix(self.timestamp_field) for item in items if item.startswith(self.timestamp_field)
            ]
            place = f"the time {self.timestamp_field}… in {self.header}"
            values["timestamp"] = stamps[0] if len(stamps) == 1 else ""
            check_timestamp(delivery, values["timestamp"], place)
        if self.timestamp_header is not None:
            values["timestamp"] = delivery.headers.get(self.timestamp_header.lower(), "").strip()
            check_timestamp(delivery, values["timestamp"], f"the header {self.timestamp_header}")
        if self.id_header is not None:
            values["id"] = delivery.header(self.id_header)
            if not values["id"].isascii():
                raise refused(f"the header {self.id_header} has characters outside ASCII", header=self.id_header)
        return self.signs.format(**values).encode()

    def _candidates(self, items: Sequence[str]) -> list[bytes]:
        """The well-formed signatures; unknown kinds beside them are passed over, as all the schemes ask."""
        texts = [item.removeprefix(self.prefix) for item in items if item.startswith(self.prefix)]
        decoded = [self._decode(text) for text in texts[: MAX_SIGNATURES + 1]]
        candidates = [digest for digest in decoded if digest is not None]
        if len(decoded) > MAX_SIGNATURES:
            raise refused(f"{self.header} has more than {MAX_SIGNATURES} signatures", header=self.header)
        if not candidates:
            size = hashlib.new(self.algorithm).digest_size
            digits = f"{2 * size} hexadecimal digits" if self.encoding == "hex" else f"the base64 of {size} bytes"
            raise refused(
                f"{self.header} holds no signature of the form {self.prefix}<{digits}>; was it cut, or sent twice?",
                header=self.header,
            )
        return candidates

    def _decode(self, text: str) -> bytes | None:
        try:
            raw = base64.b16decode(text.upper()) if self.encoding == "hex" else base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return None
        return raw if len(raw) == hashlib.new(self.algorithm).digest_size else None
