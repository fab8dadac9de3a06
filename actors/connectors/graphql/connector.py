"""The connector ``graphql.request``. It sends POST requests with JSON, as the standard GraphQL over HTTP requires."""

from __future__ import annotations

import time
from functools import partial

from actors.connectors.answers import NO_JSON, OUTPUT_FAILURES, bounded_output, parse_json
from actors.connectors.auth import AUTH_FAILURES, AUTH_HOSTS, Authorizer, Credentials, shown_credentials
from actors.connectors.base import Call, ConnectorError
from actors.connectors.graphql.errors import GRAPHQL_FAILURES, NOT_GRAPHQL, errors_failure, has_part
from actors.connectors.graphql.schema import INPUT_SCHEMA, OUTPUT_SCHEMA
from actors.connectors.guard import Guard, OutboundRequest, OutboundResponse, guard_failures
from actors.connectors.inputs import BAD_INPUT, InputCheck
from actors.connectors.json_bytes import json_bytes
from actors.connectors.previews import shown_request
from actors.connectors.stamps import stamped, with_default
from actors.connectors.statuses import REFUSED, STATUS_FAILURES, status_error
from actors.connectors.tokens import Tokens
from actors.connectors.urls import scalar, with_query
from automate.kernel.json_values import JsonValue, as_object, as_text
from automate.workflows.connectors import ConnectorSpec, HostField

_CHECK = InputCheck(INPUT_SCHEMA)
_ACCEPT = "application/graphql-response+json, application/json;q=0.9"


class GraphQLRequest:
    """Sends GraphQL operations."""

    api = "1.0"
    spec = ConnectorSpec(
        name="graphql.request",
        title="GraphQL request",
        description="Sends one GraphQL query or mutation and returns its data. If the answer contains GraphQL "
        "errors, the step fails, even if the HTTP status is 200.",
        effect="keyed",
        input_schema=INPUT_SCHEMA,
        output_schema=OUTPUT_SCHEMA,
        failures=(
            BAD_INPUT,
            *AUTH_FAILURES,
            *STATUS_FAILURES,
            *GRAPHQL_FAILURES,
            *guard_failures(redirects=False),
            *OUTPUT_FAILURES,
        ),
        host_fields=(HostField(("url",)), *AUTH_HOSTS),
    )
    inline = False

    def __init__(self, guard: Guard, tokens: Tokens) -> None:
        self._guard = guard
        self._authorizer = Authorizer(tokens)

    async def call(self, call: Call) -> JsonValue:
        _CHECK(call.input)
        return await self._authorizer.authorized(call, partial(self._answer, call))

    async def _answer(self, call: Call, credentials: Credentials, seconds: float) -> JsonValue:
        started = time.monotonic()
        response = await self._guard.send(_request(call, credentials, seconds))
        return _output(call, response, time.monotonic() - started)

    def preview(self, call: Call) -> JsonValue:
        _CHECK(call.input)
        return shown_request(_request(call, shown_credentials(call), call.timeout_seconds))


def _request(call: Call, credentials: Credentials, seconds: float) -> OutboundRequest:
    given = call.input
    body = {"query": given["query"]}
    if "variables" in given:
        body["variables"] = given["variables"]
    if "operation_name" in given:
        body["operationName"] = given["operation_name"]
    own = [(name, scalar(value)) for name, value in as_object(given.get("headers") or {}).items()]
    headers = with_default(stamped(call, credentials.added_to(own)), "Accept", _ACCEPT)
    return OutboundRequest(
        method="POST",
        url=with_query(as_text(given["url"]), {}, credentials.query),
        headers=with_default(headers, "Content-Type", "application/json"),
        body=json_bytes(body, "variables"),
        timeout_seconds=seconds,
        allowed_networks=call.allowed_networks,
    )


def _output(call: Call, response: OutboundResponse, elapsed_seconds: float) -> JsonValue:
    # A status that names a cause, such as 401 or 429, decides the error. Otherwise the errors in the answer decide.
    success = 200 <= response.status < 300  # noqa: PLR2004
    by_status = None if success else status_error(response)
    if by_status is not None and by_status.details["failure"] != REFUSED.name:
        raise by_status
    try:
        answer = parse_json(response.body) if response.body else NO_JSON
    except ConnectorError as error:
        raise by_status or error from None
    answer = answer if isinstance(answer, dict) else {}
    data, errors = answer.get("data"), answer.get("errors")
    if isinstance(errors, list) and errors:
        if not (success and call.input.get("accept_partial") and has_part(data)):
            raise errors_failure(response, errors, data)
    elif by_status is not None:
        raise by_status
    elif not isinstance(data, dict):
        message = "The answer is not a GraphQL answer: it has neither data nor errors. Check the URL."
        raise ConnectorError.of(NOT_GRAPHQL, message, details={"status": response.status}, arrived=True)
    output: dict[str, JsonValue] = {"data": data}
    if isinstance(errors, list) and errors:
        output["errors"] = [error for error in errors if isinstance(error, dict)]
    if isinstance(answer.get("extensions"), dict):
        output["extensions"] = answer["extensions"]
    output["elapsed_ms"] = round(elapsed_seconds * 1000)
    return bounded_output(output, len(response.body))
