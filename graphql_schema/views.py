"""GraphQL over HTTP at ``/graphql`` and ``/t/<tenant>/graphql``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from graphql import OperationType
from strawberry.http.ides import get_graphql_ide_html

from automate.kernel import strict_json
from automate.kernel.baggage import NAMES
from automate.kernel.errors import NormalizedError
from automate.kernel.faults import normalized
from automate.kernel.json_values import JsonObject, as_object, as_text
from automate.serving.middleware import mark_refusal
from graphql_schema.answering import answer_to
from graphql_schema.bodies import PLAIN_JSON, posted
from graphql_schema.context import Caller
from graphql_schema.encoding import EncodedAnswer
from graphql_schema.errors import RefusedAnswer, refused
from graphql_schema.execution import (
    ApiOperation,
    ApiRequest,
    InvalidDocument,
    agree,
    caller_of,
    credential_of,
    operation_of,
    request_from,
)
from graphql_schema.json_text import dumps
from graphql_schema.limits import BODY_BYTES, BODY_VALUES, JSON_DEPTH
from tenants.credentials import Credential
from tenants.lanes import remember_session
from tenants.sign_in.csrf import require_own_page
from tenants.sign_in.paths import session_tenant_in

log = structlog.get_logger(__name__)

GRAPHQL_RESPONSE = "application/graphql-response+json"
BAD_REQUEST = 400
MOST_ACCEPTS = 64
"""The maximum number of Accept headers whose media type a process remembers. A header has up to 32 KiB."""
_CARRIERS = tuple((name, f"HTTP_{name.upper().replace('-', '_')}") for name in NAMES)


@dataclass(frozen=True)
class ExecutableRequest:
    """A checked operation of an HTTP request, and the caller of this request."""

    credential: Credential
    operation: ApiOperation
    caller: Caller


def graphql(request: HttpRequest, **_path: str) -> HttpResponse:
    """Serve POST requests that have a JSON body. Serve GET requests only for queries, so that no link can change anything."""
    return answered(request, asked_by)


def answered(request: HttpRequest, ask: Callable[[HttpRequest], ExecutableRequest]) -> HttpResponse:
    """Answer one request. ``ask`` authenticates the request and computes its price.

    If ``ask`` refuses the request with an error, the answer contains this error.
    """
    media_type = _media_type(request.META.get("HTTP_ACCEPT", ""))
    if _wants_page(request):
        return HttpResponse(get_graphql_ide_html(graphql_ide="graphiql"))
    try:
        answer = _answered(ask(request))
        return _response(answer, media_type, _status_of(answer.executed, media_type))
    except InvalidDocument as invalid:
        return _response(_refusing(invalid.answer), media_type, _status_of(False, media_type))
    except (NormalizedError, OperationalError, InterfaceError) as raised:
        return refusal(request, raised, media_type)


def _answered(asked: ExecutableRequest) -> EncodedAnswer:
    if asked.operation.kind is OperationType.SUBSCRIPTION:
        raise NormalizedError(
            "BAD_REQUEST",
            "This URL runs no subscriptions over plain HTTP. Connect to it by WebSocket with the protocol "
            "graphql-transport-ws, or use server-sent events at /graphql/stream.",
        )
    return answer_to(asked.credential, asked.operation, asked.caller)


def refusal(request: HttpRequest, raised: Exception, media_type: str = PLAIN_JSON) -> HttpResponse:
    """Return the answer to a refused request. The error's code determines the HTTP status of the answer."""
    error = normalized(raised)
    if raised is not error:
        log.error("graphql request failed", code=error.code, exc_info=raised)
    response = _response(_refusing(refused(error)), media_type, error.status)
    if error.code == "UNAUTHENTICATED":
        response["WWW-Authenticate"] = "Bearer"
    if error.code == "METHOD_NOT_ALLOWED":
        response["Allow"] = "POST" if request.method == "GET" else "GET, POST"
    if "retry_after_seconds" in error.details:
        response["Retry-After"] = str(error.details["retry_after_seconds"])
    return response


def asked_by(request: HttpRequest) -> ExecutableRequest:
    """Authenticate a request, and compute its price.

    Raises NormalizedError if the request is refused. Raises InvalidDocument if the document is invalid.
    """
    body = body_of(request)
    credential = credential_for(request)
    operation = operation_in_request(request, body, credential)
    return ExecutableRequest(credential, operation, caller_of(credential, _carriers(request), operation.selections))


def _carriers(request: HttpRequest) -> dict[str, str]:
    # From the raw headers, because Django's mapping of all headers takes longer to build.
    found = {name: request.META.get(key) for name, key in _CARRIERS}
    return {name: value for name, value in found.items() if value}


