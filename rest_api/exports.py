"""``/api/v1/exports``: all records of one kind as lines of JSON."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import ClassVar

import orjson
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from graphql import get_named_type
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from automate.kernel.errors import NormalizedError
from automate.kernel.faults import normalized
from automate.kernel.json_text import Encoded
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.trace import current_trace, tracing
from automate.serving.middleware import guarded, log_refusal
from automate.serving.streaming import Stream
from graphql_schema.answers import Answers, answers
from graphql_schema.execution import ApiRequest as GraphQLRequest
from graphql_schema.execution import caller_of, operation_of
from graphql_schema.exports.records import PERMISSIONS, RecordKind
from graphql_schema.json_text import dumps
from graphql_schema.loaded import AnswerData
from rest_api.described import DescribedMethod
from rest_api.errors import body_of, status_of
from rest_api.fields import Text
from rest_api.pagination import CURSOR
from rest_api.shapes import SCHEMA, filters_of
from rest_api.views import JsonRenderer, PlatformView

JSONL = "application/jsonl"
DOCUMENT = """
subscription($records: RecordKind!, $after: String, $filter: ExportFilter) {
  exportRecords(records: $records, after: $after, filter: $filter) { jsonl cursor } }"""
_FILTERS = SCHEMA.type_map["ExportFilter"].fields  # type: ignore[attr-defined] # graphql-core types the entries of type_map as any named type


class LinesRenderer(JsonRenderer):
    """Lets Django REST framework accept requests that ask for JSON lines."""

    media_type = JSONL
    format = "jsonl"


class NdjsonRenderer(LinesRenderer):
    """The older name of the same media type."""

    media_type = "application/x-ndjson"
    format = "ndjson"


class ExportStream(Stream):
    """The lines of an export. An error after the first page is written as a line."""

    def __init__(self, found: Answers, media_type: str, method: str, path: str) -> None:
        super().__init__(self._lines(), content_type=media_type, headers={"X-Accel-Buffering": "no"})
        self._found = found
        self._request = method, path
        self._trace = current_trace()
        self._first: AnswerData | None = None

    async def begin(self) -> HttpResponseBase | None:
        with tracing(self._trace):
            try:
                self._first = await self._next()
            except (NormalizedError, OperationalError, InterfaceError) as raised:
                await self._found.aclose()
                return self._refusal(normalized(raised))
        return None

    async def _next(self) -> AnswerData | None:
        # None after the last page. Raises NormalizedError.
        answer = await anext(self._found, None)
        if not isinstance(answer, Encoded):
            return None
        content = orjson.loads(answer.text())
        if content.get("errors"):
            extensions = content["errors"][0]["extensions"]
            raise NormalizedError(
                extensions["code"],
                extensions["message"],
                details=extensions["details"],
                path=extensions.get("path"),
            )
        page: AnswerData = content["data"]["exportRecords"]
        return page

    async def _lines(self) -> AsyncGenerator[bytes, None]:
        with tracing(self._trace):
            async with aclosing(self._found):
                page, cursor = self._first, None
                try:
                    while page is not None:
                        cursor = page["cursor"]
                        # One part, so that a page and its cursor arrive together.
                        yield page["jsonl"].encode() + _line({"cursor": cursor, "end": False})
                        page = await self._next()
                    yield _line({"cursor": cursor, "end": True})
                except (NormalizedError, OperationalError, InterfaceError) as raised:
                    yield _line({"error": body_of(normalized(raised), None)})

    def _refusal(self, error: NormalizedError) -> HttpResponse:
        name = CURSOR if error.code in {"INVALID_CURSOR", "CURSOR_EXPIRED"} else "".join(error.path[-1:])
        source = {"parameter": name} if name else None
        response = HttpResponse(dumps(body_of(error, source)), status=status_of(error), content_type="application/json")
        response["X-Trace-Id"] = self._trace.trace_id
        if "retry_after_seconds" in error.details:
            response["Retry-After"] = str(error.details["retry_after_seconds"])
        method, path = self._request
        log_refusal(
            method, path, response.status_code, self._trace.trace_id, {"code": error.code, "said": error.message}
        )
        return guarded(response)


def _line(value: JsonValue) -> bytes:
    return dumps(value) + b"\n"


class ExportView(PlatformView):
    """The view that exports one kind of records."""

    http_method_names = ["get"]
    renderer_classes: Sequence[type[BaseRenderer]] = (LinesRenderer, NdjsonRenderer)
    records: ClassVar[RecordKind]

    def get(self, request: Request) -> ExportStream:
        given = self.query(self.described["get"].query)
        after = given.pop(CURSOR, None)
        variables: JsonObject = {
            "records": self.records.name,
            "after": after,
            "filter": {self.records.noun: given} if given else None,
        }
        credential = self.caller()
        self.billed = True
        operation = operation_of(credential, lambda: GraphQLRequest(DOCUMENT, variables))
        found = answers(credential, operation, caller_of(credential, request.headers))
        return ExportStream(found, request.accepted_renderer.media_type, request.method or "", request.path)


def export_of(records: RecordKind) -> type[ExportView]:
    name = records.name.capitalize()
    cursor = Text(required=False, help_text="Resume after this cursor: the `cursor` of the last line that has one.")
    query = {CURSOR: cursor, **filters_of(get_named_type(_FILTERS[records.noun].type).name)}
    described = DescribedMethod(
        f"export{name}",
        "exports",
        f"Export {records.noun}",
        f"{SCHEMA.type_map['RecordKind'].values[records.name].description} "  # type: ignore[attr-defined] # graphql-core types the entries of type_map as any named type
        "Lines of JSON, oldest record first. After at most 100 records, a line has only `cursor` and `end`. Resume from such a cursor after a "
        "broken connection. `end` is true in the last line. An error that ends the export is a last line with only `error`.",
        PERMISSIONS[records],
        {200: str},
        query=query,
        refusals=(410,),
        media_type=JSONL,
    )
    return type(f"Export{name}", (ExportView,), {"records": records, "described": {"get": described}})
