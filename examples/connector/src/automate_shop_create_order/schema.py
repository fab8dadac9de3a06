"""The input and output of ``shop.create_order`` as JSON Schema, for forms, checks and documents."""

from __future__ import annotations

from collections.abc import Mapping

from actors.sdk import Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"

INPUT_SCHEMA: Mapping[str, Json] = {
    "$schema": DIALECT,
    "title": "Create order",
    "type": "object",
    "required": ["base_url", "token", "data"],
    "additionalProperties": False,
    "properties": {
        "base_url": {
            "title": "Base URL",
            "description": "The URL of the API, without a path.",
            "type": "string",
            "pattern": "^https?://[^/?#]+$",
            "examples": ["https://api.example.com"],
        },
        "token": {"title": "Token", "type": "string", "minLength": 1, "examples": ["$secret:SHOP_TOKEN"]},
        "data": {
            "title": "Data",
            "description": "The fields of the new object.",
            "type": "object",
            "examples": [{"note": "hello"}],
        },
    },
}

OUTPUT_SCHEMA: Mapping[str, Json] = {
    "$schema": DIALECT,
    "title": "Created object",
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {"id": {"title": "Id", "type": "string", "examples": ["th_1"]}},
}
