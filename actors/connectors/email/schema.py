"""The input and output of ``email.send`` as JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping

from automate.kernel.json_values import JsonObject

STARTTLS, TLS, PLAIN = "starttls", "tls", "none"
PORTS: Mapping[str, int] = {STARTTLS: 587, TLS: 465, PLAIN: 25}

FAIL, SKIP = "fail", "skip"

MAX_RECIPIENTS = 100
MAX_ATTACHMENTS = 20
MAX_ADDRESS_CHARACTERS = 320
_MAX_SUBJECT_CHARACTERS = 998
_MAX_TEXT_CHARACTERS = 1024 * 1024

_ADDRESS: JsonObject = {"type": "string", "minLength": 3, "maxLength": MAX_ADDRESS_CHARACTERS}
_ADDRESSES: JsonObject = {
    "anyOf": [_ADDRESS, {"type": "array", "minItems": 1, "maxItems": MAX_RECIPIENTS, "items": _ADDRESS}]
}

_ATTACHMENT: JsonObject = {
    "title": "Attachment",
    "type": "object",
    "required": ["filename"],
    "additionalProperties": False,
    "properties": {
        "filename": {"title": "File name", "type": "string", "minLength": 1, "maxLength": 255, "examples": ["a.csv"]},
        "content_type": {
            "title": "Content type",
            "type": "string",
            "pattern": "^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*$",
            "description": "The default is text/plain for text, and application/octet-stream for base64.",
            "maxLength": 127,
            "examples": ["text/csv"],
        },
        "text": {"title": "Content as text", "type": "string", "examples": ["id,total\n1,100\n"]},
        "base64": {"title": "Content in base64", "type": "string", "examples": ["JVBERi0xLjQK"]},
    },
    "oneOf": [{"required": ["text"]}, {"required": ["base64"]}],
}

_EXAMPLE: JsonObject = {
    "host": "smtp.example.com",
    "username": "robot",
    "password": "$secret:SMTP_PASSWORD",
    "from": "Robot <robot@example.com>",
    "to": "ada@example.com",
    "subject": "Order {{ event.payload.id }}",
    "text": "It has been paid.",
}

INPUT_SCHEMA: JsonObject = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Email",
    "type": "object",
    "required": ["host", "from", "to", "subject"],
    "additionalProperties": False,
    "properties": {
        "host": {
            "title": "Mail server",
            "description": "The name of the server that accepts your mail.",
            "type": "string",
            "minLength": 1,
            "maxLength": 253,
            "examples": ["smtp.example.com"],
        },
        "port": {
            "title": "Port",
            "description": "The default is 587 for starttls, 465 for tls and 25 for none.",
            "type": "integer",
            "minimum": 1,
            "maximum": 65535,
            "examples": [587],
        },
        "security": {
            "title": "Encryption",
            "description": "starttls: encrypted after connecting, and nothing is sent without it. tls: encrypted from the first byte. "
            "none: not encrypted, and no password is allowed.",
            "enum": [STARTTLS, TLS, PLAIN],
            "default": STARTTLS,
        },
        "username": {"title": "User name", "type": "string", "minLength": 1, "maxLength": 255, "examples": ["robot"]},
        "password": {
            "title": "Password",
            "type": "string",
            "minLength": 1,
            "maxLength": 4096,
            "examples": ["$secret:SMTP_PASSWORD"],
        },
        "from": {"title": "From", **_ADDRESS, "examples": ["Robot <robot@example.com>"]},
        "to": {"title": "To", **_ADDRESSES, "examples": ["ada@example.com", ["Ada <ada@example.com>"]]},
        "cc": {"title": "Cc", **_ADDRESSES, "examples": ["bob@example.com"]},
        "bcc": {
            "title": "Bcc",
            "description": "Hidden recipients.",
            **_ADDRESSES,
            "examples": ["log@example.com"],
        },
        "reply_to": {"title": "Reply to", **_ADDRESSES, "examples": ["help@example.com"]},
        "subject": {
            "title": "Subject",
            "type": "string",
            "maxLength": _MAX_SUBJECT_CHARACTERS,
            "examples": ["Order 17"],
        },
        "text": {"title": "Text", "type": "string", "maxLength": _MAX_TEXT_CHARACTERS, "examples": ["It is paid."]},
        "html": {
            "title": "HTML",
            "description": "An alternative to the text, for mail programs that show HTML.",
            "type": "string",
            "maxLength": _MAX_TEXT_CHARACTERS,
            "examples": ["<p>It is paid.</p>"],
        },
        "attachments": {
            "title": "Attachments",
            "description": "The whole encoded message has at most 10 MiB.",
            "type": "array",
            "maxItems": MAX_ATTACHMENTS,
            "items": _ATTACHMENT,
            "examples": [[{"filename": "orders.csv", "content_type": "text/csv", "text": "id,total\n1,100\n"}]],
        },
        "headers": {
            "title": "Further headers",
            "description": "Such as List-Unsubscribe. Headers that have their own field, and headers that frame the message, cannot be set here.",
            "type": "object",
            "maxProperties": 20,
            "additionalProperties": {"type": "string", "maxLength": 998},
            "examples": [{"List-Unsubscribe": "<https://example.com/unsubscribe>"}],
        },
        "refused_recipients": {
            "title": "Refused recipients",
            "description": "fail: the message is not sent. skip: the other recipients get the message, and the output names the refused ones.",
            "enum": [FAIL, SKIP],
            "default": FAIL,
        },
    },
    "anyOf": [{"required": ["text"]}, {"required": ["html"]}],
    "dependentRequired": {"username": ["password"], "password": ["username"]},
    "examples": [_EXAMPLE],
}

OUTPUT_SCHEMA: JsonObject = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Email sent",
    "type": "object",
    "required": ["message_id", "accepted", "refused", "reply"],
    "additionalProperties": False,
    "properties": {
        "message_id": {
            "title": "Message-ID",
            "description": "The same for every attempt at this message.",
            "type": "string",
            "examples": ["<3f1c@example.com>"],
        },
        "accepted": {
            "title": "Accepted recipients",
            "description": "Accepted by your mail server; their servers can still refuse.",
            "type": "array",
            "items": {"type": "string"},
            "examples": [["ada@example.com"]],
        },
        "refused": {
            "title": "Refused recipients",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["address", "reply"],
                "additionalProperties": False,
                "properties": {
                    "address": {"title": "Address", "type": "string", "examples": ["bob@example.com"]},
                    "reply": {
                        "title": "Reply of the server",
                        "type": "string",
                        "examples": ["550 5.1.1 No such user"],
                    },
                },
            },
            "examples": [[]],
        },
        "reply": {
            "title": "Reply to the message",
            "type": "string",
            "examples": ["250 2.0.0 Ok: queued as 4XyZ"],
        },
    },
    "examples": [
        {
            "message_id": "<3f1c@example.com>",
            "accepted": ["ada@example.com"],
            "refused": [],
            "reply": "250 2.0.0 Ok: queued as 4XyZ",
        }
    ],
}
