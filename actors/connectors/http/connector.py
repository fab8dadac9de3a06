"""The connector ``http.request``."""

from __future__ import annotations

import time
from functools import partial

from actors.connectors.answers import OUTPUT_FAILURES, build_output
from actors.connectors.auth import AUTH_FAILURES, AUTH_HOSTS, Authorizer, Credentials, shown_credentials
from actors.connectors.base import Call, ConnectorError
from actors.connectors.guard import Guard, guard_failures
from actors.connectors.guard.call_state import SAFE_METHODS
from actors.connectors.http.pages import PAGE_FAILURES, read_pages
from actors.connectors.http.request import build_request, check_input, method_of
from actors.connectors.http.schema import INPUT_SCHEMA, OUTPUT_SCHEMA
from actors.connectors.http.statuses import unexpected
from actors.connectors.inputs import BAD_INPUT
from actors.connectors.previews import shown_request
from actors.connectors.statuses import STATUS_FAILURES
from actors.connectors.tokens import Tokens
from automate.kernel.json_values import JsonValue, as_integer, as_list, as_object
from automate.workflows.connectors import ConnectorSpec, HostField

_SUCCESS = range(200, 300)


class HttpRequest:
    """Sends HTTP requests."""

    api = "1.0"
    spec = ConnectorSpec(
        name="http.request",
        title="HTTP request",
        description="Sends an HTTP request and returns the answer. For a list, the connector can read page after page, and returns the items.",
        effect="keyed",
        input_schema=INPUT_SCHEMA,
        output_schema=OUTPUT_SCHEMA,
        failures=(
            BAD_INPUT,
            *AUTH_FAILURES,
            *STATUS_FAILURES,
            *guard_failures(redirects=True),
            *OUTPUT_FAILURES,
            *PAGE_FAILURES,
        ),
        host_fields=(HostField(("url",)), *AUTH_HOSTS),
        external_id=("json", "id"),
    )
    inline = False

    def __init__(self, guard: Guard, tokens: Tokens) -> None:
        self._guard = guard
        self._authorizer = Authorizer(tokens)

    async def call(self, call: Call) -> JsonValue:
        check_input(call.input)
        try:
            return await self._authorizer.authorized(call, partial(self._answer, call))
        except ConnectorError as error:
            error.arrived = error.arrived and method_of(call) not in SAFE_METHODS
            raise

    async def _answer(self, call: Call, credentials: Credentials, seconds: float) -> JsonValue:
        request = build_request(call, credentials, seconds)
        expected = call.input.get("expected_statuses")
        statuses = _SUCCESS if expected is None else [as_integer(status) for status in as_list(expected)]
        if "paginate" in call.input:
            return await read_pages(
                self._guard, request, as_object(call.input["paginate"]), statuses, credentials.query
            )
        started = time.monotonic()
        response = await self._guard.send(request)
        if response.status not in statuses:
            raise unexpected(response)
        return build_output(response, time.monotonic() - started)

    def preview(self, call: Call) -> JsonValue:
        check_input(call.input)
        return shown_request(build_request(call, shown_credentials(call), call.timeout_seconds))
