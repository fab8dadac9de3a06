"""Reads and decompresses the body of a response. The size of the decompressed body is limited."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from actors.connectors.base import ConnectorError
from actors.connectors.guard.failures import BROKEN, ENCODING, TOO_LARGE

ACCEPT_ENCODING = "gzip, deflate"
MAX_RATIO = 200
"""The maximum ratio of decompressed to compressed bytes. Very regular JSON reaches 100. Decompression bombs reach
1,030."""
_RATIO_COUNTS_FROM = 64 * 1024
_SLICE = 16 * 1024
"""zlib receives this many bytes at a time. At the end of each gzip member, zlib copies the rest of its input. So a
body of many empty members does not become slow."""

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_GZIP = frozenset({"gzip", "x-gzip"})
_ZLIB_METHOD = 8


def _broken() -> ConnectorError:
    return ConnectorError.of(BROKEN, "The answer's compressed body is invalid or incomplete.", arrived=True)


@dataclass
class _Inflater:
    # gzip may have several members. deflate may lack its zlib header.
    gzip: bool
    limit: int

    def __post_init__(self) -> None:
        self._engine: zlib._Decompress | None = None
        self._taken = 0
        self._given = 0

    def feed(self, data: bytes) -> bytes:
        self._taken += len(data)
        out = bytearray()
        while data:
            if self._engine is None:
                self._engine = zlib.decompressobj(self._window(data))
            try:
                out += self._engine.decompress(data, self.limit + 1 - self._given - len(out))
            except zlib.error:
                raise _broken() from None
            self._check(self._given + len(out))
            data = self._engine.unconsumed_tail or self._engine.unused_data
            if self._engine.eof:
                if data and not self.gzip:
                    raise _broken()
                self._engine = None if data else self._engine
        self._given += len(out)
        return bytes(out)

    def finish(self) -> None:
        if self._taken and (self._engine is None or not self._engine.eof):
            raise _broken()

    def _window(self, data: bytes) -> int:
        if self.gzip:
            return _GZIP_WINDOW
        return zlib.MAX_WBITS if data[0] & 0x0F == _ZLIB_METHOD else -zlib.MAX_WBITS

    def _check(self, size: int) -> None:
        if size > self.limit:
            raise too_large(self.limit)
        if size > _RATIO_COUNTS_FROM and size > MAX_RATIO * self._taken:
            message = f"When decompressed, the answer grows more than {MAX_RATIO} times. This looks like a decompression bomb. The rest of the answer was not read."
            raise ConnectorError.of(TOO_LARGE, message, arrived=True)


class OverLimitError(ConnectorError):
    """A body has more bytes than allowed."""


def too_large(limit: int) -> ConnectorError:
    message = f"The answer is larger than {limit} bytes after decompression. Request less, such as one page."
    return OverLimitError.of(TOO_LARGE, message, arrived=True)


def decoded(body: bytes, encoding: str, limit: int) -> bytes:
    """Return the whole body, decompressed. ``encoding`` is the Content-Encoding, or "".

    Raises OverLimitError for more than ``limit`` bytes.
    """
    coding = encoding.strip().lower()
    if coding in {"", "identity"} or not body:
        return body
    if coding not in _GZIP and coding != "deflate":
        raise ConnectorError.of(
            ENCODING,
            "The answer has an unsupported compression. Only gzip and deflate are supported.",
            arrived=True,
        )
    inflater = _Inflater(coding in _GZIP, limit)
    plain = b"".join(inflater.feed(body[start : start + _SLICE]) for start in range(0, len(body), _SLICE))
    inflater.finish()
    return plain
