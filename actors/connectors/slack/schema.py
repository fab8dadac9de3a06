"""The input and output of ``slack.post_message`` as JSON Schema."""

from __future__ import annotations

from automate.kernel.json_values import JsonObject

MAX_TEXT_CHARACTERS = 40_000
MAX_BLOCKS = 50

INPUT_SCHEMA: JsonObject = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Slack message",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "token": {
            "title": "Bot token",
            "description": "The token of an app with the scope chat:write. With channels:history and groups:history, a message "
            "with an unknown outcome can be looked up.",
            "type": "string",
            "minLength": 1,
            "maxLength": 512,
            "examples": ["$secret:SLACK_TOKEN"],
        },
        "channel": {
            "title": "Channel",
            "description": "The id, or #name. A lookup of the message needs the id.",
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "examples": ["C024BE91L", "#orders"],
        },
        "webhook_url": {
            "title": "Incoming webhook",
            "description": "Replaces token and channel: the URL that Slack created for one channel. The URL is a secret.",
            "type": "string",
            "minLength": 1,
            "maxLength": 2048,
            "examples": ["$secret:SLACK_WEBHOOK_URL"],
        },
        "text": {
            "title": "Text",
            "description": "In mrkdwn. With blocks, notifications show this text.",
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_TEXT_CHARACTERS,
            "examples": ["Charged {{ steps.charge.output.json.amount }}"],
        },
        "blocks": {
            "title": "Blocks",
            "description": "Blocks of Slack's Block Kit.",
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_BLOCKS,
            "items": {
                "title": "Block",
                "type": "object",
                "required": ["type"],
                "properties": {"type": {"title": "Type", "type": "string", "examples": ["section"]}},
            },
            "examples": [[{"type": "section", "text": {"type": "mrkdwn", "text": "*Charged* 100"}}]],
        },
        "thread_ts": {
            "title": "Thread",
            "description": "The ts of the message to which this one replies.",
            "type": "string",
            "pattern": r"^[0-9]{1,12}\.[0-9]{1,8}$",
            "examples": ["1503435956.000247"],
        },
        "reply_broadcast": {"title": "Also show the answer in the channel", "type": "boolean", "default": False},
        "unfurl_links": {"title": "Show previews of links", "type": "boolean"},
    },
    "anyOf": [{"required": ["text"]}, {"required": ["blocks"]}],
    "oneOf": [{"required": ["token", "channel"]}, {"required": ["webhook_url"]}],
    "not": {"required": ["webhook_url"], "anyOf": [{"required": ["token"]}, {"required": ["channel"]}]},
    "examples": [{"token": "$secret:SLACK_TOKEN", "channel": "C024BE91L", "text": "Charged 100"}],
}

OUTPUT_SCHEMA: JsonObject = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Posted message",
    "type": "object",
    "required": ["channel", "ts"],
    "additionalProperties": False,
    "properties": {
        "channel": {
            "title": "Channel",
            "description": "The id. Null through an incoming webhook, which does not return it.",
            "type": ["string", "null"],
            "examples": ["C024BE91L"],
        },
        "ts": {
            "title": "Timestamp",
            "description": "The id of the message in its channel, for thread_ts. Null through an incoming webhook.",
            "type": ["string", "null"],
            "examples": ["1503435956.000247"],
        },
    },
    "examples": [{"channel": "C024BE91L", "ts": "1503435956.000247"}],
}
