"""``flow.approval`` waits for people's decisions. The waiting step occupies no worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.permissions import MEMBER_ROLES
from automate.kernel.problems import Problem
from automate.workflows.flow_steps.form import FORM_BYTES, form_problems
from automate.workflows.flow_steps.outcomes import APPROVE, APPROVED, FORMER, OUTCOMES, REJECT, REJECTED
from automate.workflows.flow_steps.spec import SAYS_ITS_WAIT, FlowSpec, step_schema
from automate.workflows.parts import Part

DEFAULT_ROLES = ("owner", "admin")
MAX_QUORUM = 20
MAX_MEMBERS = 50
EMAIL_CHARACTERS = 254
DESCRIPTION_CHARACTERS = 4_000


def _check(given: Mapping[str, JsonValue], path: tuple[str | int, ...]) -> list[Problem]:
    form = given.get("form")
    if not isinstance(form, dict) or form.get("type") != "object":
        return []
    return form_problems(form, (*path, "form"))


@dataclass(frozen=True)
class ApprovalInput:
    """The input of an approval."""

    title: Annotated[
        str,
        Part(
            "Title",
            f"The question, in 1 to {LIMITS.name_characters} characters.",
            {"minLength": 1, "maxLength": LIMITS.name_characters},
            examples=["Refund order {{ event.payload.id }}?"],
        ),
    ]
    description: Annotated[
        str,
        Part(
            "Description",
            "Further text for the deciding people.",
            {"maxLength": DESCRIPTION_CHARACTERS},
            examples=["The customer asks for all of it back."],
        ),
    ] = ""
    data: Annotated[
        JsonValue,
        Part("Data", "Any JSON, shown to the deciding people.", examples=[{"amount": "{{ event.payload.amount }}"}]),
    ] = None
    roles: Annotated[
        tuple[str, ...] | None,
        Part(
            "Roles",
            f"Members and tokens with one of these roles may decide: {', '.join(MEMBER_ROLES)}.",
            {
                "minItems": 1,
                "uniqueItems": True,
                "items": {"enum": list(MEMBER_ROLES)},
                "default": list(DEFAULT_ROLES),
            },
            examples=[["owner"]],
        ),
    ] = None
    """The default applies only without members."""
    members: Annotated[
        tuple[str, ...],
        Part(
            "Members",
            "Addresses of members who may decide, beside those with one of the roles. "
            "With members and without roles, only these members may decide.",
            {
                "minItems": 1,
                "maxItems": MAX_MEMBERS,
                "uniqueItems": True,
                "items": {"type": "string", "minLength": 3, "maxLength": EMAIL_CHARACTERS},
            },
            examples=[["ada@example.com"]],
            computed=True,
        ),
    ] = ()
    notify: Annotated[
        bool,
        Part("Notify", "True sends each member who may decide a mail with a personal link.", examples=[True]),
    ] = False
    quorum: Annotated[
        int,
        Part("Quorum", "The number of people who must approve.", {"minimum": 1, "maximum": MAX_QUORUM}, examples=[2]),
    ] = 1
    form: Annotated[
        Mapping[str, JsonValue] | None,
        Part(
            "Form",
            "The form for the deciding people: the JSON Schema of an object, of at most "
            f"{FORM_BYTES:,} bytes. It is not a template.",
            {
                "required": ["type"],
                "properties": {
                    "type": {
                        "title": "Type",
                        "description": "A form is an object.",
                        "const": "object",
                        "examples": ["object"],
                    }
                },
            },
            examples=[{"type": "object", "properties": {"reason": {"type": "string", "title": "Reason"}}}],
        ),
    ] = None
    expires_seconds: Annotated[
        float | None,
        Part(
            "Expires after",
            f"Seconds; at most {LIMITS.wait_seconds // DAY_SECONDS} days. The default is the time-out of the run.",
            {"exclusiveMinimum": 0, "maximum": LIMITS.wait_seconds},
            examples=[86_400],
        ),
    ] = None
    on_expiry: Annotated[
        str,
        Part(
            "On expiry",
            f"The outcome if too few people have decided in time. {APPROVE} and {REJECT} are deprecated spellings.",
            {"enum": [*OUTCOMES, *FORMER]},
            examples=[REJECTED],
        ),
    ] = REJECTED


@dataclass(frozen=True)
class DecisionOutput:
    """The decision of one person."""

    by: Annotated[str, Part("By", "The deciding person.", examples=["ada@example.com"])]
    at: Annotated[
        str,
        Part(
            "At",
            "When, as an RFC 3339 date-time.",
            {"format": "date-time"},
            examples=["2026-11-25T10:00:00+00:00"],
        ),
    ]
    outcome: Annotated[
        str,
        Part("Outcome", "The decision of this person.", {"enum": [*OUTCOMES]}, examples=[APPROVED]),
    ]
    form: Annotated[
        JsonValue,
        Part(
            "Form",
            "The values of the form. Null if the approval has no form.",
            {"type": ["object", "null"]},
            examples=[{"reason": "It arrived broken."}],
        ),
    ]


@dataclass(frozen=True)
class ApprovalOutput:
    """The output of an approval."""

    outcome: Annotated[
        str, Part("Outcome", "approved; a step that is rejected fails.", {"const": APPROVED}, examples=[APPROVED])
    ]
    decisions: Annotated[
        tuple[Annotated[DecisionOutput, Part("Decision of one person", "The person, the decision and its time.")], ...],
        Part(
            "Decisions",
            "One for each person who decided, oldest first.",
            examples=[
                [{"by": "ada@example.com", "at": "2026-11-25T10:00:00+00:00", "outcome": APPROVED, "form": None}]
            ],
        ),
    ]


APPROVAL = FlowSpec(
    name="flow.approval",
    title="Approval",
    input_schema=step_schema(
        ApprovalInput,
        Part(
            "Approval",
            "Waits until people have approved or rejected. If a person rejects, the step fails.",
            examples=[
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
                    "on_expiry": REJECTED,
                },
            ],
        ),
    ),
    output_schema=step_schema(
        ApprovalOutput,
        Part(
            "Decision",
            "The decision, with the decisions of each person.",
            examples=[{"outcome": APPROVED, "decisions": []}],
        ),
    ),
    raw=frozenset({"form"}),
    wait="expires_seconds",
    no_timeout=SAYS_ITS_WAIT,
    check=_check,
)
