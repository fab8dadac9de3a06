"""The classes of a workflow definition. The JSON Schema and the parser of definitions are generated from these classes.

In a parsed definition, all defaults are filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from automate.kernel.json_values import JsonObject, JsonValue, as_list, as_number, as_object, as_text
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.workflows.parts import Part, read_part

SCHEMA_VERSION = 1

RUN_TIMEOUT_SECONDS = 86_400.0
"""The timeout of a run whose definition sets none: one day."""

STEP_TIMEOUT_SECONDS = 60.0
QUICK_SECONDS: Mapping[str, float] = {"webhook.send": 15.0}
"""Connector -> default timeout of one attempt. Standard Webhooks advises receivers to answer within 15 to 30
seconds."""
"""The time-out of the run applies if it is shorter."""

ON_FAILURE_FAIL = "fail"
ON_FAILURE_CONTINUE = "continue"
ON_FAILURE_WORDS = (ON_FAILURE_FAIL, ON_FAILURE_CONTINUE)
"""These words never mean a step, even if a step has such a key."""

FLOW_PREFIX = "flow."
"""Prefix of the names of flow steps, which the engine executes without a connector."""

FOR_EACH = "flow.for_each"

Strategy = Literal["queue", "cancel_newest", "cancel_in_progress"]
"""A run whose key is in use waits, is cancelled, or replaces the runs that hold the key."""

DEFAULT_STRATEGY: Strategy = "queue"

RETRY_MAX_ATTEMPTS = 3
"""Attempts in all, including the first: enough for a short outage, too few to overload a receiver."""

RETRY_INITIAL_SECONDS = 1.0
RETRY_FACTOR = 2.0
RETRY_MAX_SECONDS = 300.0


STEP_KEY_PATTERN = "^[a-z][a-z0-9_]{0,63}$"
CONNECTOR_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"

MAX_RETRY_ATTEMPTS = 50
MAX_RETRY_FACTOR = 10
MAX_RETRY_SECONDS = 86_400
MAX_CONCURRENT = 1_000
MAX_KEY_CHARACTERS = 1_000
"""Maximum characters of a concurrency key's template, not of its result."""

_MOST_DAYS = LIMITS.wait_seconds // DAY_SECONDS


@dataclass(frozen=True)
class RetryPolicy:
    """The retries of a step after temporary errors. The wait before each retry is random (full jitter)."""

    max_attempts: Annotated[
        int,
        Part(
            "Attempts in all",
            "Includes the first attempt; 1 means no retry.",
            {"minimum": 1, "maximum": MAX_RETRY_ATTEMPTS},
            examples=[RETRY_MAX_ATTEMPTS],
        ),
    ] = RETRY_MAX_ATTEMPTS
    initial_seconds: Annotated[
        float,
        Part(
            "First wait",
            "Seconds before the second attempt.",
            {"exclusiveMinimum": 0, "maximum": MAX_RETRY_SECONDS},
            examples=[RETRY_INITIAL_SECONDS],
        ),
    ] = RETRY_INITIAL_SECONDS
    factor: Annotated[
        float,
        Part(
            "Growth",
            "The factor from one wait to the next.",
            {"minimum": 1, "maximum": MAX_RETRY_FACTOR},
            examples=[RETRY_FACTOR],
        ),
    ] = RETRY_FACTOR
    max_seconds: Annotated[
        float,
        Part(
            "Longest wait",
            "The maximum of each wait, in seconds.",
            {"exclusiveMinimum": 0, "maximum": MAX_RETRY_SECONDS},
            examples=[RETRY_MAX_SECONDS],
        ),
    ] = RETRY_MAX_SECONDS
    given: bool = field(default=True, compare=False)
    """False if the definition has no ``retry``; then a connector's own waits apply."""


