"""The base class of all views of the REST API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar, cast

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from automate.kernel import strict_json
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from graphql_schema.allowance import allowance_of
from graphql_schema.bodies import posted
from graphql_schema.fixed_documents import FixedDocument
from graphql_schema.json_text import dumps
from graphql_schema.limits import BODY_BYTES, BODY_VALUES, JSON_DEPTH
from graphql_schema.prices import OPERATION_POINTS
from rest_api.authentication import PlatformAuthentication
from rest_api.described import DescribedMethod
from rest_api.errors import InputFault, InvalidInput, Source, answer_to, flattened, known, pointer
from rest_api.fields import AnyField
from rest_api.operations import Shape, answered
from rest_api.pagination import BEFORE, CURSOR, PLACES
from rest_api.shapes import Strict
from tenants.credentials import Credential

KEY_HEADER = "Idempotency-Key"
KEY_FIELD = "idempotencyKey"
FILTER = "filter"


class JsonRenderer(BaseRenderer):
    """Renders answers. JSON text is sent unchanged."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: object, _media_type: str | None = None, _context: Mapping[str, object] | None = None
    ) -> bytes:
        return dumps(data)


class Negotiation(DefaultContentNegotiation):
    """Selects the media type of the answer. Only the ``Accept`` header decides."""

    def filter_renderers(self, renderers: Iterable[BaseRenderer], format: object) -> list[BaseRenderer]:  # noqa: A002, ARG002 - the framework's call
        return list(renderers)


class PlatformView(APIView):
    """The base class of all views. A host project's settings for Django REST framework do not apply to these views.

    - described: the description of each method.
    - in_body: whether the paths of input errors point into the body.
    - in_path: maps a GraphQL argument to the parameter of the URL that contains the value of the argument.
    """

    authentication_classes = (PlatformAuthentication,)
    permission_classes = ()
    throttle_classes = ()
    parser_classes = ()
    renderer_classes: Sequence[type[BaseRenderer]] = (JsonRenderer,)
    content_negotiation_class = Negotiation
    versioning_class = None
    metadata_class = None
    http_method_names = ["get", "post", "head"]
    """OPTIONS is not supported, because the OpenAPI document describes each URL."""
    described: ClassVar[Mapping[str, DescribedMethod]] = {}
    in_body = False
    in_path: ClassVar[Mapping[str, str]] = {}
    credential: Credential | None = None
    billed = False

    def get_exception_handler(self) -> Callable[..., Response]:
        return self._refused

    def _refused(self, raised: Exception, _context: Mapping[str, object]) -> Response:
        media_types = [renderer.media_type for renderer in self.renderer_classes]
        error = known(raised, self.request._request, media_types)  # noqa: SLF001 - DRF's own name for Django's request
        if self.credential is not None and not self.billed:
            # Refused before the operation began: charge the least that any operation costs.
            allowance_of(self.credential).spend(OPERATION_POINTS)
        return answer_to(error, self.source_of(error))

    def perform_authentication(self, request: Request) -> None:
        """Authenticate the request. Raises RATE_LIMITED if the caller has used up its rate limit."""
        super().perform_authentication(request)
        # Django REST framework types what an authentication class returns as object.
        self.credential = cast("Credential", request.auth)
        allowance_of(self.credential).require(0)

    def caller(self) -> Credential:
        """Return the credential of the authenticated caller. Raises TypeError if the request is not authenticated yet."""
        if self.credential is None:
            raise TypeError("the request is authenticated before its handler runs")
        return self.credential

    def source_of(self, error: NormalizedError) -> Source | None:
        """Return the part of the request that an error is about, or None."""
        if isinstance(error, InvalidInput):
            return error.source
        if error.code in {"INVALID_CURSOR", "CURSOR_EXPIRED"}:
            return {"parameter": BEFORE if BEFORE in self.request.query_params else CURSOR}
        path = error.path[1:] if error.path[:1] == ["input"] else error.path
        return self._place(path) if path else None

    def _place(self, path: list[str]) -> Source:
        first = path[0]
        if first == KEY_FIELD:
            return {"header": KEY_HEADER}
        if first in self.in_path:
            return {"parameter": self.in_path[first]}
        if self.in_body:
            return {"pointer": pointer(path)}
        return {"parameter": path[-1] if first == FILTER else PLACES.get(first, first)}

    def query(self, fields: Mapping[str, AnyField]) -> dict[str, JsonValue]:
        """Return the checked parameters of the query string. Raises InvalidInput."""
        sent = self.request.query_params
        unknown = [name for name in sent if name not in fields]
        problems: list[InputFault] = [
            {"message": "This URL has no such parameter.", "source": {"parameter": name}} for name in unknown
        ]
        given: dict[str, object] = {}
        for name in sent:
            values = sent.getlist(name)
            if name in unknown:
                continue
            if hasattr(fields[name], "child"):
                given[name] = values
            elif len(values) == 1:
                given[name] = values[0]
            else:
                problems.append(
                    {
                        "message": "The request contains this parameter more than once. Send the parameter once.",
                        "source": {"parameter": name},
                    }
                )
        checked = _checked(type("Query", (Serializer,), dict(fields)), given)
        problems += [
            {"message": message, "source": {"parameter": str(path[0])}} for path, message in flattened(checked.errors)
        ]
        if problems:
            raise InvalidInput(problems)
        return dict(checked.validated_data)

    def body(self, serializer: type[Strict]) -> dict[str, JsonValue]:
        """Return the checked body of the request. Raises NormalizedError."""
        text = posted(self.request._request)  # noqa: SLF001 - DRF reads no body without a Content-Length
        value = strict_json.loads(text, max_bytes=BODY_BYTES, max_depth=JSON_DEPTH, max_values=BODY_VALUES)
        if not isinstance(value, dict):
            raise InvalidInput([{"message": "The body is no JSON object. Send an object.", "source": {"pointer": ""}}])
        checked = _checked(serializer, value)
        if not checked.is_valid():
            raise InvalidInput(
                [
                    {"message": message, "source": {"pointer": pointer(path)}}
                    for path, message in flattened(checked.errors)
                ]
            )
        # As sent: GraphQL converts the values, and missing ones stay out.
        return value

    def key(self) -> dict[str, JsonValue]:
        """Return the request's idempotency key, as a field of a GraphQL input."""
        sent = self.request.headers.get(KEY_HEADER)
        return {} if sent is None else {KEY_FIELD: sent}

    def perform(self, document: FixedDocument, variables: Mapping[str, JsonValue], shape: Shape) -> Response:
        """Execute a GraphQL operation for the caller. Raises NormalizedError."""
        self.billed = True
        done = answered(self.caller(), self.request.headers, document, variables, shape)
        return Response(done.body, status=done.status, headers=dict(done.headers))


def _checked(serializer: type[Serializer[object]], value: Mapping[str, object]) -> Serializer[object]:
    checked = serializer(data=value)
    checked.is_valid()
    return checked
