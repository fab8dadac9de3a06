"""A parsed workflow definition. All defaults are filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from automate.kernel.json_values import JsonValue, as_integer, as_list, as_number, as_object, as_text, as_texts

SCHEMA_VERSION = 1

RUN_TIMEOUT_SECONDS = 86_400.0
"""A day: the time-out of a run without one."""

STEP_TIMEOUT_SECONDS = 60.0
QUICK_SECONDS: Mapping[str, float] = {"webhook.send": 15.0}
"""Of one attempt, by connector: Standard Webhooks advises receivers to answer within 15 to 30 seconds."""
"""The time-out of the run applies if it is shorter."""

ON_FAILURE_FAIL = "fail"
ON_FAILURE_CONTINUE = "continue"
ON_FAILURE_WORDS = (ON_FAILURE_FAIL, ON_FAILURE_CONTINUE)
"""Never keys of steps, even if a step has such a key."""

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


@dataclass(frozen=True)
class RetryPolicy:
    """The retries of a step after temporary errors. The wait before each retry is random (full jitter)."""

    max_attempts: int = RETRY_MAX_ATTEMPTS
    """Including the first; 1 means no retry."""
    initial_seconds: float = RETRY_INITIAL_SECONDS
    """Wait before the second attempt."""
    factor: float = RETRY_FACTOR
    """Factor from one wait to the next."""
    max_seconds: float = RETRY_MAX_SECONDS
    """The longest wait."""
    given: bool = field(default=True, compare=False)
    """False if the definition has no ``retry``; then a connector's own waits apply."""


@dataclass(frozen=True)
class Compensation:
    """The call that reverses a succeeded step after its run failed."""

    uses: str
    with_: Mapping[str, JsonValue]
    """The template of the connector's input."""
    retry: RetryPolicy
    timeout_seconds: float


@dataclass(frozen=True)
class ItemStep:
    """The call that ``flow.for_each`` makes for each item."""

    uses: str
    with_: Mapping[str, JsonValue]
    """A template that may also read ``item``."""
    retry: RetryPolicy
    timeout_seconds: float


@dataclass(frozen=True)
class Concurrency:
    """The maximum number of open runs with the same key."""

    key: str
    """A template that may read ``event`` and ``workflow``."""
    limit: int = 1
    strategy: Strategy = DEFAULT_STRATEGY


@dataclass(frozen=True)
class Step:
    key: str
    uses: str
    with_: Mapping[str, JsonValue]
    """The template of the input."""
    needs: tuple[str, ...] | None
    """None if the definition has none, so that the step follows the one above it."""
    if_: JsonValue
    """A JsonLogic condition; None means always."""
    retry: RetryPolicy
    timeout_seconds: float
    """Of one attempt. For a flow step, of the whole wait, by default as long as its run."""
    on_failure: str = ON_FAILURE_FAIL
    """One of ON_FAILURE_WORDS, or the key of the step that handles the failure."""
    compensate: Compensation | None = None


@dataclass(frozen=True)
class Definition:
    schema: int
    timeout_seconds: float
    steps: tuple[Step, ...]
    queue_timeout_seconds: float | None = None
    """How long a run may wait before it starts; None for no limit."""
    concurrency: Concurrency | None = None


def is_flow(uses: str) -> bool:
    return uses.startswith(FLOW_PREFIX)


def parse(definition_json: Mapping[str, JsonValue]) -> Definition:
    """Parse a definition that has no problems."""
    timeout_seconds = float(as_number(definition_json.get("timeout_seconds", RUN_TIMEOUT_SECONDS)))
    queue_timeout = definition_json.get("queue_timeout_seconds")
    return Definition(
        schema=as_integer(definition_json["schema"]),
        timeout_seconds=timeout_seconds,
        steps=tuple(_step(as_object(step), timeout_seconds) for step in as_list(definition_json["steps"])),
        queue_timeout_seconds=None if queue_timeout is None else float(as_number(queue_timeout)),
        concurrency=_concurrency(definition_json.get("concurrency")),
    )


def item_step(step: Step) -> ItemStep:
    """Return the call of a ``flow.for_each`` step."""
    raw = as_object(step.with_["step"])
    return ItemStep(
        as_text(raw["uses"]), as_object(raw.get("with", {})), _retry(raw), _timeout(raw, step.timeout_seconds)
    )


def _step(raw: Mapping[str, JsonValue], run_timeout_seconds: float) -> Step:
    needs = raw.get("needs")
    uses = as_text(raw["uses"])
    return Step(
        key=as_text(raw["key"]),
        uses=uses,
        with_=as_object(raw.get("with", {})),
        needs=None if needs is None else tuple(as_texts(needs)),
        if_=raw.get("if"),
        retry=_retry(raw),
        timeout_seconds=_timeout(
            raw, run_timeout_seconds, run_timeout_seconds if is_flow(uses) else STEP_TIMEOUT_SECONDS
        ),
        on_failure=as_text(raw.get("on_failure", ON_FAILURE_FAIL)),
        compensate=_compensation(raw.get("compensate"), run_timeout_seconds),
    )


def _compensation(value: JsonValue, run_timeout_seconds: float) -> Compensation | None:
    if value is None:
        return None
    raw = as_object(value)
    return Compensation(
        as_text(raw["uses"]), as_object(raw.get("with", {})), _retry(raw), _timeout(raw, run_timeout_seconds)
    )


def _concurrency(value: JsonValue) -> Concurrency | None:
    if value is None:
        return None
    raw = as_object(value)
    strategy = cast("Strategy", raw.get("strategy", DEFAULT_STRATEGY))
    return Concurrency(as_text(raw["key"]), int(as_number(raw.get("limit", 1))), strategy)


def _timeout(raw: Mapping[str, JsonValue], most: float, default: float = STEP_TIMEOUT_SECONDS) -> float:
    usual = QUICK_SECONDS.get(as_text(raw["uses"]), default)
    return float(as_number(raw.get("timeout_seconds", min(usual, most))))


def _retry(step: Mapping[str, JsonValue]) -> RetryPolicy:
    raw = as_object(step.get("retry", {}))
    return RetryPolicy(
        max_attempts=int(as_number(raw.get("max_attempts", RETRY_MAX_ATTEMPTS))),
        initial_seconds=float(as_number(raw.get("initial_seconds", RETRY_INITIAL_SECONDS))),
        factor=float(as_number(raw.get("factor", RETRY_FACTOR))),
        max_seconds=float(as_number(raw.get("max_seconds", RETRY_MAX_SECONDS))),
        given="retry" in step,
    )
