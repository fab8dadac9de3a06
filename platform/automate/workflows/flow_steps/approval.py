"""``flow.approval`` waits for people's decisions. The waiting step occupies no worker."""

from __future__ import annotations

from collections.abc import Mapping

from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.permissions import MEMBER_ROLES
from automate.kernel.problems import Problem
from automate.workflows.flow_steps.form import FORM_BYTES, form_problems
from automate.workflows.flow_steps.spec import DIALECT, SAYS_ITS_WAIT, FlowSpec

DEFAULT_ROLES = ("owner", "admin")
MAX_QUORUM = 20
MAX_MEMBERS = 50
EMAIL_CHARACTERS = 254
DESCRIPTION_CHARACTERS = 4_000

_OUTCOMES: list[JsonValue] = ["approved", "rejected"]


def _check(given: Mapping[str, JsonValue], path: tuple[str | int, ...]) -> list[Problem]:
    form = given.get("form")
    if not isinstance(form, dict) or form.get("type") != "object":
        return []
    return form_problems(form, (*path, "form"))


APPROVAL = FlowSpec(
    name="flow.approval",
    title="Approval",
    input_schema={
        "$schema": DIALECT,
        "title": "Approval",
        "description": "Waits until people have decided. The step fails if the people reject.",
        "type": "object",
        "additionalProperties": False,
        "required": ["title"],
        "properties": {
            "title": {
                "title": "Title",
                "description": f"The question, in 1 to {LIMITS.name_characters} characters.",
                "type": "string",
                "minLength": 1,
                "maxLength": LIMITS.name_characters,
                "examples": ["Refund order {{ event.payload.id }}?"],
            },
            "description": {
                "title": "Description",
                "description": "Further text for the deciding people.",
                "type": "string",
                "maxLength": DESCRIPTION_CHARACTERS,
                "examples": ["The customer asks for all of it back."],
            },
            "data": {
                "title": "Data",
                "description": "Any JSON, shown to the deciding people.",
                "examples": [{"amount": "{{ event.payload.amount }}"}],
            },
            "roles": {
                "title": "Roles",
                "description": f"Members and tokens with one of these roles may decide: {', '.join(MEMBER_ROLES)}.",
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"enum": list(MEMBER_ROLES)},
                "default": list(DEFAULT_ROLES),
                "examples": [["owner"]],
            },
            "members": {
                "title": "Members",
                "description": "Addresses of members who may decide, beside those with one of the roles. "
                "With members and without roles, only these members may decide.",
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_MEMBERS,
                "uniqueItems": True,
                "items": {"type": "string", "minLength": 3, "maxLength": EMAIL_CHARACTERS},
                "examples": [["ada@example.com"]],
            },
            "notify": {
                "title": "Notify",
                "description": "True sends each member who may decide a mail with a personal link.",
                "type": "boolean",
                "default": False,
                "examples": [True],
            },
            "quorum": {
                "title": "Quorum",
                "description": "How many people must approve.",
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_QUORUM,
                "default": 1,
                "examples": [2],
            },
            "form": {
                "title": "Form",
                "description": "The form for the deciding people: the JSON Schema of an object, of at most "
                f"{FORM_BYTES:,} bytes. It is not a template.",
                "type": "object",
                "required": ["type"],
                "properties": {
                    "type": {
                        "title": "Type",
                        "description": "A form is an object.",
                        "const": "object",
                        "examples": ["object"],
                    }
                },
                "examples": [{"type": "object", "properties": {"reason": {"type": "string", "title": "Reason"}}}],
            },
            "expires_seconds": {
                "title": "Expires after",
                "description": f"Seconds; at most {LIMITS.wait_seconds // DAY_SECONDS} days. "
                "The default is the time-out of the run.",
                "type": "number",
                "exclusiveMinimum": 0,
                "maximum": LIMITS.wait_seconds,
                "examples": [86_400],
            },
            "on_expiry": {
                "title": "On expiry",
                "description": "The outcome if too few people have decided in time.",
                "enum": ["reject", "approve"],
                "default": "reject",
                "examples": ["reject"],
            },
        },
        "examples": [
            {"title": "Refund order {{ event.payload.id }}?"},
            {
                "title": "Refund order {{ event.payload.id }}?",
                "description": "The customer asks for all of it back.",
                "data": {"amount": "{{ event.payload.amount }}"},
                "roles": ["owner", "admin"],
                "members": ["ada@example.com"],
                "notify": True,
                "quorum": 2,
                "form": {"type": "object", "properties": {"reason": {"type": "string", "title": "Reason"}}},
                "expires_seconds": 86_400,
                "on_expiry": "reject",
            },
        ],
    },
    output_schema={
        "$schema": DIALECT,
        "title": "Decision",
        "description": "The decision, with the decisions of each person.",
        "type": "object",
        "additionalProperties": False,
        "required": ["outcome", "decisions"],
        "properties": {
            "outcome": {
                "title": "Outcome",
                "description": "approved; a step that is rejected fails.",
                "const": "approved",
                "examples": ["approved"],
            },
            "decisions": {
                "title": "Decisions",
                "description": "One for each person who decided, oldest first.",
                "type": "array",
                "items": {
                    "title": "Decision of one person",
                    "description": "The person, the decision and its time.",
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["by", "at", "outcome", "form"],
                    "properties": {
                        "by": {
                            "title": "By",
                            "description": "The deciding person.",
                            "type": "string",
                            "examples": ["ada@example.com"],
                        },
                        "at": {
                            "title": "At",
                            "description": "When, as an RFC 3339 date-time.",
                            "type": "string",
                            "format": "date-time",
                            "examples": ["2026-11-25T10:00:00+00:00"],
                        },
                        "outcome": {
                            "title": "Outcome",
                            "description": "What this person decided.",
                            "enum": _OUTCOMES,
                            "examples": ["approved"],
                        },
                        "form": {
                            "title": "Form",
                            "description": "What was filled in; null where no form was asked for.",
                            "type": ["object", "null"],
                            "examples": [{"reason": "It arrived broken."}],
                        },
                    },
                },
                "examples": [
                    [
                        {
                            "by": "ada@example.com",
                            "at": "2026-11-25T10:00:00+00:00",
                            "outcome": "approved",
                            "form": None,
                        }
                    ]
                ],
            },
        },
        "examples": [{"outcome": "approved", "decisions": []}],
    },
    raw=frozenset({"form"}),
    wait="expires_seconds",
    no_timeout=SAYS_ITS_WAIT,
    check=_check,
)
