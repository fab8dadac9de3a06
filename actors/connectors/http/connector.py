"""The connector ``http.request``."""

from __future__ import annotations

import time

from actors.connectors.base import Call
from actors.connectors.guard import Guard
from actors.connectors.http.errors import status_error
from actors.connectors.http.output import build_output
from actors.connectors.http.request import build_request
from actors.connectors.http.schema import INPUT_SCHEMA, OUTPUT_SCHEMA
from automate.kernel.errors import Json
from automate.workflows.connectors import ConnectorSpec

_SUCCESS = range(200, 300)


class HttpRequest:
    """guard: shared with the other connectors of the process. user_agent: what the other side sees us as."""

    spec = ConnectorSpec(
        name="http.request",
        title="HTTP request",
        effect="keyed",
        input_schema=INPUT_SCHEMA,
        output_schema=OUTPUT_SCHEMA,
    )
    inline = False

    def __init__(self, guard: Guard, user_agent: str) -> None:
        self._guard = guard
        self._user_agent = user_agent

    async def call(self, call: Call) -> Json:
        request = build_request(call, self._user_agent)
        started = time.monotonic()
        response = await self._guard.send(request)
        if response.status not in call.input.get("expected_statuses", _SUCCESS):
            raise status_error(response)
        return build_output(response, time.monotonic() - started)
