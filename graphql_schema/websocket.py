"""GraphQL over WebSockets at ``/graphql`` and ``/t/<tenant>/graphql``, with graphql-transport-ws.

strawberry's ASGI handler implements the protocol. Database work runs in threads.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack, aclosing
from datetime import timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError
from starlette.requests import Request as HttpRequest
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.asgi import GraphQL
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ConnectionInitMessage

from automate.kernel import strict_json
from automate.kernel.baggage import BAGGAGE, HEADER
from automate.kernel.errors import NormalizedError
from automate.kernel.faults import is_ours, normalized
from automate.kernel.json_text import Encoded
from automate.kernel.json_values import JsonValue, as_object
from automate.kernel.metrics import count_refusal
from automate.kernel.trace import from_traceparent, tracing
from automate.serving.socket_protocol import READY_FRAMES, ready
from graphql_schema.answers import COMPLETE, NEXT, Answers, answers, messages
from graphql_schema.errors import refused
from graphql_schema.execution import (
    ApiOperation,
    ApiRequest,
    agree,
    caller_of,
    operation_of,
    request_from,
)
from graphql_schema.feeds.batches import FeedBatch
from graphql_schema.json_text import dumps
from graphql_schema.limits import BODY_BYTES, BODY_VALUES, JSON_DEPTH
from graphql_schema.loaded import CoreValue
from graphql_schema.schema import tenant_schema
from graphql_schema.socket_connection import SocketConnection, is_welcome, session_of
from graphql_schema.socket_messages import Messages
from graphql_schema.socket_seats import Seat, seats
from graphql_schema.threads import in_thread
from graphql_schema.token_watch import key_of, token_watch
from tenants.credentials import Credential
from tenants.directory import tenant_by_host
from tenants.lanes import lane_of_tenant
from tenants.sign_in.paths import tenant_in

INIT_SECONDS = 10
LAST_WORDS_SECONDS = 0.2
"""Seconds that a socket stays open after its token has ended, so that the errors of its streams can be sent."""
OPERATIONS_PER_SOCKET = 20
MAX_ID_CHARACTERS = 128
MAX_REASON_BYTES = 123
FORBIDDEN, TRY_AGAIN_LATER = 4403, 1013
FULL = frozenset({"LIMIT_EXCEEDED", "RATE_LIMITED"})
"""Codes of refused connections for which a later attempt can succeed, when other sockets of the tenant are closed."""
_ENVELOPE_DEPTH = 2
_NEEDED = {"subscribe": ("id", "payload"), "complete": ("id",)}
"""For each type of message, the fields that it must have besides ``type``."""


class _Running:
    def __init__(self, task: asyncio.Task[None]) -> None:
        self.task = task


class Handler(BaseGraphQLTransportWSHandler[SocketConnection, None]):
    """strawberry's handler of the protocol, with the platform's authentication and execution."""

    seat: Seat
    watched: ExitStack
    closing: asyncio.Task[None]

    async def handle(self) -> None:
        try:
            self.seat = seats.take(self._close)
        except NormalizedError as full:
            await self._close(full)
            return
        with ExitStack() as self.watched:
            try:
                await super().handle()
            finally:
                seats.leave(self.seat)

    async def _close(self, error: NormalizedError) -> None:
        # The code 1013, after which clients connect again with growing delays.
        count_refusal(error.code)
        await self.websocket.close(code=TRY_AGAIN_LATER, reason=_reason(f"{error.code}: {error.message}"))

    def _end(self, refusal: NormalizedError) -> None:
        # Its token or sign-in has ended.
        self.closing = asyncio.create_task(self._close_forbidden(refusal))

    async def _close_forbidden(self, refusal: NormalizedError) -> None:
        # Streams of the token end on their own, each with its error.
        if running := [operation.task for operation in self.operations.values() if operation.task is not None]:
            await asyncio.wait(running, timeout=LAST_WORDS_SECONDS)
        await self.websocket.close(code=FORBIDDEN, reason=_reason(refusal.message))

    async def handle_message(self, message: object) -> None:
        if not isinstance(message, dict):
            await self.handle_invalid_message("A message must be a JSON object")
            return
        if "type" not in message:
            await self.handle_invalid_message("The message has no type")
            return
        kind = str(message["type"])
        for name in _NEEDED.get(kind, ()):
            if name not in message:
                await self.handle_invalid_message(f"The {kind} message has no {name}")
                return
        await super().handle_message(message)  # type: ignore[arg-type] # strawberry's TypedDict, checked above

    async def handle_invalid_message(self, error_message: str) -> None:
        count_refusal("BAD_REQUEST")
        await super().handle_invalid_message(_reason(error_message))

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Authenticate the client. A refusal closes the socket with the reason."""
        payload = message.get("payload", {})
        if isinstance(payload, dict) and not self.connection_init_received:
            self.context.connection_params = payload
            lane = self.context.lane
            try:
                # Checked first, so that no thread is used for a tenant without a free seat.
                seats.require(lane)
                credential = await in_thread(lane, lambda: _welcome(self.context))
                seats.name(self.seat, lane_of_tenant(credential.tenant))
                standing = self.watched.enter_context(token_watch.of(credential.principal, key_of(credential)))
                self.watched.enter_context(standing.calling_at_end(lambda: self._end(standing.refusal())))
            except (NormalizedError, OperationalError, InterfaceError) as fault:
                error = normalized(fault)
                if error.code in FULL:
                    await self._close(error)
                    return
                count_refusal(error.code)
                code = TRY_AGAIN_LATER if is_ours(error) else FORBIDDEN
                await self.websocket.close(code=code, reason=_reason(error.message))
                return
        await super().handle_connection_init(message)

    async def handle_subscribe(self, message: CoreValue) -> None:
        if not self.connection_acknowledged:
            count_refusal("UNAUTHENTICATED")
            await self.websocket.close(code=4401, reason="Unauthorized")
            return
        name = message["id"]
        if not isinstance(name, str) or not 0 < len(name) <= MAX_ID_CHARACTERS:
            await self.handle_invalid_message("An operation's id must be a short string")
            return
        if name in self.operations:
            await self.websocket.close(code=4409, reason=_reason(f"Subscriber for {name} already exists"))
            return
        try:
            request_from(message["payload"])
        except NormalizedError as malformed:
            await self.handle_invalid_message(malformed.message)
            return
        if len(self.operations) >= OPERATIONS_PER_SOCKET:
            error = NormalizedError(
                "LIMIT_EXCEEDED",
                f"This socket already runs {OPERATIONS_PER_SOCKET} operations, which is the maximum. Open another socket.",
            )
            count_refusal(error.code)
            await self._send(name, "error", refused(error)["errors"])
            return
        task = asyncio.create_task(self._run(name, message["payload"]))
        self.operations[name] = _Running(task)  # type: ignore[assignment] # strawberry's handler reads only the task of an operation

    async def _send(self, name: str, kind: str, payload: object = None) -> None:
        message: dict[str, object] = {"id": name, "type": kind}
        await self.websocket.send_json(message if kind == COMPLETE else {**message, "payload": payload})

    async def _run(self, name: str, payload: JsonValue) -> None:
        # The last message that it sends is always `complete` or `error`.
        with tracing(self.context.trace):
            async with aclosing(messages(self._answers(payload))) as found:
                async for kind, content in found:
                    if isinstance(content, FeedBatch):
                        await self._send_batch(name, content)
                        continue
                    if kind != NEXT:
                        self.operations.pop(name, None)
                    await self._send(name, kind, content)

    async def _send_batch(self, name: str, batch: FeedBatch) -> None:
        # If the server accepts encoded frames, all items in one write. Otherwise each item alone.
        to = self.context.frames_to
        if to is None:
            for payload in batch.payloads:
                await self._send(name, NEXT, Encoded(payload))
            return
        try:
            await to.send(ready(batch.frames(dumps(name))))
        except WebSocketDisconnect as gone:
            raise WebSocketDisconnected from gone

    async def _answers(self, payload: JsonValue) -> Answers:
        request, connection = request_from(payload), self.context
        credential, operation = await in_thread(connection.lane, lambda: _admitted(connection, request))
        carriers = _carriers(self.context.connection_params, as_object(payload).get("extensions"))
        caller = caller_of(credential, carriers)
        async with aclosing(answers(credential, operation, caller)) as found:
            async for answer in found:
                yield answer


