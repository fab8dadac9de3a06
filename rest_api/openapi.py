"""Builds the OpenAPI 3.1 document with drf-spectacular. Only ``python -m rest_api`` and tests import this module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from django.urls import URLPattern, URLResolver
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from automate.kernel.errors import CODES
from automate.kernel.json_values import JsonObject, JsonValue, as_object, as_objects, as_text
from automate.kernel.limits import LIMITS
from rest_api.described import DescribedBody, DescribedMethod
from rest_api.errors import BAD_REQUEST, UNPROCESSABLE
from rest_api.fields import AnyJson, SelfDescribed, Switch, Text
from rest_api.shapes import Strict, text_bounds
from rest_api.views import KEY_HEADER, PlatformView

PREFIX = "/api/v1"
IN_PATH = text_bounds(LIMITS.text_characters, 1)
ALWAYS = (400, 401, 403, 404, 405, 406, 408, 429, 431, 500, 503)
"""The statuses of errors that every operation can return."""
SETTINGS: Mapping[str, object] = {
    "TITLE": "Automate REST API",
    "DESCRIPTION": "Events, runs and workflows of one tenant. Reads, permissions, prices and rules are those of GraphQL. "
    "`docs/rest.md` explains the use of each operation.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": PREFIX,
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_NO_READ_ONLY_REQUIRED": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [],
    "SERVERS": [{"url": "/"}],
    "LICENSE": {"name": "Apache-2.0"},
    "TAGS": [
        {"name": "events", "description": "Immutable events."},
        {"name": "runs", "description": "Executions of workflow versions for events."},
        {"name": "workflows", "description": "The editable definitions."},
        {"name": "exports", "description": "All records of one kind, streamed."},
    ],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API token of the tenant, see `docs/tokens.md`.",
            }
        }
    },
}


class ErrorSource(serializers.Serializer[object]):
    """The part of the request that caused an error. Exactly one of pointer, parameter and header is set."""

    pointer = Text(required=False, help_text="A JSON Pointer (RFC 6901) into the body.")
    parameter = Text(required=False, help_text="The name of a parameter of the query or path.")
    header = Text(required=False, help_text="The name of a header.")


class Error(serializers.Serializer[object]):
    """A refused or failed request."""

    code = Text(help_text="A stable name from the catalogue of codes, `docs/errors.md`.")
    message = Text(help_text="The problem, its reason and the fix.")
    details = serializers.DictField(
        child=AnyJson(allow_null=True), help_text="The values that matter, such as `problems`."
    )
    trace_id = Text(help_text="The trace id of the request. It finds the request in the logs.")
    retryable = Switch(required=False, help_text="Whether the same request can succeed later.")
    source = ErrorSource(  # type: ignore[assignment]  # the framework collects it before its own attribute counts
        required=False, allow_null=True, help_text="Null if the error is about the whole request."
    )


class DescribedField(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # drf-spectacular does not type its extensions
    target_class = SelfDescribed
    match_subclasses = True

    def map_serializer_field(self, _auto_schema: object, _direction: object) -> dict[str, JsonValue]:
        return {**self.target.json_schema()}


class PlatformSchema(AutoSchema):
    """Describes the methods of a view to drf-spectacular."""

    @property
    def described(self) -> DescribedMethod:
        found: DescribedMethod = self.view.described[self.method.lower()]  # type: ignore[attr-defined] # drf-spectacular types views as APIView
        return found

    def get_operation_id(self) -> str:
        return self.described.name

    def get_summary(self) -> str:
        return self.described.summary

    def get_description(self) -> str:  # type: ignore[override] # drf-spectacular's own may return None
        return f"{self.described.description} Needs the permission `{self.described.permission}`."

    def get_tags(self) -> list[str]:
        return [self.described.tag]

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [{"token": []}]

    def _is_list_view(self, serializer: object = None) -> bool:  # noqa: ARG002 - the generator's call
        # drf-spectacular would wrap lists, but the description of a page is already an object.
        return False

    def _resolve_path_parameters(self, variables: object) -> list[object]:  # noqa: ARG002 - the generator's call
        # The views describe the parts of their paths. drf-spectacular would need a model.
        return []

    def get_filter_backends(self) -> list[object]:
        return []

    def _get_format_parameters(self) -> list[dict[str, JsonValue]]:
        # drf-spectacular would declare `?format=`, but only the `Accept` header selects the media type.
        return []

    def get_request_serializer(self) -> DescribedBody:
        return self.described.body

    def map_parsers(self) -> list[str]:
        return ["application/json"]

    def get_override_parameters(self) -> list[DescribedBody]:
        described = self.described
        found: list[DescribedBody] = [
            OpenApiParameter(
                name, {"type": "string", **IN_PATH}, OpenApiParameter.PATH, required=True, description=text
            )
            for name, text in described.place.items()
        ]
        if described.query:
            found.append(type("Query", (serializers.Serializer,), dict(described.query)))
        if described.keyed:
            kind = {"type": "string", "minLength": 1, "maxLength": LIMITS.idempotency_key_characters}
            text = "The same key with the same request repeats nothing. See `docs/rest.md`."
            found.append(OpenApiParameter(KEY_HEADER, kind, OpenApiParameter.HEADER, description=text))
        found.append(
            OpenApiParameter(
                "X-Trace-Id", str, OpenApiParameter.HEADER, response=True, description="The request's trace id."
            )
        )
        return found

    def get_response_serializers(self) -> DescribedBody:
        described = self.described
        refusals = sorted({*ALWAYS, *described.refusals})
        return {
            **{
                (status, described.media_type): OpenApiResponse(serializer, HTTPStatus(status).phrase)
                for status, serializer in described.answers.items()
            },
            **{(status, "application/json"): OpenApiResponse(Error, _codes(status)) for status in refusals},
        }

    def get_examples(self) -> list[OpenApiExample]:
        return [
            OpenApiExample(
                self.described.summary,
                example.value,
                request_only=example.status is None,
                response_only=example.status is not None,
                status_codes=[str(example.status)] if example.status is not None else None,
            )
            for example in self.described.examples
        ]


def _codes(status: int) -> str:
    names = [
        code.name
        for code in CODES.values()
        if (BAD_REQUEST if code.status == UNPROCESSABLE else code.status) == status
        and not code.name.startswith(("GRAPHQL", "CONNECTOR"))
    ]
    return ", ".join(f"`{name}`" for name in names)


def document(examples: JsonObject) -> dict[str, JsonValue]:
    """Return the OpenAPI document as JSON. ``examples``: ``{answer, parameters}`` by the name of the operation."""
    from rest_api.urls import urlpatterns  # noqa: PLC0415 - the views take the schema's class when they are made

    PlatformView.schema = PlatformSchema()
    spectacular_settings.apply_patches(dict(SETTINGS))  # type: ignore[no-untyped-call] # drf-spectacular does not type its settings
    try:
        made = SchemaGenerator(patterns=[_prefixed(urlpatterns)]).get_schema(public=True)  # type: ignore[no-untyped-call] # drf-spectacular does not type its generator
    finally:
        spectacular_settings.clear_patches()  # type: ignore[no-untyped-call] # drf-spectacular does not type its settings
    for methods in made["paths"].values():
        for operation in methods.values():
            _exemplify(operation, as_object(examples.get(operation["operationId"], {})))
            if "requestBody" in operation:
                # drf-spectacular lets clients omit a body whose fields are all optional. The views need at least `{}`.
                operation["requestBody"]["required"] = True
    for kind in Strict.__subclasses__():
        _restrict(made["components"]["schemas"], kind)
    return {name: _plain(value) for name, value in made.items()}


def _exemplify(operation: JsonObject, example: JsonObject) -> None:
    if not example:
        return
    answer = as_object(as_object(operation["responses"])["200"])
    (content,) = map(as_object, as_object(answer["content"]).values())
    content["examples"] = {"Example": {"value": example["answer"], "summary": operation["summary"]}}
    given = as_object(example["parameters"])
    for parameter in as_objects(operation["parameters"]):
        name = as_text(parameter["name"])
        if name in given:
            parameter["example"] = given[name]


def _restrict(schemas: JsonObject, kind: type[Strict]) -> None:
    # A component for requests has the suffix if there is one for answers.
    for name in (kind.__name__, f"{kind.__name__}Request"):
        if name in schemas:
            schema = as_object(schemas[name])
            schema["additionalProperties"] = False
            properties = as_object(schema["properties"])
            for field, keywords in kind.bounds.items():
                properties[field] = {**as_object(properties[field]), **keywords}


def _plain(value: JsonValue) -> JsonValue:
    # Null matches both schemas, and `oneOf` refuses a value that matches two.
    if isinstance(value, dict):
        kept = {name: _plain(each) for name, each in value.items()}
        if kept.get("oneOf") == [{}, {"type": "null"}]:
            del kept["oneOf"]
        return kept
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _prefixed(patterns: Sequence[URLPattern | URLResolver]) -> URLResolver:
    from django.urls import include, path  # noqa: PLC0415 - beside its one use

    return path("api/v1/", include(patterns))
