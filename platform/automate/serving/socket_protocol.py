"""uvicorn's WebSocket protocol, changed so that one system call can send several messages."""

from __future__ import annotations

from starlette.types import Message
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

READY_FRAMES = "automate.frames"
"""The name of an ASGI extension, and the key of the encoded frames in a message. The extension shows that a
server accepts encoded frames."""


def ready(frames: bytes) -> Message:
    """Return the ASGI message that sends encoded WebSocket frames."""
    return {"type": "websocket.send", READY_FRAMES: frames}


class FramesProtocol(WebSocketsSansIOProtocol):
    """A WebSocket protocol that can send messages as encoded frames. It cannot do so if compression is used."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent and not self.conn.extensions:
            self.scope["extensions"] = {**(self.scope.get("extensions") or {}), READY_FRAMES: {}}

    async def send(self, message: Message) -> None:  # type: ignore[override] # uvicorn's types of messages are private
        """Send a message. Raises ClientDisconnected if the connection has ended."""
        frames = message.get(READY_FRAMES)
        if frames is None:
            await super().send(message)  # type: ignore[arg-type] # uvicorn's types of messages are private
            return
        await self.writable.wait()
        if self.disconnected or self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        self.transport.write(frames)