_Uses = Annotated[
    str,
    Part(
        "Connector",
        "The connector to call, such as http.request.",
        {"pattern": CONNECTOR_PATTERN},
        examples=["http.request", "log.write"],
    ),
]
_With = Annotated[
    Mapping[str, JsonValue],
    Part(
        "Input",
        "The connector's input. Strings can hold {{ JMESPath }} over event, steps, run and workflow, and $secret:NAME.",
        examples=[{"method": "POST", "url": "https://example.com", "json": {"n": "{{ event.payload.n }}"}}],
    ),
]
_Retry = Annotated[
    RetryPolicy,
    Part(
        "Retry",
        "The policy for retries when the step fails with a temporary error. Without this field, webhook.send uses its own schedule.",
        examples=[{"max_attempts": 5, "initial_seconds": 1, "factor": 2, "max_seconds": 300}],
    ),
]
_Timeout = Annotated[
    float,
    Part(
        "Time-out of one attempt",
        "Seconds, at most the run's own. Default 60 (webhook.send: 15), or the run's if that is shorter.",
        {"exclusiveMinimum": 0},
        examples=[60],
        computed=True,
    ),
]
_NO_RETRY = RetryPolicy(given=False)


@dataclass(frozen=True)
class CallDefinition:
    """A call of a connector."""

    uses: _Uses
    with_: _With = field(default_factory=dict)
    """The template of the connector's input."""
    retry: _Retry = _NO_RETRY
    timeout_seconds: _Timeout = STEP_TIMEOUT_SECONDS


@dataclass(frozen=True)
class Compensation(CallDefinition):
    """The call that reverses a succeeded step after its run failed."""


@dataclass(frozen=True)
class ItemStep(CallDefinition):
    """The call that ``flow.for_each`` makes for each item. The template of this call can also read ``item``."""


@dataclass(frozen=True)
class Concurrency:
    """The maximum number of open runs with the same key."""

    key: Annotated[
        str,
        Part(
            "Key",
            "Runs with the same key share the limit. Text with {{ JMESPath }} over event and workflow.",
            {"minLength": 1, "maxLength": MAX_KEY_CHARACTERS},
            examples=["{{ event.payload.customer }}"],
        ),
    ]
    limit: Annotated[
        int,
        Part(
            "Limit",
            "Runs of one key that may be open at a time.",
            {"minimum": 1, "maximum": MAX_CONCURRENT},
            examples=[1],
        ),
    ] = 1
    strategy: Annotated[
        Strategy,
        Part(
            "Strategy",
            "queue: the new run waits for its turn. cancel_newest: the new run is cancelled. "
            "cancel_in_progress: the new run starts, and older runs are cancelled.",
            examples=[DEFAULT_STRATEGY],
        ),
    ] = DEFAULT_STRATEGY


@dataclass(frozen=True)
class Step:
    key: Annotated[
        str,
        Part(
            "Key",
            "The step's name within the workflow: small letters, digits and _, starting with a letter, at most 64 "
            "characters.",
            {"pattern": STEP_KEY_PATTERN},
            examples=["charge"],
        ),
    ]
    uses: Annotated[
        str,
        Part(
            "Connector or flow step",
            "The connector to call, such as http.request, or a flow step, such as flow.delay.",
            {"pattern": CONNECTOR_PATTERN},
            examples=["http.request", "log.write", "flow.delay"],
        ),
    ]
    with_: _With = field(default_factory=dict)
    """The template of the input."""
    retry: _Retry = _NO_RETRY
    timeout_seconds: _Timeout = STEP_TIMEOUT_SECONDS
    """The time limit of one attempt. For a flow step: the time limit of the whole wait, by default the timeout of
    the run."""
    needs: Annotated[
        tuple[str, ...] | None,
        Part(
            "Needs",
            "Keys of the steps to wait for. The default is the step above, or, for a handler, the steps that name it. "
            "Empty: start at once.",
            {"uniqueItems": True},
            examples=[["charge"], []],
        ),
    ] = None
    """None if the definition states no needs. Then the step follows the step above it."""
    if_: Annotated[
        JsonValue,
        Part(
            "Condition",
            "JsonLogic; if it is false, the step is skipped.",
            examples=[{">": [{"var": "steps.charge.output.json.amount"}, 100]}],
        ),
    ] = None
    """None means always."""
    on_failure: Annotated[
        str,
        Part(
            "On failure",
            "fail: the run fails. continue: later steps start. The key of a step: that step handles the failure, and is "
            "skipped without one.",
            examples=[*ON_FAILURE_WORDS, "tell_support"],
        ),
    ] = ON_FAILURE_FAIL
    """One of ON_FAILURE_WORDS, or the key of the step that handles the failure."""
    compensate: Annotated[
        Compensation | None,
        Part(
            "Compensation",
            "The compensation is a call that reverses the step if the step succeeded but its run did not succeed. The "
            "input of the compensation can also read the output of the step.",
            examples=[
                {"uses": "http.request", "with": {"method": "DELETE", "url": "{{ steps.book.output.json.url }}"}}
            ],
        ),
    ] = None


