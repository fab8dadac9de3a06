"""The context of one WebSocket."""

from __future__ import annotations

from django.conf import settings
from starlette.requests import Request as HttpRequest
from starlette.websockets import WebSocket

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.trace import Trace
from graphql_schema.execution import credential_of, is_bearer
from tenants.credentials import Credential
from tenants.lanes import lane_of_session, lane_of_token, remember_session
from tenants.sign_in.csrf import is_own_origin
from tenants.sign_in.paths import tenant_in

NOTHING_SENT = 'The socket has no API token. Send {"Authorization": "Bearer …"} as the payload of `connection_init`.'
NOT_SIGNED_IN = (
    'No person is signed in. Send the cookie and Origin, or {"Authorization": "Bearer …"} in `connection_init`.'
)
"""A socket that closes has room for a reason of 123 bytes."""


class SocketConnection:
    """The context of one WebSocket."""

    def __init__(
        self,
        trace: Trace,
        hostname: str,
        address: str,
        *,
        frames_to: WebSocket | None,
        slug: str | None = None,
        session_key: str | None = None,
    ) -> None:
        self.slug = slug
        self.session_key = session_key
        self.connection_params: dict[str, JsonValue] = {}
        self.trace = trace
        self.hostname = hostname
        self.address = address
        self.frames_to = frames_to

    @property
    def authorization(self) -> str | None:
        """The token from the field ``authorization`` of the payload. The name of the field is case-insensitive."""
        found = [value for name, value in self.connection_params.items() if name.lower() == "authorization"]
        return found[0] if found and isinstance(found[0], str) else None

    @property
    def lane(self) -> str:
        """The name of the queue for this socket's database work. Each tenant has its own queue."""
        if self.slug is not None and not self.authorization:
            return lane_of_session(self.session_key, self.slug)
        return lane_of_token(self.authorization)

    def credential(self) -> Credential:
        """Authenticate the client.

        Raises UNAUTHENTICATED if the client sent neither a token nor a session. Raises TENANT_SUSPENDED if
        the tenant is suspended. Raises all errors that ``credential_of`` raises.
        """
        authorization = self.authorization
        if not is_bearer(authorization) and self.session_key is None:
            raise NormalizedError("UNAUTHENTICATED", NOTHING_SENT if self.slug is None else NOT_SIGNED_IN)
        credential = credential_of(authorization, self.address, self.slug, self.session_key)
        if self.session_key and not authorization and credential.tenant is not None:
            remember_session(self.session_key, credential.tenant)
        credential.require_active()
        return credential


def session_of(request: HttpRequest | WebSocket) -> str | None:
    # Browsers send the page in the Origin header. A client without this header is no browser.
    origin = request.headers.get("origin")
    own = origin is not None and is_own_page(request, origin)
    return request.cookies.get(settings.SESSION_COOKIE_NAME) if own else None


def is_own_page(request: HttpRequest | WebSocket, origin: str) -> bool:
    return is_own_origin(origin, request.headers.get("host", ""), secure=request.url.scheme in {"https", "wss"})


def is_welcome(request: WebSocket) -> bool:
    # With a session cookie, only pages of this installation. Without it, any page, because the client must send a token.
    origin = request.headers.get("origin")
    if tenant_in(request.url.path) is None or not request.cookies.get(settings.SESSION_COOKIE_NAME):
        return True
    return origin is None or is_own_page(request, origin)
