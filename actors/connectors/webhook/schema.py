"""The input and output of ``webhook.send`` as JSON Schema."""

from __future__ import annotations

from automate.kernel.json_values import JsonObject

INPUT_SCHEMA: JsonObject = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Webhook",
    "type": "object",
    "required": ["endpoint", "type", "data"],
    "additionalProperties": False,
    "properties": {
        "endpoint": {
            "title": "Endpoint",
            "description": "The slug of a webhook endpoint, which has the URL and the secrets.",
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            "examples": ["billing", "{{ event.payload.customer }}"],
        },
        "type": {
            "title": "Type",
            "description": "The type of the message.",
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "examples": ["order.paid"],
        },
        "data": {"title": "Data", "description": "The data of the message, as JSON.", "examples": [{"id": 17}]},
        "timestamp": {
            "title": "Time of the fact",
            "description": "Omitted from the message if it is absent or null.",
            "type": ["string", "null"],
            "maxLength": 64,
            "examples": ["{{ event.occurred_at }}"],
        },
        "id": {
            "title": "Message id",
            "description": "The webhook-id, by which receivers recognise repeated messages. The default is the step's own id, "
            "the same for each attempt.",
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]+$",
            "maxLength": 255,
            "examples": ["msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"],
        },
    },
    "examples": [{"endpoint": "billing", "type": "order.paid", "data": {"id": 17}}],
}

OUTPUT_SCHEMA: JsonObject = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Webhook delivered",
    "type": "object",
    "required": ["id", "status"],
    "additionalProperties": False,
    "properties": {
        "id": {"title": "Message id", "type": "string", "examples": ["msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"]},
        "status": {"title": "Status", "type": "integer", "examples": [204]},
    },
    "examples": [{"id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", "status": 204}],
}
