"""The connector ``log.write``: writes what it was asked to write, and the trace id, and nothing else of the event."""

from __future__ import annotations

import logging

import structlog

from actors.connectors.base import Call
from actors.connectors.inputs import InputCheck
from actors.connectors.log.schema import INPUT_SCHEMA, OUTPUT_SCHEMA
from automate.kernel.errors import Json
from automate.workflows.connectors import ConnectorSpec

_CHECK = InputCheck(INPUT_SCHEMA)
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class LogWrite:
    spec = ConnectorSpec(
        name="log.write",
        title="Write a log line",
        effect="idempotent",
        input_schema=INPUT_SCHEMA,
        output_schema=OUTPUT_SCHEMA,
        secrets=False,
    )
    inline = True

    async def call(self, call: Call) -> Json:
        _CHECK(call.input)
        message, level = call.input["message"], call.input.get("level", "info")
        fields = {"data": call.input["data"]} if "data" in call.input else {}
        trace_id = call.traceparent.split("-")[1]
        structlog.get_logger("automate.connectors.log").log(
            _LEVELS[level], "log.write", message=message, trace_id=trace_id, **fields
        )
        return {"message": message, "level": level}
