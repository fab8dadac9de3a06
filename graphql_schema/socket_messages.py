"""Parses the messages of a WebSocket without blocking the event loop."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from functools import partial

from starlette.websockets import WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import NonJsonMessageReceived, NonTextMessageReceived

from automate.kernel import strict_json
from automate.serving.fair_threads import UNKNOWN
from graphql_schema.threads import in_thread


class Messages(ASGIWebSocketAdapter):
    """Yields the messages of a client. Large messages are parsed in a thread."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        """Yield the messages, until the client disconnects.

        Raises NonJsonMessageReceived for a message that is not JSON, unless ``ignore_parsing_errors`` is set. Raises
        NonTextMessageReceived for a binary message.
        """
        try:
            while self.ws.application_state != WebSocketState.DISCONNECTED:
                text = await self.ws.receive_text()
                try:
                    yield await self._parsed(text)
                except json.JSONDecodeError as error:
                    if not ignore_parsing_errors:
                        raise NonJsonMessageReceived from error
        except KeyError as error:
            raise NonTextMessageReceived from error
        except WebSocketDisconnect:
            return

    async def _parsed(self, text: str) -> object:
        if len(text) <= strict_json.AT_ONCE_BYTES:
            return self.view.decode_json(text)
        # Any client may send a large message, before it sends a token.
        return await in_thread(UNKNOWN, partial(self.view.decode_json, text))
