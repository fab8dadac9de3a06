"""The head of an answer and its body are one write. Nothing else waits for a later write."""

from __future__ import annotations

from typing import Any

import pytest

from automate.web.joined import MOST_JOINED_BYTES, JoiningTransport

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n"
STREAMED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
LARGE = bytes(MOST_JOINED_BYTES + 1)


class Wire:
    """Stands for uvloop's transport. written: each write, and None for the close."""

    def __init__(self) -> None:
        self.written: list[bytes | None] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.written.append(None)

    def is_closing(self) -> bool:
        return None in self.written


@pytest.mark.parametrize(
    ("writes", "expected"),
    [
        pytest.param([HEAD, b"body"], [HEAD + b"body"], id="whole"),
        pytest.param([HEAD, b"bo", b"dy"], [HEAD + b"bo", b"dy"], id="body in parts"),
        pytest.param([CONTINUE, HEAD, b"body"], [CONTINUE, HEAD + b"body"], id="after a continue"),
        pytest.param([HEAD, LARGE], [HEAD, LARGE], id="large body"),
        pytest.param([EMPTY], [EMPTY], id="without a body"),
        pytest.param([STREAMED, b"4\r\nbody\r\n"], [STREAMED, b"4\r\nbody\r\n"], id="stream"),
        pytest.param([HEAD, HEAD], [HEAD + HEAD], id="a body that looks like a head"),
        pytest.param([STREAMED, HEAD, b"x"], [STREAMED, HEAD, b"x"], id="a part that looks like a head"),
    ],
)
def test_head_joins_its_body_alone(writes: list[bytes], expected: list[bytes]) -> None:
    wire: Any = Wire()
    joining = JoiningTransport(wire, joins=True)
    for data in writes:
        joining.write(data)
    assert wire.written == expected


def test_head_without_a_body_to_come_is_written_at_once() -> None:
    """A HEAD request: the length is declared, and no body follows."""
    wire: Any = Wire()
    JoiningTransport(wire, joins=False).write(HEAD)
    assert wire.written == [HEAD]


def test_close_writes_a_head_that_waits() -> None:
    wire: Any = Wire()
    joining = JoiningTransport(wire, joins=True)
    joining.write(HEAD)
    assert not joining.is_closing()
    joining.close()
    assert (wire.written, joining.is_closing()) == ([HEAD, None], True)
