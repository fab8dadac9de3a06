"""Signed cursors. A cursor is valid for one list, one tenant and one filter.

A cursor is base64url(key, MAC).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from django.conf import settings
from django.utils.encoding import force_bytes

from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import sorted_json
from automate.kernel.json_values import JsonValue
from automate.kernel.timestamps import microseconds, timestamp_of

MAC_BYTES = 16
MAX_CHARACTERS = 256
_FEED = struct.Struct(">IQQ")
_TIME_AND_DIGEST = struct.Struct(">q32s")
_PLACE = struct.Struct(">q16s")
_ID_BYTES = 16


@dataclass(frozen=True)
class CursorSpace:
    """The name, tenant and filter of a list."""

    connection: str
    """The connection's name in the schema."""
    tenant: str
    """An id; empty for the platform."""
    binding: JsonValue = None
    """Other properties of the list, such as its filter, as JSON."""

    @cached_property
    def _label(self) -> bytes:
        # All cursors of a page share it.
        label = sorted_json([self.connection, self.tenant, self.binding])
        return hashlib.sha256(label).digest()

    def _mac(self, secret: str | bytes, key: bytes) -> bytes:
        return hmac.digest(_signing_key(secret), self._label + key, "sha256")[:MAC_BYTES]

    def seal(self, key: bytes) -> str:
        """Return a signed cursor for a position in this list. ``key`` contains the position as bytes."""
        return base64.urlsafe_b64encode(key + self._mac(settings.SECRET_KEY, key)).rstrip(b"=").decode()

    def open(self, cursor: str) -> bytes:
        """Return the bytes of a cursor's position. Raises INVALID_CURSOR for an invalid cursor, or a cursor of another list."""
        if len(cursor) > MAX_CHARACTERS:
            raise invalid_cursor()
        try:
            raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError, ValueError):
            raise invalid_cursor() from None
        key, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        # Base64 has several forms of the same bytes; only the issued one is accepted.
        if not any(hmac.compare_digest(mac, self._mac(secret, key)) for secret in secrets) or _spelling(raw) != cursor:
            raise invalid_cursor()
        return key

    def seal_id(self, row_id: uuid.UUID) -> str:
        return self.seal(row_id.bytes)

    def open_id(self, cursor: str) -> uuid.UUID:
        """Return the row id that a cursor contains. Raises INVALID_CURSOR."""
        return uuid.UUID(bytes=self._open_sized(cursor, _ID_BYTES))

    def seal_position(self, epoch: int, xid: int, entry: int) -> str:
        return self.seal(_FEED.pack(epoch, xid, entry))

    def open_position(self, cursor: str) -> tuple[int, int, int]:
        """Return the position ``(epoch, xid, id)`` in the cursor of a feed. Raises INVALID_CURSOR."""
        epoch, xid, entry = _FEED.unpack(self._open_sized(cursor, _FEED.size))
        return epoch, xid, entry

    def seal_timestamp(self, at: datetime, digest: str) -> str:
        """Make the cursor of a row in a list that is sorted by time. ``digest`` has 64 hexadecimal characters."""
        return self.seal(_TIME_AND_DIGEST.pack(microseconds(at), bytes.fromhex(digest)))

    def open_timestamp(self, cursor: str) -> tuple[datetime, str]:
        """Return the timestamp and the digest in a cursor. Raises INVALID_CURSOR."""
        since, digest = _TIME_AND_DIGEST.unpack(self._open_sized(cursor, _TIME_AND_DIGEST.size))
        return timestamp_of(since), digest.hex()

    def seal_place(self, at: datetime, row_id: uuid.UUID) -> str:
        """Make the cursor of a row in a list that is sorted by time."""
        return self.seal(_PLACE.pack(microseconds(at), row_id.bytes))

    def open_place(self, cursor: str) -> tuple[datetime, uuid.UUID]:
        """Return the timestamp and the row id in a cursor. Raises INVALID_CURSOR."""
        since, row_id = _PLACE.unpack(self._open_sized(cursor, _PLACE.size))
        return timestamp_of(since), uuid.UUID(bytes=row_id)

    def seal_text(self, text: str, row_id: uuid.UUID) -> str:
        """Make the cursor of a row in a list that is sorted by ``text``. ``text`` has at most 40 characters."""
        return self.seal(text.encode() + row_id.bytes)

    def open_text(self, cursor: str) -> tuple[str, uuid.UUID]:
        """Return the text and the row id that a cursor contains. Raises INVALID_CURSOR."""
        key = self.open(cursor)
        try:
            return key[:-_ID_BYTES].decode(), uuid.UUID(bytes=key[-_ID_BYTES:])
        except ValueError:
            raise invalid_cursor() from None

    def _open_sized(self, cursor: str, size: int) -> bytes:
        key = self.open(cursor)
        if len(key) != size:
            raise invalid_cursor()
        return key


@lru_cache(maxsize=8)
def _signing_key(secret: str | bytes) -> bytes:
    return hashlib.sha256(b"automate.cursor" + force_bytes(secret)).digest()


def _spelling(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def invalid_cursor() -> NormalizedError:
    return NormalizedError(
        "INVALID_CURSOR",
        "The cursor does not belong to this list with this filter. Start again without a cursor, "
        "or pass an unchanged cursor of the same list.",
    )
