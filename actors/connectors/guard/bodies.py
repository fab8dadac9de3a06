"""A response body, read and decompressed under bounds: a bomb costs one chunk more than the limit, never more."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable
from dataclasses import dataclass

from actors.connectors.base import ConnectorError

ACCEPT_ENCODING = "gzip, deflate"
MAX_RATIO = 200
"""Decompressed to compressed bytes. Real JSON of great regularity reaches 100; zlib's bombs 1,030."""
_RATIO_COUNTS_FROM = 64 * 1024

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_GZIP = frozenset({"gzip", "x-gzip"})
_ZLIB_METHOD = 8


def _refused(message: str) -> ConnectorError:
    return ConnectorError("CONNECTOR_REFUSED", message, arrived=True)


def _broken() -> ConnectorError:
    return ConnectorError("CONNECTOR_TRANSIENT", "The answer's compressed body is broken or cut off.", arrived=True)


@dataclass
class _Inflater:
    """Streaming gzip (members may follow one another) or deflate (zlib-wrapped, or raw as some servers send it)."""

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
            raise _refused(f"The answer grows more than {MAX_RATIO} times when decompressed; it is taken for a bomb.")


def too_large(limit: int) -> ConnectorError:
    return _refused(f"The answer is larger than {limit} bytes after decompression; ask for less, such as one page.")


async def read_body(chunks: AsyncIterable[bytes], encoding: str, limit: int) -> bytes:
    """The whole body, decompressed, at most ``limit`` bytes. encoding: the Content-Encoding header, "" where absent."""
    coding = encoding.strip().lower()
    if coding in {"", "identity"}:
        return await _read_plain(chunks, limit)
    if coding not in _GZIP and coding != "deflate":
        raise _refused("The answer is compressed in a way that was not asked for; only gzip and deflate are read.")
    inflater = _Inflater(coding in _GZIP, limit)
    body = bytearray()
    async for chunk in chunks:
        body += inflater.feed(chunk)
    inflater.finish()
    return bytes(body)


async def _read_plain(chunks: AsyncIterable[bytes], limit: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > limit:
            raise too_large(limit)
    return bytes(body)