def _carriers(*places: JsonValue) -> dict[str, str]:
    # `places`: the payload of connection_init, then the extensions of an operation. Headers of the handshake are ignored,
    # because a socket often lives much longer than the run that opened it.
    found: dict[str, list[str]] = {HEADER.lower(): [], BAGGAGE: []}
    for place in places:
        for name, value in place.items() if isinstance(place, dict) else ():
            if isinstance(value, str) and name.lower() in found:
                found[name.lower()].append(value)
    return {name: ",".join(values) for name, values in found.items()}


def _reason(message: str) -> str:
    # A longer message would close the socket without reason. Only whole sentences are sent, if one fits.
    encoded = message.encode(errors="replace")
    fitting = encoded[:MAX_REASON_BYTES].decode(errors="ignore")
    sentences = fitting if len(encoded) <= MAX_REASON_BYTES else fitting[: fitting.rfind(". ") + 1]
    return sentences or fitting


def _welcome(connection: SocketConnection) -> Credential:
    # Raises UNAUTHENTICATED, NOT_FOUND or TENANT_SUSPENDED.
    credential = connection.credential()
    if settings.TENANT_BY_HOSTNAME:
        try:
            host = tenant_by_host(connection.hostname)
        except NormalizedError:
            return credential
        agree(credential, host.ref)
    return credential


