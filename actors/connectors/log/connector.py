"""The connector ``log.write``. It logs the step's input and the trace id."""

from __future__ import annotations

import logging

import structlog

from actors.connectors.base import Call
from actors.connectors.inputs import BAD_INPUT, InputCheck
from actors.connectors.log.schema import INPUT_SCHEMA, OUTPUT_SCHEMA
from automate.kernel.json_values import JsonValue, as_text
from automate.workflows.connectors import ConnectorSpec

_CHECK = InputCheck(INPUT_SCHEMA)
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class LogWrite:
    api = "1.0"
    spec = ConnectorSpec(
        name="log.write",
        title="Write a log line",
        description="Writes one line into the worker's log.",
        effect="idempotent",
        input_schema=INPUT_SCHEMA,
        output_schema=OUTPUT_SCHEMA,
        secrets=False,
        failures=(BAD_INPUT,),
    )
    inline = True

    async def call(self, call: Call) -> JsonValue:
        line = _line(call)
        level = as_text(line.pop("level"))
        trace_id = call.traceparent.split("-")[1]
        structlog.get_logger("automate.connectors.log").log(_LEVELS[level], "log.write", trace_id=trace_id, **line)
        return {"message": line["message"], "level": level}

    def preview(self, call: Call) -> JsonValue:
        return _line(call)


def _line(call: Call) -> dict[str, JsonValue]:
    # Raises BAD_USER_INPUT.
    _CHECK(call.input)
    return {"level": "info", **call.input}