_STEP_EXAMPLES = [{"key": "charge", "uses": "http.request", "with": {"url": "https://example.com"}}]


@dataclass(frozen=True)
class Definition:
    schema: Annotated[
        int,
        Part("Schema version", "The version of this format, 1.", {"const": SCHEMA_VERSION}, examples=[SCHEMA_VERSION]),
    ]
    timeout_seconds: Annotated[
        float,
        Part(
            "Time-out of the run",
            f"Seconds from its start, waits included; at most {_MOST_DAYS} days.",
            {"exclusiveMinimum": 0},
            examples=[86_400],
        ),
    ] = RUN_TIMEOUT_SECONDS
    queue_timeout_seconds: Annotated[
        float | None,
        Part(
            "Time-out of the queue",
            f"Seconds that a run may wait before it starts; at most {_MOST_DAYS} days. Without it there is no limit.",
            {"exclusiveMinimum": 0},
            examples=[3_600],
        ),
    ] = None
    concurrency: Annotated[
        Concurrency | None,
        Part(
            "Concurrency",
            "Concurrency limits how many runs with one key are open, and defines the treatment of further runs.",
            examples=[{"key": "{{ event.payload.customer }}", "limit": 1, "strategy": "queue"}],
        ),
    ] = None
    steps: Annotated[
        tuple[
            Annotated[
                Step,
                Part("Step", "A step is one call of a connector, or one flow step.", examples=_STEP_EXAMPLES),
            ],
            ...,
        ],
        Part(
            "Steps",
            f"1 to {LIMITS.steps_per_run:,} steps. Each step follows the step above it unless it has needs.",
            {"minItems": 1},
            examples=[_STEP_EXAMPLES],
        ),
    ] = field(kw_only=True)


def is_flow(uses: str) -> bool:
    return uses.startswith(FLOW_PREFIX)


def parse(definition_json: Mapping[str, JsonValue]) -> Definition:
    """Parse a valid definition. The caller must check the definition for problems first."""
    most = float(as_number(definition_json.get("timeout_seconds", RUN_TIMEOUT_SECONDS)))
    steps: list[JsonValue] = [_filled_step(as_object(step), most) for step in as_list(definition_json["steps"])]
    return read_part(Definition, {**definition_json, "steps": steps})


def item_step(step: Step) -> ItemStep:
    """Return the call of a ``flow.for_each`` step."""
    return read_part(ItemStep, _filled(as_object(step.with_["step"]), step.timeout_seconds))


def _filled_step(raw: JsonObject, most: float) -> JsonObject:
    filled = _filled(raw, most, most if is_flow(as_text(raw["uses"])) else STEP_TIMEOUT_SECONDS)
    if (compensate := raw.get("compensate")) is not None:
        filled = {**filled, "compensate": _filled(as_object(compensate), most)}
    return filled


def _filled(call: JsonObject, most: float, default: float = STEP_TIMEOUT_SECONDS) -> JsonObject:
    """Add a time-out to a call that has no time-out. ``most`` is the maximum of the added time-out, in seconds."""
    if "timeout_seconds" in call:
        return call
    return {**call, "timeout_seconds": min(QUICK_SECONDS.get(as_text(call["uses"]), default), most)}