def _admitted(connection: SocketConnection, request: ApiRequest) -> tuple[Credential, ApiOperation]:
    # Raises NormalizedError or InvalidDocument.
    credential = connection.credential()
    return credential, operation_of(credential, lambda: request)


class Sockets(GraphQL[SocketConnection, None]):
    graphql_transport_ws_handler_class = Handler
    websocket_adapter_class = Messages

    async def get_context(self, request: HttpRequest | WebSocket, response: object) -> SocketConnection:  # noqa: ARG002 - strawberry's call
        trace = from_traceparent(request.headers.get("traceparent"))
        address = request.client.host if request.client else ""
        takes_frames = isinstance(request, WebSocket) and READY_FRAMES in (request.scope.get("extensions") or {})
        frames_to = request if takes_frames else None
        slug = tenant_in(request.url.path)
        session_key = session_of(request) if slug is not None else None
        return SocketConnection(
            trace,
            request.url.hostname or "",
            address,
            frames_to=frames_to,  # type: ignore[arg-type] # mypy does not narrow a conditional expression by a flag
            slug=slug,
            session_key=session_key,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # 403 for a handshake in which a foreign page sends a session cookie.
        if scope["type"] == "websocket" and not is_welcome(WebSocket(scope, receive, send)):
            count_refusal("CSRF_FAILED")
            await receive()
            await send({"type": "websocket.close", "code": FORBIDDEN})
            return
        await super().__call__(scope, receive, send)

    def is_websocket_origin_allowed(self, request: WebSocket, origin: str) -> bool:  # noqa: ARG002 - strawberry's call
        """Accept a WebSocket from pages of all origins. A page of a foreign origin must send a token."""
        return True

    def encode_json(self, data: object) -> str:
        return dumps(data).decode()

    def decode_json(self, data: str | bytes) -> object:
        """Parse a message. Raises JSONDecodeError if the message is not strict JSON, or exceeds a limit."""
        body = data.encode() if isinstance(data, str) else data
        try:
            return strict_json.loads(
                body, max_bytes=BODY_BYTES, max_depth=JSON_DEPTH + _ENVELOPE_DEPTH, max_values=BODY_VALUES
            )
        except NormalizedError as error:
            raise json.JSONDecodeError(error.message, "", 0) from None


application = Sockets(
    tenant_schema,
    graphql_ide=None,
    subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
    connection_init_wait_timeout=timedelta(seconds=INIT_SECONDS),
)