def operation_in_request(request: HttpRequest, body: bytes, credential: Credential) -> ApiOperation:
    """Check the operation of a request, and compute its price.

    Raises METHOD_NOT_ALLOWED if a GET contains a mutation. Raises the errors of ``operation_of``.
    """
    operation = operation_of(credential, partial(_parsed, body) if body else partial(_got, request))
    if request.method == "GET" and operation.kind is OperationType.MUTATION:
        raise NormalizedError(
            "METHOD_NOT_ALLOWED", "A GET request must not contain a mutation. Send the mutation by POST."
        )
    return operation


def body_of(request: HttpRequest) -> bytes:
    """Return the body of a POST. For a GET, return an empty body.

    Raises METHOD_NOT_ALLOWED for other methods. Raises the errors of ``posted`` for an invalid body.
    """
    if request.method not in ("GET", "POST"):
        raise NormalizedError(
            "METHOD_NOT_ALLOWED", "This HTTP method is not supported. Send GraphQL by POST, or a query by GET."
        )
    return posted(request) if request.method == "POST" else b""


def credential_for(request: HttpRequest) -> Credential:
    """Authenticate an HTTP request of GraphQL or REST.

    Only two URLs accept a session: a tenant's GraphQL endpoint, and the download of the tenant's data.

    Raises the errors of ``credential_of``, and TENANT_SUSPENDED. Raises CSRF_FAILED if a foreign page uses a session.
    """
    slug = session_tenant_in(request.path_info)
    authorization = request.META.get("HTTP_AUTHORIZATION")
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME) if slug and not authorization else None
    if session_key:
        require_own_page(request)
    credential = credential_of(authorization, request.META.get("REMOTE_ADDR", ""), slug, session_key)
    if session_key and credential.tenant is not None:
        remember_session(session_key, credential.tenant)
    # Set by the tenant middleware where the installation routes by hostname.
    agree(credential, getattr(request, "host_tenant", None))
    credential.require_active()
    return credential


def _parsed(body: bytes) -> ApiRequest:
    return request_from(strict_json.loads(body, max_bytes=BODY_BYTES, max_depth=JSON_DEPTH, max_values=BODY_VALUES))


def _got(request: HttpRequest) -> ApiRequest:
    parameters: JsonObject = {name: str(value) for name, value in request.GET.items()}
    for name in ("variables", "extensions"):
        if text := as_text(parameters.get(name, "")):
            parameters[name] = strict_json.loads(
                text.encode(), max_bytes=BODY_BYTES, max_depth=JSON_DEPTH, max_values=BODY_VALUES
            )
        else:
            parameters.pop(name, None)
    return request_from(parameters)


def _wants_page(request: HttpRequest) -> bool:
    wants = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
    return wants and "query" not in request.GET and bool(settings.GRAPHIQL)


def liking(accept: str) -> dict[str, float]:
    # A number for each media type. The highest number is preferred. Of equal types, the first in the header gets the highest.
    liked = {}
    for place, part in enumerate(accept.split(",")):
        name, *options = (piece.strip().lower() for piece in part.split(";"))
        quality = next((option[2:] for option in options if option.startswith("q=")), "1")
        try:
            liked[name] = float(quality) - place / 1_000_000
        except ValueError:
            continue
    return liked


@lru_cache(MOST_ACCEPTS)
def _media_type(accept: str) -> str:
    # The supported type that the client prefers most, or `application/json`.
    liked = {PLAIN_JSON: 0.0, GRAPHQL_RESPONSE: 0.0, **liking(accept)}
    return GRAPHQL_RESPONSE if liked[GRAPHQL_RESPONSE] > liked[PLAIN_JSON] else PLAIN_JSON


def _refusing(answer: RefusedAnswer) -> EncodedAnswer:
    return EncodedAnswer(dumps(answer), executed=False, errors=answer["errors"])


def _status_of(executed: bool, media_type: str) -> int:  # noqa: FBT001 - one of two cases
    # Clients that ask for plain JSON always get 200. They would regard any other status as the failure of a proxy.
    return BAD_REQUEST if media_type == GRAPHQL_RESPONSE and not executed else 200


def _response(answer: EncodedAnswer, media_type: str, status: int) -> HttpResponse:
    response = HttpResponse(answer.content, status=status, content_type=f"{media_type}; charset=utf-8")
    for error in answer.errors[:1]:
        mark_refusal(response, as_text(as_object(error["extensions"])["code"]), as_text(error["message"]))
    return response
